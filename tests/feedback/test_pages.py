"""Pages of concerns and actions: who sees what, and that nothing is lost on the way."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from feedback.models import Action, Concern, ReportBack
from feedback.services import actions, concerns, dispositions, escalation
from outbox.models import Letter
from tests import factories
from tests.feedback.conftest import letters


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False):
        yield


def concern_url(row, name="concern"):
    return reverse(f"feedback:{name}", args=[row.pk])


def action_data(owner, due_on, **changes):
    return {
        "action-submit_key": str(uuid.uuid4()),
        "action-what": "Send notices",
        "action-owner": owner.pk,
        "action-due_on": due_on.isoformat(),
    } | changes


# ---- Who sees what -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("liaison", 200),
        ("lead", 200),
        ("cco", 200),
        ("officer", 200),
        ("administrator", 200),
        ("other_liaison", 404),
        ("outsider", 404),
        ("representative", 403),
    ],
)
@pytest.mark.parametrize("name", ["concern", "action", "action_done"])
def test_pages_of_one_row_open_for_whom_they_concern(as_user, concern, action, who, status, name):
    row = concern if name == "concern" else action
    assert as_user(who).get(concern_url(row, name)).status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("other_liaison", 404), ("outsider", 404), ("representative", 403)]
)
@pytest.mark.parametrize("step", ["concern_action", "concern_reply", "concern_decline"])
def test_others_may_not_answer_a_concern(as_user, concern, who, status, step):
    assert as_user(who).post(concern_url(concern, step), {}).status_code == status
    assert Concern.objects.get().state == "new"


def test_officer_reads_a_concern_and_may_not_answer_it(as_user, concern):
    client = as_user("officer")
    assert client.post(concern_url(concern, "concern_reply"), {}).status_code == 403
    assert b"Its liaison decides" in client.get(concern_url(concern)).content


@pytest.mark.parametrize("who", ["other_liaison", "outsider"])
def test_lists_hide_other_agencies(as_user, concern, action, who):
    client = as_user(who)
    for name in ("concern_list", "action_list", "action_export"):
        response = client.get(reverse(f"feedback:{name}") + "?whose=all")
        text = response.getvalue() if response.streaming else response.content
        assert response.status_code == 200
        assert b"outage" not in text


def test_anonymous_visitor_signs_in_first(client, concern):
    assert client.get(concern_url(concern)).status_code == 302


# ---- Answers -------------------------------------------------------------------------------------


def test_liaison_answers_with_an_action(as_user, concern, liaison, today):
    response = as_user("liaison").post(
        concern_url(concern, "concern_action"), action_data(liaison, today), follow=True
    )
    assert response.redirect_chain == [(concern_url(concern), 302)]
    assert Action.objects.get().concern == concern
    assert b"Send notices" in response.content


def test_form_sent_twice_opens_one_action(as_user, concern, liaison, today):
    data = action_data(liaison, today)
    for _ in range(2):
        response = as_user("liaison").post(concern_url(concern, "concern_action"), data)
        assert response.status_code == 302
    assert Action.objects.count() == 1


def test_reply_and_its_letter(as_user, concern):
    data = {"reply-submit_key": str(uuid.uuid4()), "reply-text": "It was the power line."}
    as_user("liaison").post(concern_url(concern, "concern_reply"), data)
    assert letters() == [("ines@dot.example", "reply", "queued")]


def test_second_editor_is_told_and_keeps_the_text(as_user, concern, lead, now):
    dispositions.reply(concern=concern, text="We know.", by=lead, now=now)
    data = {
        "decline-submit_key": str(uuid.uuid4()),
        "decline-version": "1",
        "decline-reason": "My own long words",
    }
    response = as_user("liaison").post(concern_url(concern, "concern_decline"), data)
    assert response.status_code == 422
    assert "Somebody else changed this" in response.content.decode()
    assert "We know." in response.content.decode()
    assert Concern.objects.get().state == "replied"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"action-what": ""}, "This field is required"),
        ({"action-due_on": "tomorrow"}, "Enter a valid date"),
        ({"action-due_on": "2020-01-01"}, "This date has passed"),
        ({"action-owner": "9" * 30}, "Select a valid choice"),
        ({"action-submit_key": "no"}, "valid UUID"),
        ({"action-what": "a\x00b"}, "Null characters"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(as_user, concern, liaison, today, changes, words):
    data = action_data(liaison, today) | changes
    response = as_user("liaison").post(concern_url(concern, "concern_action"), data)
    assert (response.status_code, Action.objects.count()) == (422, 0)
    assert words in response.content.decode()


def test_person_elsewhere_is_no_choice_to_ask(as_user, action, liaison, now):
    Concern.objects.update(raised_by=None)
    actions.complete(action=action, outcome="Done.", by=liaison, now=now)
    stranger = factories.PersonFactory()
    data = {"ask-submit_key": str(uuid.uuid4()), "ask-did": "Done.", "ask-person": stranger.pk}
    url = concern_url(Concern.objects.get(), "concern_ask")
    assert as_user("liaison").post(url, data).status_code == 422
    own = factories.PersonFactory(agency=action.agency)
    data |= {"ask-person": own.pk}
    assert as_user("liaison").post(url, data).status_code == 302
    assert ReportBack.objects.get().person == own


# ---- Raising -------------------------------------------------------------------------------------


def test_line_of_a_meeting_is_raised(as_user, agency, agency_cio, liaison):
    meeting = factories.MeetingFactory(at=[agency], logged_by=liaison)
    url = reverse("feedback:concern_raise") + f"?meeting={meeting.pk}"
    data = {"submit_key": str(uuid.uuid4()), "quote": "Tickets get lost.", "person": agency_cio.pk}
    client = as_user("liaison")
    assert client.get(url).status_code == 200
    assert client.post(url, data).status_code == 302
    row = Concern.objects.get()
    assert (row.meeting, row.raised_by) == (meeting, agency_cio)


@pytest.mark.parametrize(
    "query", ["", "?agency=x", "?agency=" + "9" * 5000, "?meeting=%00", "?agency=0"]
)
def test_raising_without_an_agency_asks_which(as_user, agency, query):
    assert as_user("liaison").get(reverse("feedback:concern_raise") + query).status_code == 200


@pytest.mark.parametrize("name", ["concern_raise", "action_create"])
def test_nothing_is_raised_for_other_agencies(as_user, other_agency, liaison, name):
    url = reverse(f"feedback:{name}") + f"?agency={other_agency.pk}"
    assert as_user("liaison").get(url).status_code == 404
    meeting = factories.MeetingFactory(at=[other_agency])
    url = reverse(f"feedback:{name}") + f"?meeting={meeting.pk}"
    assert as_user("liaison").get(url).status_code == 404


# ---- Actions -------------------------------------------------------------------------------------


def step_data(action, **fields):
    return {"submit_key": str(uuid.uuid4()), "version": action.version, **fields}


def test_done_tells_the_raiser(as_user, action):
    data = step_data(action, outcome="Notices go out.", next="/actions/?whose=mine")
    response = as_user("liaison").post(concern_url(action, "action_done"), data)
    assert response.url == "/actions/?whose=mine"
    assert letters() == [("ines@dot.example", "report_back", "queued")]


def test_next_page_is_never_elsewhere(as_user, action):
    data = step_data(action, outcome="Done.", next="https://evil.example/")
    response = as_user("liaison").post(concern_url(action, "action_done"), data)
    assert response.url == concern_url(action, "action")


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("note", {"text": "Half done."}),
        ("date", {"due_on": "2027-04-01", "why": "Parts are late."}),
        ("drop", {"why": "Not needed."}),
    ],
)
def test_step_writes_an_activity(as_user, action, step, fields):
    url = concern_url(action, f"action_{step}")
    assert as_user("liaison").post(url, step_data(action, **fields)).status_code == 302
    assert action.activities.count() == 2


def test_handing_over_to_somebody_who_does_not_see_it_is_no_choice(
    as_user, action, outsider, officer
):
    url = concern_url(action, "action_owner")
    client = as_user("liaison")
    assert client.post(url, step_data(action, to=outsider.pk)).status_code == 422
    assert client.post(url, step_data(action, to=officer.pk)).status_code == 302
    assert Action.objects.get().owner == officer


def test_stale_step_keeps_the_text_and_shows_how_it_stands(as_user, action, officer):
    client = as_user("liaison")
    old = step_data(action, due_on="2027-04-01", why="My reason stays.")
    client.post(concern_url(action, "action_owner"), step_data(action, to=officer.pk))
    response = client.post(concern_url(action, "action_date"), old)
    text = response.content.decode()
    assert response.status_code == 422
    assert "Somebody else changed this" in text
    assert "My reason stays." in text
    assert "Rita Risk" in text
    again = old | {"version": response.context["form"].data["version"]}
    assert client.post(concern_url(action, "action_date"), again).status_code == 302


def test_officer_works_on_actions(as_user, action):
    url = concern_url(action, "action_note")
    assert as_user("officer").post(url, step_data(action, text="Called.")).status_code == 302


def test_tabs_and_groups(as_user, agency, action, liaison, officer, today):
    factories.ActionFactory(agency=agency, owner=liaison, due_on=today - dt.timedelta(days=1))
    factories.ActionFactory(agency=agency, owner=officer, due_on=today)
    client = as_user("liaison")
    response = client.get(reverse("feedback:action_list"))
    assert [tab["count"] for tab in response.context["tabs"]] == [2, 3, 3]
    assert [(row.group, row.pk) for row in response.context["page"]][1] == ("later", action.pk)
    response = client.get(reverse("feedback:action_list") + "?whose=agencies")
    assert response.context["sizes"] == {"overdue": 1, "week": 1, "later": 1}


def test_addresses_of_the_dashboard_open_its_rows(as_user, cco, concern, action, later):
    with time_machine.travel(later(days=9), tick=False):
        escalation.climb(now=later(days=9))
        client = as_user("cco")
        found = [
            client.get(f"/actions/?whose=all&due=overdue{rest}").context["page"].paginator.count
            for rest in ("", "&rung=1", "&rung=0", "&rung=2")
        ]
    assert found == [1, 1, 0, 0]
    # The session that was made under the moved clock is none today.
    client = as_user("cco")
    for since, count in [("2027-02-26", 1), ("2027-02-27", 0), ("nonsense", 1)]:
        page = client.get(f"/concerns/?state=in_action&since={since}")
        assert page.context["counts"]["total"] == count


@pytest.mark.parametrize(
    "query",
    ["?page=x", "?page=99999999999999999999", "?state=never", "?agency=" + "9" * 40, "?rung=%00",
     "?wave=-1", "?mine=perhaps", "?whose=ours", "?owner=%F0%9F%A6%8A"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["concern_list", "action_list", "action_export"])
def test_odd_addresses_are_answered(as_user, concern, action, name, query):
    assert (
        as_user("liaison").get(reverse(f"feedback:{name}") + query, follow=True).status_code == 200
    )


def test_export_runs_no_formula(as_user, action):
    Action.objects.update(what="=HYPERLINK(1)")
    text = as_user("liaison").get(reverse("feedback:action_export")).getvalue().decode()
    assert text.startswith("\ufeffAgency,Action,Owner")
    assert "'=HYPERLINK(1)" in text


# ---- Costs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_story_asks_the_same_however_long(
    as_user, django_assert_num_queries, response, liaison, today, now, count
):
    concerns.raise_from_response(response=response, now=now)
    row = Concern.objects.exclude(rating=None).get()
    for _ in range(count):
        dispositions.open_action(
            concern=row, what="Do it", owner=liaison, due_on=today, by=liaison, now=now
        )
    client = as_user("liaison")
    with django_assert_num_queries(13):
        client.get(concern_url(row))


def test_reading_changes_nothing(as_user, concern, action):
    before = [(row.pk, row.version) for row in [*Concern.objects.all(), *Action.objects.all()]]
    client = as_user("liaison")
    for url in [concern_url(concern), concern_url(action, "action_done"), "/actions/"]:
        for verb in (client.get, client.head, client.options):
            verb(url)
    after = [(row.pk, row.version) for row in [*Concern.objects.all(), *Action.objects.all()]]
    assert (after, Letter.objects.count()) == (before, 0)
