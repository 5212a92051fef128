"""What an installation sets in its environment, as README.md and compose.yaml tell it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crm_portal.checks import check_installation

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
PRODUCTION = {"PORTAL_ENV": "production", "SECRET_KEY": "long and random " * 3}


def started(show, **environment):
    """A portal that starts in this environment and says `show`."""
    code = f"import django; django.setup(); from django.conf import settings; print({show})"
    return subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "crm_portal.settings",
            **PRODUCTION,
            **environment,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_link_keys_are_written_as_the_readme_says():
    example = re.search(r"`LINK_KEYS` \|[^|]*`(\S+)`", README)[1]
    done = started("settings.LINK_KEYS", LINK_KEYS=example)
    assert done.stdout.strip() == "{'2': 'secret', '1': 'older'}", done.stderr


def test_without_link_keys_the_secret_key_signs_links():
    for environment in ({}, {"LINK_KEYS": ""}):
        done = started("settings.LINK_KEYS", **environment)
        assert done.stdout.strip() == f"{{'1': '{PRODUCTION['SECRET_KEY']}'}}", done.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LINK_KEYS", "2:secret,1:older", "Write LINK_KEYS like 2=secret,1=older: newest first."),
        (
            "MFA_REQUIRED_ROLES",
            "ccoo",
            "MFA_REQUIRED_ROLES names ccoo, which is no role. Roles are administrator, cco, "
            "executive, liaison_lead, liaison, representative.",
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.5,proxy",
            "Write TRUSTED_PROXIES like 10.0.0.5,10.1.0.0/16, or unix: 'proxy' does not appear to "
            "be an IPv4 or IPv6 network.",
        ),
        (
            "TRUSTED_PROXY_COUNT",
            "1",
            "TRUSTED_PROXY_COUNT is gone: name the addresses of your proxies in TRUSTED_PROXIES "
            "instead.",
        ),
        (
            "SECRET_KEY",
            "x",
            "SECRET_KEY can be guessed: make one of 32 or more random characters with "
            "openssl rand -base64 33.",
        ),
        (
            "SECRET_KEY",
            "abc" * 30,
            "SECRET_KEY can be guessed: make one of 32 or more random characters with "
            "openssl rand -base64 33.",
        ),
    ],
)
def test_a_setting_that_cannot_be_meant_stops_the_start(name, value, sentence):
    done = started("''", **{name: value})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(f"ImproperlyConfigured: {sentence}")


# ---- check --deploy ------------------------------------------------------------------------------

GOOD = {
    "IS_PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "kJ8dVu2nQ5xTz7Lw0bYc3RfGm9Hs4PaE",
    "LINK_KEYS": {"2": "Zp6tXo1vNr8cUe3yWq5iDk7mBg2hFj9S"},
    "ENCRYPTION_KEYS": {"1": "aQ4wSx7eDc1rFv9tGb3yHn6uJm2iKl8o"},
    "IS_HTTPS": True,
    "BASE_URL": "https://portal.example.gov",
    "ALLOWED_HOSTS": ["portal.example.gov"],
    "TRUSTED_PROXIES": ["10.0.0.0/24"],
    "IS_MAIL_SERVER_NAMED": True,
    "DEFAULT_FROM_EMAIL": "Portal <portal@example.gov>",
    "MFA_REQUIRED_ROLES": ["administrator"],
}


def complaints(settings, **changes):
    for name, value in {**GOOD, **changes}.items():
        setattr(settings, name, value)
    return [one.id for one in check_installation(None)]


def test_a_good_installation_is_told_nothing(settings):
    assert complaints(settings) == []
    assert complaints(settings, ALLOWED_HOSTS=[".example.gov"]) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"IS_PRODUCTION": False}, "portal.E001"),
        ({"DEBUG": True}, "portal.E002"),
        ({"SECRET_KEY": "x"}, "portal.E003"),
        ({"LINK_KEYS": {"2": GOOD["LINK_KEYS"]["2"], "1": "secret"}}, "portal.E004"),
        ({"LINK_KEYS": {"1": GOOD["SECRET_KEY"]}}, "portal.W001"),
        ({"ENCRYPTION_KEYS": {"1": "secret"}}, "portal.E004"),
        ({"ENCRYPTION_KEYS": {"1": GOOD["SECRET_KEY"]}}, "portal.W001"),
        ({"BASE_URL": "http://portal.example.gov", "IS_HTTPS": False}, "portal.E005"),
        ({"ALLOWED_HOSTS": []}, "portal.E006"),
        ({"ALLOWED_HOSTS": ["portal.example.gov", "*"]}, "portal.E006"),
        ({"ALLOWED_HOSTS": ["another.example.gov"]}, "portal.E006"),
        ({"TRUSTED_PROXIES": []}, "portal.E007"),
        ({"IS_MAIL_SERVER_NAMED": False}, "portal.E008"),
        ({"DEFAULT_FROM_EMAIL": "portal@localhost"}, "portal.E009"),
        ({"MFA_REQUIRED_ROLES": []}, "portal.W002"),
    ],
)
def test_what_is_wrong_with_an_installation_is_told(settings, changes, told):
    assert complaints(settings, **changes) == [told]


def test_the_command_fails_where_an_installation_is_open_to_everybody():
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        env={"PATH": os.environ["PATH"], **PRODUCTION, "ALLOWED_HOSTS": "*"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "(portal.E006) ALLOWED_HOSTS must name the host of BASE_URL" in done.stderr


# ---- Told and handed on --------------------------------------------------------------------------


def test_the_readme_names_every_setting():
    read = re.findall(
        r'(?:env\.\w+|_keys)\(\s*"(\w+)"', (ROOT / "crm_portal/settings.py").read_text()
    )
    assert len(read) > 20
    assert [name for name in read if f"`{name}`" not in README] == []


def test_the_compose_file_hands_on_every_setting_of_the_readmes_table():
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
    handed_on = set(re.findall(r"^    ([A-Z_]+):", (ROOT / "compose.yaml").read_text(), re.M))
    # The image says where its files are.
    assert told - handed_on == {"PORTAL_VAR"}
