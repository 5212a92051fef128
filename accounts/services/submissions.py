"""A form that is sent twice has one effect and one answer."""

import hashlib
import json

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Submission
from crm_portal.lib.refusals import Refusal


def fingerprint(form):
    """A hash of what the user sent, without the parts that differ on every sending."""
    fields = {
        name: form.data.getlist(name)
        for name in sorted(form.data)
        if name not in {"csrfmiddlewaretoken"}
    }
    for name in sorted(form.files):
        fields[f"file {name}"] = [_print_of(file) for file in form.files.getlist(name)]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _print_of(file):
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return [file.name, digest.hexdigest()]


@transaction.atomic
def once(*, key, by, payload, do, now):
    """Run `do()`, which returns the address to go to, once for this key of this user.

    Returns (address, is_first). A second call, even while the first still runs, waits for it
    and returns its address. Refuses the same key with other content. When `do` raises, nothing
    is kept and the key can be used again.
    """
    claim, is_first = Submission.objects.get_or_create(
        user=by, key=key, defaults={"payload_hash": payload, "created_at": now}
    )
    if not is_first:
        if claim.payload_hash != payload:
            raise Refusal(
                _(
                    "This form was already saved with other content. "
                    "Open what was saved and change it there."
                )
            )
        return claim.result_url, False
    claim.result_url = do()
    claim.save(update_fields=["result_url"])
    return claim.result_url, True
