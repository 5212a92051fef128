"""A wave from its opening to its last day, with real letters."""

import datetime as dt
import re

import pytest

from outbox.models import Letter
from outbox.services import sending
from surveys.models import Response
from surveys.services import invitations, waves

DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True)


def tick(now):
    waves.open_due(now=now)
    waves.close_due(now=now)
    invitations.plan_letters(now=now)
    sending.send_due(now=now)


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def test_one_answers_after_a_reminder_and_one_never(
    client, draft_wave, agency_cio, agency, liaison, person_at, q, smtp_sink
):
    silent = person_at(agency, name="Sid Silent", email="sid@dot.example")
    opening = dt.datetime(2027, 3, 3, 15, 0, tzinfo=dt.UTC)
    for day in range(30):
        now = opening + day * DAY
        tick(now)
        tick(now + dt.timedelta(minutes=1))
        if day == 8:
            mail = smtp_sink.messages(to=agency_cio.email)[-1]
            link = re.search(r"/s/\S+", text_of(mail))[0]
            address = client.get(link)["Location"]
            fields = {f"q{q['Overall'].pk}": "2", f"q{q['Outage'].pk}": "No", "go": "send"}
            assert client.post(f"{address}?step=all", fields).status_code == 303
    subjects = {
        who: [mail["Subject"] for mail in smtp_sink.messages(to=who)]
        for who in (agency_cio.email, silent.email, liaison.email)
    }
    assert subjects == {
        agency_cio.email: [
            "Survey 2027: your view, please",
            "Survey 2027: we have not heard from you yet",
            "Survey 2027: thank you",
        ],
        silent.email: [
            "Survey 2027: your view, please",
            "Survey 2027: we have not heard from you yet",
            "Survey 2027: we have not heard from you yet",
        ],
        liaison.email: ["Please call Sid Silent about the survey"],
    }
    assert Response.objects.submitted().count() == 1
    draft_wave.refresh_from_db()
    assert draft_wave.state == "ended"
    token = link.removeprefix("/s/")
    assert not any(token in str(vars(letter)) for letter in Letter.objects.all())
