"""What an installation sets in its environment, as README.md and compose.yaml tell it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
PRODUCTION = {"PORTAL_ENV": "production", "SECRET_KEY": "long and random"}


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
        assert done.stdout.strip() == "{'1': 'long and random'}", done.stderr


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
    ],
)
def test_a_setting_that_cannot_be_meant_stops_the_start(name, value, sentence):
    done = started("''", **{name: value})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(f"ImproperlyConfigured: {sentence}")


def test_the_readme_names_every_setting():
    read = re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "crm_portal/settings.py").read_text())
    assert len(read) > 20
    assert [name for name in read if f"`{name}`" not in README] == []


def test_the_compose_file_hands_on_every_setting_of_the_readmes_table():
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
    handed_on = set(re.findall(r"^    ([A-Z_]+):", (ROOT / "compose.yaml").read_text(), re.M))
    # The image says where its files are.
    assert told - handed_on == {"PORTAL_VAR"}
