import datetime as dt

import pytest
from django.urls import reverse

from outbox.models import Letter
from surveys.disclosure import MINIMUM
from surveys.models import Invitation, Question, Questionnaire, Wave
from surveys.queries.results import previous_wave, results
from surveys.services import invitations, questionnaires, responses, waves
from tests.surveys.conftest import QUESTIONS

PAGES = ["wave", "results", "comments", "people"]
MANAGE = ["wave_edit", "wave_open", "wave_extend", "wave_end"]


def url(name, *args):
    return reverse(f"surveys:{name}", args=args)


def answer_all(wave, q, now, numbers):
    """Everybody at the wave answers, with these ratings in turn."""
    rows = Invitation.objects.filter(wave=wave).order_by("pk")
    for invitation, number in zip(rows, numbers, strict=True):
        said = {q["Overall"].pk: {"number": number, "text": f"words {number}"}}
        responses.submit(invitation=invitation, answers=said, now=now)


# ---- Access ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [("cco", 200), ("lead", 200), ("liaison", 200), ("state_cio", 200), ("representative", 403)],
)
@pytest.mark.parametrize("page", PAGES)
def test_who_sees_a_wave(client, wave, request, who, status, page):
    client.force_login(request.getfixturevalue(who))
    assert client.get(url(page, wave.pk)).status_code == status


@pytest.mark.parametrize("page", [*MANAGE, "questionnaire_list", "wave_add"])
def test_only_managers_run_waves(client, wave, liaison, cco, page):
    address = url(page, wave.pk) if page in MANAGE else url(page)
    client.force_login(liaison)
    assert client.get(address).status_code == 403
    client.force_login(cco)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "export"])
def test_other_liaisons_see_nothing_of_it(client, response, wave, agency, other_liaison, page):
    client.force_login(other_liaison)
    answer = client.get(url(page, wave.pk))
    content = b"".join(answer) if answer.streaming else answer.content
    for secret in ("Nobody told us", "Ines Cruz", agency.name, "The one in May"):
        assert secret not in content.decode()
    client.force_login(other_liaison)
    answer = client.get(url("results", wave.pk), {"agency": agency.pk})
    assert agency.name not in answer.content.decode()


def test_the_liaison_sees_what_others_must_not(client, response, wave, liaison):
    client.force_login(liaison)
    text = client.get(url("comments", wave.pk)).content.decode()
    assert "Nobody told us" in text
    assert "Ines Cruz" in text
    export = b"".join(client.get(url("export", wave.pk))).decode()
    assert "The one in May" in export
    assert export.startswith("\ufeffAgency,")


def test_pages_of_numbers_that_no_row_has_are_not_found(client, cco):
    client.force_login(cco)
    for pk in (0, 2**63, 10**30):
        for page in [*PAGES, *MANAGE, "export", "questionnaire", "question_edit", "preview"]:
            assert client.get(url(page, pk)).status_code == 404


# ---- Results -------------------------------------------------------------------------------------


def test_few_answers_have_a_range_and_no_mean(wave, q, cco, agency, person_at, now):
    for _ in range(MINIMUM - 2):
        person_at(agency)
    invitations.invite(wave=wave, now=now)
    answer_all(wave, q, now, [2, 5, 4, 4])
    overall = results(wave, cco)[0]
    assert (overall.now.n, overall.now.mean, overall.now.range) == (4, None, (2, 5))


def test_the_mean_of_everybody_never_gives_away_a_few_others(
    wave, q, questionnaire, liaison, agency, other_agency, person_at, now
):
    for _ in range(5):
        person_at(agency)
    # Invited in the order of their names.
    for number in range(4):
        person_at(other_agency, name=f"Zoe {number}")
    invitations.invite(wave=wave, now=now)
    answer_all(wave, q, now, [3] * 6 + [5] * 4)
    ended = Wave(pk=wave.pk, questionnaire=questionnaire, state=Wave.State.ENDED, ended_at=now)
    assert results(ended, liaison)[0].everywhere is None
    person_at(other_agency)
    invitations.invite(wave=wave, now=now)
    newest = Invitation.objects.latest("pk")
    responses.submit(invitation=newest, answers={q["Overall"].pk: {"number": 5}}, now=now)
    assert results(wave, liaison)[0].everywhere is None
    waves.end_now(wave=wave, by=None, now=now + dt.timedelta(days=1))
    shown = results(wave, liaison)[0]
    assert (shown.now.mean, shown.everywhere.n) == (3, 11)


def test_the_same_lineage_joins_and_another_breaks_the_trend(
    wave, q, cco, questionnaire, agency, person_at, now, today
):
    for _ in range(4):
        person_at(agency)
    invitations.invite(wave=wave, now=now)
    answer_all(wave, q, now, [2, 2, 3, 3, 3])
    twin = questionnaires.copy(questionnaire=questionnaire, title="Next", by=cco, now=now)
    asked = {question.topic: question for question in twin.questions.all()}
    questionnaires.change_question(
        question=asked["Recommend"],
        changes={"kind": Question.Kind.RATING, "lineage": "recommend-5"},
        seen_version=1,
        by=cco,
    )
    later = now + dt.timedelta(days=365)
    following = waves.prepare(
        questionnaire=twin,
        title="2028",
        opens_on=later.date(),
        closes_on=later.date() + dt.timedelta(days=9),
        by=cco,
    )
    waves.open_now(wave=following, by=cco, now=later)
    invitations.invite(wave=following, now=later)
    answer_all(following, asked, later, [4, 4, 4, 5, 5])
    found = {r.question.topic: r for r in results(following, cco, previous=wave)}
    assert (found["Overall"].before.mean, found["Overall"].change) == (2.6, 1.8)
    assert found["Recommend"].before is None
    assert "scale changed" in found["Recommend"].trend_break


def test_a_pulse_in_between_does_not_come_between_two_years(
    wave, q, cco, questionnaire, agency, person_at, now
):
    for _ in range(4):
        person_at(agency)
    invitations.invite(wave=wave, now=now)
    answer_all(wave, q, now, [2, 2, 3, 3, 3])
    pulse_questions = [{**QUESTIONS[1], "lineage": "business"}, QUESTIONS[6]]
    pulse_questions += [{**QUESTIONS[6], "topic": topic} for topic in ("One", "Two", "Three")]
    pulse = run(
        questionnaires.create(title="Pulse", questions=pulse_questions, by=cco, now=now),
        now + dt.timedelta(days=90),
    )
    twin = questionnaires.copy(questionnaire=questionnaire, title="Next", by=cco, now=now)
    following = run(twin, now + dt.timedelta(days=365))
    assert previous_wave(following) == wave
    found = {r.question.topic: r for r in results(following, cco, previous=wave)}
    assert (found["Overall"].before.mean, found["Overall"].asked_in) == (2.6, wave.title)
    assert found["Business"].asked_in == pulse.title
    assert {r.trend_break for r in found.values()} == {""}


def run(questionnaire, at):
    """A wave with this questionnaire, open since then."""
    day = at.date()
    row = waves.prepare(
        questionnaire=questionnaire,
        title=questionnaire.title,
        opens_on=day,
        closes_on=day + dt.timedelta(days=9),
        by=None,
    )
    waves.open_now(wave=row, by=None, now=at)
    return row


def test_another_scale_needs_another_lineage(questionnaire, wave, cco, now):
    twin = questionnaires.copy(questionnaire=questionnaire, title="Next", by=cco, now=now)
    question = twin.questions.get(topic="Recommend")
    with pytest.raises(questionnaires.ScaleChanged):
        questionnaires.change_question(
            question=question, changes={"kind": "rating"}, seen_version=1, by=cco
        )


def test_a_frozen_questionnaire_stays_as_it_is(client, wave, q, cco):
    client.force_login(cco)
    for page, data in (
        ("question_move", {"to": "down"}),
        ("question_delete", {}),
    ):
        client.post(url(page, q["Overall"].pk), data)
    assert Question.objects.order_by("position").first().topic == "Overall"


# ---- Running a wave ------------------------------------------------------------------------------


def wave_fields(questionnaire, today, **more):
    return {
        "submit_key": "5f0c7c9e-0000-4000-8000-000000000001",
        "title": "Pulse",
        "questionnaire": questionnaire.pk,
        "opens_on": today.isoformat(),
        "closes_on": (today + dt.timedelta(days=20)).isoformat(),
        "reminder_days": "7, 14",
        "threshold": "4",
        **more,
    }


def test_a_wave_is_prepared_once_however_often_it_is_sent(client, cco, questionnaire, today):
    client.force_login(cco)
    fields = wave_fields(questionnaire, today)
    addresses = {client.post(url("wave_add"), fields)["Location"] for _ in range(2)}
    wave = Wave.objects.get()
    assert addresses == {url("wave", wave.pk)}
    assert (wave.reminder_days, wave.state) == ([7, 14], "draft")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reminder_days", "soon"),
        ("reminder_days", "0"),
        ("reminder_days", "40"),
        ("reminder_days", "9" * 50),
        ("closes_on", "2020-01-01"),
        ("closes_on", "0001-01-01"),
        ("opens_on", "tomorrow"),
        ("threshold", "9"),
        ("threshold", str(2**63)),
        ("questionnaire", str(2**63)),
        ("title", "x" * 500),
        ("title", "nul\x00"),
        ("audience_tiers", str(2**70)),
        ("submit_key", "x"),
    ],
)
def test_a_bad_wave_comes_back_with_what_was_typed(client, cco, questionnaire, today, field, value):
    client.force_login(cco)
    fields = wave_fields(questionnaire, today) | {field: value}
    answer = client.post(url("wave_add"), fields)
    assert answer.status_code == 422
    assert not Wave.objects.exists()
    if field != "title":
        assert 'value="Pulse"' in answer.content.decode()


def test_the_second_of_two_editors_is_told(client, cco, draft_wave, questionnaire, today):
    client.force_login(cco)
    fields = wave_fields(questionnaire, today, version=1)
    assert client.post(url("wave_edit", draft_wave.pk), fields).status_code == 302
    fields |= {"title": "Mine", "submit_key": "5f0c7c9e-0000-4000-8000-000000000002"}
    answer = client.post(url("wave_edit", draft_wave.pk), fields)
    assert answer.status_code == 422
    assert "Somebody else changed this" in answer.content.decode()
    assert Wave.objects.get().title == "Pulse"


def test_open_extend_and_end_by_their_buttons(client, cco, draft_wave, agency_cio, today):
    client.force_login(cco)
    Wave.objects.update(closes_on=dt.date(2090, 1, 1))
    for _ in range(2):
        client.post(url("wave_open", draft_wave.pk))
    assert Wave.objects.get().state == "open"
    client.post(url("wave_extend", draft_wave.pk), {"closes_on": "2090-02-01"})
    assert Wave.objects.get().closes_on == dt.date(2090, 2, 1)
    earlier = client.post(url("wave_extend", draft_wave.pk), {"closes_on": "2089-02-01"})
    assert earlier.status_code == 422
    for _ in range(2):
        client.post(url("wave_end", draft_wave.pk))
    assert Wave.objects.get().state == "ended"


def test_a_wave_opens_and_ends_by_itself_at_the_offices_hours(draft_wave, agency_cio, today, now):
    opening = dt.datetime(2027, 3, 3, 15, 0, tzinfo=dt.UTC)
    waves.open_due(now=opening - dt.timedelta(minutes=1))
    assert Wave.objects.get().state == "draft"
    waves.open_due(now=opening)
    assert Wave.objects.get().state == "open"
    # The last day is after the change to summer time: the office closes at 23:00 UTC.
    closing = dt.datetime(2027, 3, 31, 23, 0, tzinfo=dt.UTC)
    waves.close_due(now=closing - dt.timedelta(minutes=1))
    assert Wave.objects.get().state == "open"
    waves.close_due(now=closing)
    assert Wave.objects.get().state == "ended"


def test_a_wave_without_anybody_to_ask_waits_for_a_person(draft_wave, now):
    waves.open_due(now=now)
    assert Wave.objects.get().state == "draft"
    with pytest.raises(waves.NotReady):
        waves.open_now(wave=draft_wave, by=None, now=now)


def test_a_wave_that_cannot_open_says_why_on_its_page_and_in_the_list(
    client, cco, draft_wave, agency, person_at
):
    client.force_login(cco)
    Wave.objects.update(opens_on=dt.date(2020, 1, 1), closes_on=dt.date(2090, 1, 1))
    for page in (url("wave", draft_wave.pk), url("wave_list")):
        assert "Nobody would be asked." in client.get(page).content.decode()
    assert "opens by itself" not in client.get(url("wave", draft_wave.pk)).content.decode()
    person_at(agency)
    for page in (url("wave", draft_wave.pk), url("wave_list")):
        assert "Nobody would be asked." not in client.get(page).content.decode()


def test_a_wave_that_is_not_due_yet_is_no_trouble_in_the_list(client, cco, draft_wave):
    client.force_login(cco)
    Wave.objects.update(opens_on=dt.date(2090, 1, 1), closes_on=dt.date(2090, 2, 1))
    assert "Nobody would be asked." in client.get(url("wave", draft_wave.pk)).content.decode()
    assert "Nobody would be asked." not in client.get(url("wave_list")).content.decode()


def test_people_say_who_looks_after_them_and_whose_letter_was_refused(
    client, cco, invitation, liaison, now
):
    Letter.objects.update(state="failed", reason="550 5.1.1 No such person", done_at=now)
    client.force_login(cco)
    text = client.get(url("people", invitation.wave_id), {"show": "silent"}).content.decode()
    for words in ("letter refused", "550 5.1.1 No such person", liaison.name):
        assert words in text
    assert ">not yet<" not in text
    Letter.objects.update(reason="", state="queued", done_at=None)
    assert ">not yet<" in client.get(url("people", invitation.wave_id)).content.decode()


def test_the_form_counts_the_audience(client, cco, agency_cio):
    client.force_login(cco)
    text = client.get(url("audience"), {"audience_levels": "executive"}).content.decode()
    assert "1 person in 1 agency today" in text
    assert client.get(url("audience"), {"audience_tiers": "x"}).status_code == 200


# ---- Questionnaires ------------------------------------------------------------------------------


def test_a_questionnaire_is_written_ordered_and_thinned_out(client, cco):
    client.force_login(cco)
    key = "5f0c7c9e-0000-4000-8000-00000000000"
    client.post(url("questionnaire_add"), {"submit_key": key + "1", "title": "New", "minutes": 3})
    row = Questionnaire.objects.get()
    for number, topic in enumerate(["One", "Two"], start=2):
        fields = {
            "submit_key": f"{key}{number}",
            "text": f"{topic}?",
            "kind": "rating",
            "topic": topic,
        }
        answer = client.post(url("question_add", row.pk), fields)
        assert answer.status_code == 302
    one, two = row.questions.order_by("position")
    client.post(url("question_move", two.pk), {"to": "up"})
    assert list(row.questions.order_by("position")) == [two, one]
    client.post(url("question_delete", one.pk))
    assert list(row.questions.all()) == [two]
    assert client.get(url("preview", row.pk)).status_code == 200


def test_text_of_questions_and_people_is_never_markup(client, cco, wave, q, agency_cio, now):
    bad = "<script>alert(1)</script>{{ 7|add:7 }}"
    Question.objects.update(text=bad, topic=bad[:40], help_text=bad, section=bad[:60])
    Questionnaire.objects.update(title=bad)
    answer_all(wave, q, now, [1])
    client.force_login(cco)
    pages = [url(page, wave.pk) for page in PAGES]
    pages += [url("questionnaire", wave.questionnaire_id), url("preview", wave.questionnaire_id)]
    pages += [url("question_edit", q["Overall"].pk), url("question_delete", q["Overall"].pk)]
    for page in pages:
        text = client.get(page).content.decode()
        assert "<script>alert" not in text
        assert "14" not in text or "{{ 7|add:7 }}" in text
    export = b"".join(client.get(url("export", wave.pk))).decode()
    assert bad in export
