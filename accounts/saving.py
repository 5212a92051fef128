"""How a view saves a form: once, and refused without losing a word."""

from accounts.services import submissions
from crm_portal.lib.refusals import Refusal, StaleRecord


def save_once(request, form, do, *, now):
    """Run `do()`, which returns the address to go to, once for this form's key.

    Returns the address, or None when the service refused. Then the form says why and keeps what
    was written. Where somebody else was first, `form.theirs` is the record as it stands, and
    sending the form again is meant.
    """
    try:
        address, _is_first = submissions.once(
            key=form.cleaned_data["submit_key"],
            by=request.user,
            payload=submissions.fingerprint(form),
            do=do,
            now=now,
        )
    except StaleRecord as stale:
        show_conflict(form, stale)
        return None
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None
    return address


def show_conflict(form, stale):
    """Say that somebody else was first, keep the text, and let sending it again replace theirs."""
    form.add_error(None, str(stale))
    form.theirs = stale.current
    form.data = form.data.copy()
    form.data[form.add_prefix("version")] = stale.current.version


def status_of(request):
    """A form that comes back was not accepted."""
    return 422 if request.method == "POST" else 200
