"""The browser of the tests. `python -m tests.browser` finds one or gets one.

A missing browser is an error, never a skip: what nobody has looked at is not tested.
"""

import functools
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from django.core.signals import request_finished, request_started

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]


class NoBrowser(Exception):
    pass


@functools.cache
def find_browser():
    """The path of a Chromium that starts, or None."""
    named = [os.environ.get("CHROMIUM", ""), *NAMES]
    found = [path for name in named if name and (path := shutil.which(name))]
    return next((path for path in [*found, playwrights_own()] if starts(path)), None)


def playwrights_own():
    # In a process of its own: two of its loops in one thread are refused.
    code = (
        "from playwright.sync_api import sync_playwright as p\n"
        "with p() as q: print(q.chromium.executable_path)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.strip()


def starts(path):
    """Some systems have a `chromium-browser` that only says how to install one."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"hrom" in done.stdout


def get_browser():
    """Find a browser, or fetch one: Playwright's, then the system's package."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        ways.append(["apt-get", "update", "-qq"])
        ways.append(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if path := find_browser():
        return path
    reasons = []
    for way in ways:
        print("No browser yet, trying", " ".join(way[-3:]), "…", flush=True)
        done = subprocess.run(way, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        find_browser.cache_clear()
        if path := find_browser():
            return path
        reasons += [line for line in done.stderr.splitlines() if "rror" in line][:1]
    raise NoBrowser(
        "The tests need Chromium, and it could be neither found nor fetched "
        f"({'; '.join(reasons) or 'no way to fetch it'}). "
        "Install it, for instance with the system's packages, so that `chromium` is on the PATH."
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = find_browser()
    if path is None:
        pytest.fail("No Chromium: run `python -m tests.browser`.", pytrace=False)
    flags = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    return {**browser_type_launch_args, "executable_path": path, "args": flags}


@pytest.fixture
def page_as(browser, live_server, client):
    """Open a page as a user (None: signed out), on a screen of any size:
    `page_as(liaison, "/agencies/", width=390)`. What the page complains about (errors of
    scripts, breaches of the content-security policy, files not found) fails the test at its end."""
    contexts, complaints, answering = [], Complaints(), Answering()

    def open_page(user, path="/", *, width=1280, height=900, **options):
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        if user is not None:
            client.force_login(user)
            context.add_cookies([session_cookie(client, live_server.url)])
        page = context.new_page()
        complaints.watch(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    answering.wait_for_silence()
    assert complaints == []


class Answering:
    """The threads of the live server that are answering a request right now.

    A page that goes away still sends what it has to save. Without waiting for it, the request
    would meet the emptying of the tables, or the next test's rows.
    """

    SILENCE = 0.05

    def __init__(self):
        self._threads = set()
        # Weakly held: they end with this object.
        request_started.connect(self._starts)
        request_finished.connect(self._ends)

    def _starts(self, **_signal):
        if threading.current_thread() is not threading.main_thread():
            self._threads.add(threading.get_ident())

    def _ends(self, **_signal):
        self._threads.discard(threading.get_ident())

    def wait_for_silence(self, seconds=20):
        deadline = time.monotonic() + seconds
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < self.SILENCE:
            time.sleep(0.01)
            if self._threads:
                quiet_since = time.monotonic()
                assert quiet_since < deadline, "The live server does not finish a request."


class Complaints(list):
    """What pages complain about: errors of scripts, breaches of the policy, files not found."""

    def watch(self, page):
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self.note(page, message))

    def note(self, page, message):
        # A page shown again with status 422, or an asked-for 404, is no fault of the page; nor is a
        # line that a test cut.
        is_about_the_page = "Failed to load resource" in message.text and (
            message.location.get("url", "") == page.url or "_DISCONNECTED" in message.text
        )
        if message.type == "error" and not is_about_the_page:
            self.append(f"{page.url}: {message.text}")


def session_cookie(client, url):
    from django.conf import settings

    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url, "httpOnly": True}


if __name__ == "__main__":
    try:
        print("Browser:", get_browser())
    except NoBrowser as error:
        sys.exit(str(error))
