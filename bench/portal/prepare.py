"""Inside the portal's own process: visits to be measured with. Prints them as JSON.

Run as `python -m bench.portal.prepare` with the portal's environment.
"""

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_portal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core import signing  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from surveys.models import Invitation, Wave  # noqa: E402
from surveys.services import invitations  # noqa: E402


def main():
    call_command("rebuild_summaries", verbosity=0)
    wave = Wave.objects.open().get()
    invitations.invite(wave=wave, now=timezone.now())
    visits = [
        {
            "path": f"/survey/{row.public_id}/",
            "cookie": f"survey={signing.dumps(row.token_hash, salt='survey')}",
        }
        for row in Invitation.objects.filter(wave=wave).order_by("pk")[:5000]
    ]
    print(
        json.dumps(
            {
                "cco": session_of(User.objects.get(role="cco")),
                "csrf": csrf(),
                "visits": visits,
                "full_wave": Wave.objects.order_by("-opens_on")[1].pk,
            }
        )
    )


def session_of(user):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def csrf():
    """A token that is its own cookie, as the middleware takes it."""
    return {"name": settings.CSRF_COOKIE_NAME, "token": "a" * 32}


if __name__ == "__main__":
    main()
