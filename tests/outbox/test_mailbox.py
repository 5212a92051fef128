"""The demo's mailbox."""

import pytest

from outbox.services.sending import send_due


@pytest.fixture
def arrived(smtp_sink, letter_for, now, office_row, settings):
    settings.MAILBOX_DIR = str(smtp_sink.mailbox.folder)
    letter_for("ann@dot.example", headline="First <b>", text="Look: http://localhost:8000/s/abc")
    letter_for("bob@dot.example", headline="Second")
    send_due(now=now)
    return smtp_sink.journal


def test_mailbox_shows_every_letter_newest_first_to_anybody(client, arrived):
    page = client.get("/mailbox/")
    assert [letter.subject for letter in page.context["page"]] == ["Second", "First <b>"]
    assert "First &lt;b&gt;" in page.content.decode()


def test_mailbox_can_be_searched_by_address(client, arrived):
    found = client.get("/mailbox/?to=ANN@dot").context["page"]
    assert [letter.recipient for letter in found] == ["ann@dot.example"]
    assert client.get("/mailbox/?to=nobody").status_code == 200
    assert client.get("/mailbox/?to=%00&page=77").status_code == 200


def test_letter_is_shown_as_its_reader_sees_it(client, arrived):
    name = arrived[0]["file"]
    page = client.get(f"/mailbox/{name}/").content.decode()
    assert "ann@dot.example" in page
    assert '<a href="http://localhost:8000/s/abc"' in page
    frame = client.get(f"/mailbox/{name}/html/")
    html = frame.content.decode()
    assert '<base target="_top">' in html
    assert 'href="http://localhost:8000/s/abc"' in html
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy


@pytest.mark.parametrize(
    "name",
    ["nothing.eml", "journal.jsonl", "..%2fjournal.jsonl", "..", ".", "20270303T1.1-ab.eml", "%00"],
)
def test_only_letters_can_be_opened(client, arrived, name):
    for url in (f"/mailbox/{name}/", f"/mailbox/{name}/html/"):
        assert client.get(url).status_code in {404, 301}


def test_empty_mailbox_says_what_comes(client, smtp_sink, office_row, settings):
    settings.MAILBOX_DIR = str(smtp_sink.mailbox.folder / "not-there-yet")
    assert "No letter has arrived yet" in client.get("/mailbox/").content.decode()
