"""The stage of the story: a clock, the tick, the post, and people with a browser each."""

import contextlib
import io
import os
import re
import time

import time_machine
from django.core.exceptions import ObjectDoesNotExist
from django.core.management import call_command
from playwright.sync_api import expect

SLOWLY = os.environ.get("PORTAL_STORY") == "slow"
PICTURES = os.environ.get("PORTAL_STORY_PICTURES", "")
LINK = re.compile(r"https?://\S+/[sr]/[\w-]+")


def say(text):
    """What happens, for somebody who watches."""
    if SLOWLY:
        print(text, flush=True)


class Stage:
    """Time stands where the story puts it, and runs on from there."""

    def __init__(self, *, browser, url, sink, clock):
        self.browser = browser
        self.url = url
        self.sink = sink
        self.clock = clock

    @contextlib.contextmanager
    def scene(self, title):
        say(f"\n=== {title}")
        yield
        if SLOWLY:
            time.sleep(1)

    def go_to(self, instant):
        """Let the time pass until then, without any tick."""
        say(f"    … it is {instant:%A %-d %B %Y, %H:%M} UTC")
        self.clock.move_to(instant)

    def tick(self):
        """Do what is due, as the timer would."""
        call_command("tick", stdout=io.StringIO())

    def letters(self, to):
        return self.sink.messages(to=to)

    def wait_for_letter(self, to, subject, *, number=1):
        """The letter with these words in its subject, the `number`-th, once it has arrived."""

        def find():
            found = [mail for mail in self.letters(to) if re.search(subject, mail["Subject"], re.I)]
            return found[number - 1]

        mail = self.wait_until(
            find, lambda: [(m["To"], m["Subject"]) for m in self.sink.messages()]
        )
        say(f"    ✉ {to}: {mail['Subject']}")
        return mail

    def wait_until(self, look, say_why=lambda: ""):
        """What `look` returns once it finds it; the worker needs a moment."""
        deadline = time.monotonic() + 15
        while True:
            try:
                return look()
            except (IndexError, ObjectDoesNotExist):
                assert time.monotonic() < deadline, f"It never came. {say_why()}"
                time.sleep(0.05)

    def person(self, name, *, width=1280, height=900):
        context = self.browser.new_context(
            base_url=self.url, viewport={"width": width, "height": height}
        )
        return Person(name, context.new_page(), self)


class Person:
    """Somebody with a browser."""

    def __init__(self, name, page, stage):
        self.name = name
        self.page = page
        self.stage = stage
        page.on("pageerror", lambda error: self._complain(error))
        self.complaints = []

    def _complain(self, error):
        self.complaints.append(str(error))

    def does(self, text):
        say(f"  {self.name.partition(',')[0]}: {text}")
        if SLOWLY:
            time.sleep(0.6)

    def sign_in(self, email, password):
        self.does("signs in")
        self.page.context.clear_cookies()
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page).not_to_have_url(re.compile("/accounts/login/"))

    def opens(self, path):
        self.does(f"opens {path}")
        self.page.goto(path)

    def follows_the_link_in(self, mail):
        """Open the personal link of a letter, as its text part carries it."""
        text = mail.get_body(("plain",)).get_content()
        link = LINK.search(text)[0]
        self.does("opens the link in the letter")
        self.page.goto(re.sub(r"https?://[^/]+", self.stage.url, link))

    def follows_the_link_of_the_shown(self, mail):
        """Open this letter in the mailbox that is on the screen, and press its button."""
        self.does(f"opens “{mail['Subject']}”")
        self.page.get_by_role("link", name=mail["Subject"]).click()
        self.does("presses the button in the letter")
        self.page.frame_locator("iframe").locator("a[href*='/s/']").first.click()
        self.page.wait_for_url(re.compile("/survey/"))

    def sees(self, text):
        self.does(f"reads “{text}”")
        expect(self.page.get_by_text(text).first).to_be_visible()

    def presses(self, name):
        self.does(f"presses “{name}”")
        self.page.get_by_role("button", name=name).first.click()

    def picks_card(self, question, value):
        group = self.page.get_by_role("group", name=re.compile(re.escape(question)))
        group.locator(f"input[value='{value}']").check(force=True)

    def numbers(self):
        """What the first screen says now: late actions, and where concerns stand."""
        self.opens("/")
        fixed = self._tile("Reported back: confirmed as fixed")
        number = re.findall(r"\d+", fixed.locator(".tile-number").inner_text()) or [0, 0]
        late = self._tile("Late actions").locator(".tile-number").inner_text()
        legend = re.findall(r"(.+?) (\d+)", fixed.locator(".legend").inner_text())
        return {
            "Late actions": int(late),
            "fixed": int(number[0]),
            "of": int(number[1]),
            **{words.strip(): int(count) for words, count in legend},
        }

    def _tile(self, name):
        heading = self.page.get_by_role("heading", name=name, level=2)
        return self.page.locator(".tile").filter(has=heading)

    def picture(self, name):
        """Keep a picture, for the README and for those who look."""
        if PICTURES:
            os.makedirs(PICTURES, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}.png")


@contextlib.contextmanager
def clock_at(instant):
    with time_machine.travel(instant, tick=True) as clock:
        yield clock
