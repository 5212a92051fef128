import datetime as dt
import hashlib
import re
import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from crm_portal.lib import links
from surveys.models import Answer, AnswerTally, Response, ResponseTally
from surveys.services import invitations, responses, waves


def link_to(invitation):
    return reverse("surveys:open_link", args=[links.token_of("survey", invitation)])


def page_of(invitation, step=""):
    return reverse("surveys:answer", args=[invitation.public_id]) + (
        f"?step={step}" if step else ""
    )


@pytest.fixture(autouse=True)
def no_guesses(db):
    cache.clear()


@pytest.fixture
def visitor(client, invitation):
    """A browser that has opened the link of the letter."""
    assert client.get(link_to(invitation)).status_code == 303
    return client


def all_fields(q, **more):
    return {
        f"q{q['Overall'].pk}": "2",
        f"q{q['Overall'].pk}_text": "Nobody told us.",
        f"q{q['Business'].pk}": "4",
        f"q{q['Recommend'].pk}": "7",
        f"q{q['Outage'].pk}": "No",
        f"q{q['Channels'].pk}": ["Phone", "In person"],
        f"q{q['Else'].pk}": "🎉 All good",
        **more,
    }


# ---- Links -------------------------------------------------------------------------------------


def hash_of_tables():
    with connection.cursor() as cursor:
        cursor.execute(
            "select tablename from pg_tables where tablename like any"
            " (array['surveys_%', 'outbox_%', 'feedback_%', 'agencies_%']) order by 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        digest = hashlib.sha256()
        for table in tables:
            cursor.execute(
                f'select md5(string_agg(t::text, chr(10) order by t::text)) from "{table}" t'
            )
            digest.update(repr((table, cursor.fetchone())).encode())
    assert "surveys_invitation" in tables
    return digest.hexdigest()


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_opening_links_changes_nothing(client, invitation, method):
    before = hash_of_tables()
    getattr(client, method)(link_to(invitation), HTTP_USER_AGENT="MailScanner/1.0")
    for step in ("", "1", "2", "all", "review", "nonsense"):
        getattr(client, method)(page_of(invitation, step))
    getattr(client, method)(reverse("surveys:autosave", args=[invitation.public_id]))
    assert hash_of_tables() == before


def test_the_token_is_gone_from_the_address_at_once(client, invitation):
    answer = client.get(link_to(invitation))
    assert (answer.status_code, answer["Location"]) == (303, page_of(invitation))
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    cookie = answer.cookies["survey"]
    assert (cookie["path"], cookie["httponly"]) == (page_of(invitation), True)
    assert links.token_of("survey", invitation) not in str(answer.cookies)


def test_pages_are_not_kept_on_the_way(visitor, invitation):
    answer = visitor.get(page_of(invitation))
    assert answer["Cache-Control"] == "no-store"
    # Not "no-referrer": browsers then send "Origin: null" with the form, which is refused.
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("token", ["x", "ü" * 50, "%00", "a" * 5000])
def test_wrong_links_get_one_friendly_page(client, db, token):
    answer = client.get(f"/s/{token}")
    assert answer.status_code == 404
    assert "What you can do" in answer.content.decode()


def test_links_taken_back_or_too_late_say_the_same_as_wrong_ones(client, invitation, wave, now):
    wrong = client.get("/s/wrong")
    link = link_to(invitation)
    waves.end_now(wave=wave, by=None, now=now)
    late = client.get(link)
    waves.extend(wave=wave, closes_on=wave.closes_on + dt.timedelta(days=1), by=None, now=now)
    assert client.get(link).status_code == 303
    invitations.revoke(invitation=invitation, by=None, now=now)
    revoked = client.get(link)
    assert [a.status_code for a in (wrong, late, revoked)] == [404, 410, 404]
    texts = {re.sub(r"\s+", " ", a.content.decode()) for a in (wrong, late, revoked)}
    assert len(texts) == 1


def test_a_visit_ends_when_the_link_is_taken_back(visitor, invitation, now):
    invitations.revoke(invitation=invitation, by=None, now=now)
    assert visitor.get(page_of(invitation)).status_code == 404


def test_a_visit_opens_only_its_own_survey(visitor, invitation, wave, agency, person_at, now):
    other = person_at(agency)
    invitations.invite(wave=wave, now=now)
    theirs = other.invitations.get()
    visitor.cookies["survey"]["path"] = "/"
    assert visitor.get(page_of(theirs)).status_code == 404
    answer = visitor.post(page_of(invitation, "all"), {"invitation": str(theirs.public_id)})
    assert answer.status_code == 404


def test_guesses_are_slowed_but_a_good_link_still_works(client, invitation):
    statuses = [client.get(f"/s/guess{number}").status_code for number in range(25)]
    assert statuses == [404] * 19 + [429] * 6
    assert client.get("/s/more")["Retry-After"] == "60"
    assert client.get(link_to(invitation)).status_code == 303


def test_no_usable_token_is_stored(visitor, invitation, q):
    visitor.post(page_of(invitation, "all"), all_fields(q, go="send"))
    token = links.token_of("survey", invitation)
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'select count(*) from "{table}" t where t::text like %s', [f"%{token}%"]
            )
            assert cursor.fetchone() == (0,), table


# ---- Answering -----------------------------------------------------------------------------------


def test_the_first_page_says_who_asks_why_and_until_when(visitor, invitation):
    text = visitor.get(page_of(invitation)).content.decode()
    for words in ("Survey 2027", "about 5 minutes", "March 31", "Your answers carry your name"):
        assert words in text
    assert not Response.objects.exists()


def test_the_way_through_the_survey_without_a_script(visitor, invitation, q):
    first = page_of(invitation, "1")
    page = visitor.get(first).content.decode()
    # The follow-up waits on the same page, hidden.
    assert re.search(rf'id="q{q["Which outage"].pk}"[^>]* hidden>', page)
    seen = [q[topic].pk for topic in ("Overall", "Business", "Recommend", "Outage")]
    fields = {f"q{q['Overall'].pk}": "2", f"q{q['Outage'].pk}": "Yes", "seen": seen, "go": "next"}
    answer = visitor.post(first, fields)
    assert (answer.status_code, answer["Location"]) == (303, f"{first}#q{q['Which outage'].pk}")
    page = visitor.get(first).content.decode()
    assert not re.search(rf'id="q{q["Which outage"].pk}"[^>]* hidden>', page)
    fields |= {"seen": [*seen, q["Which outage"].pk]}
    assert visitor.post(first, fields).status_code == 422
    fields |= {f"q{q['Which outage'].pk}": "May"}
    answer = visitor.post(first, fields)
    assert answer["Location"] == page_of(invitation, "2")
    answer = visitor.post(page_of(invitation, "2"), {f"q{q['Else'].pk}": "more", "go": "next"})
    assert answer["Location"] == page_of(invitation, "review")
    assert "May" in visitor.get(page_of(invitation, "review")).content.decode()
    answer = visitor.post(page_of(invitation, "review"), {"go": "send"})
    assert answer["Location"] == page_of(invitation)
    page = visitor.get(page_of(invitation)).content.decode()
    assert "What happens next" in page
    assert "May" in page
    assert Response.objects.submitted().count() == 1


def test_back_saves_and_asks_for_nothing(visitor, invitation, q):
    fields = {f"q{q['Else'].pk}": "half a thought", "go": "back"}
    answer = visitor.post(page_of(invitation, "2"), fields)
    assert (answer.status_code, answer["Location"]) == (303, page_of(invitation, "1"))
    assert Answer.objects.get().text == "half a thought"


def test_errors_keep_what_was_typed(visitor, invitation, q):
    fields = all_fields(q, go="next", **{f"q{q['Overall'].pk}": "9"})
    answer = visitor.post(page_of(invitation, "all"), fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose a number from 1 to 5." in page
    assert "Nobody told us." in page
    assert "🎉 All good" in page


def test_review_names_what_is_missing(visitor, invitation, q):
    page = visitor.get(page_of(invitation, "review")).content.decode()
    assert "How satisfied are you? – Please answer this question." in page
    assert visitor.post(page_of(invitation, "review"), {"go": "send"}).status_code == 422


def test_another_device_goes_on_where_the_first_stopped(visitor, invitation, q):
    visitor.post(page_of(invitation, "1"), {f"q{q['Overall'].pk}": "5", "go": "back"})
    other = Client()
    other.get(link_to(invitation))
    page = other.get(page_of(invitation)).content.decode()
    assert "Welcome back." in page
    assert re.search(
        rf'name="q{q["Overall"].pk}" value="5"[^>]* checked',
        other.get(page_of(invitation, "1")).content.decode(),
    )


def test_sent_twice_makes_one_response(visitor, invitation, q):
    for rating in ("2", "5"):
        fields = all_fields(q, go="send") | {f"q{q['Overall'].pk}": rating}
        assert visitor.post(page_of(invitation, "all"), fields).status_code == 303
    assert Answer.objects.get(question=q["Overall"]).number == 2
    assert ResponseTally.objects.get().responded == 1
    for step in ("1", "review"):
        page = visitor.get(page_of(invitation, step)).content.decode()
        assert "your answers have arrived" in page


def test_a_late_answer_is_refused_and_shown_for_copying(visitor, invitation, wave, q, now):
    survey_open = visitor.get(page_of(invitation, "all"))
    assert survey_open.status_code == 200
    waves.end_now(wave=wave, by=None, now=now)
    answer = visitor.post(page_of(invitation, "all"), all_fields(q, go="send"))
    assert answer.status_code == 410
    assert "Nobody told us." in answer.content.decode()
    assert not Response.objects.exists()


# ---- Autosave ------------------------------------------------------------------------------------


def save(client, invitation, sequence, **fields):
    data = {"autosave_field": list(fields), "autosave_sequence": sequence, **fields}
    return client.post(reverse("surveys:autosave", args=[invitation.public_id]), data)


def test_autosave_keeps_one_field_and_says_when(visitor, invitation, q):
    name = f"q{q['Overall'].pk}"
    answer = save(visitor, invitation, 5, **{name: "3"})
    assert re.fullmatch(r"\d{1,2}:\d\d [ap]\.m\.", answer.json()["saved_at"])
    save(visitor, invitation, 6, **{f"{name}_text": "words"})
    save(visitor, invitation, 4, **{name: "1"})
    assert list(Answer.objects.values_list("number", "text")) == [(3, "words")]


@pytest.mark.parametrize("sequence", ["", "-1", "x", "1.5", str(2**63), str(2**62), "9" * 100, "١"])
def test_autosave_refuses_a_counter_that_is_none(visitor, invitation, q, sequence):
    assert save(visitor, invitation, sequence, **{f"q{q['Overall'].pk}": "3"}).status_code == 400
    assert not Answer.objects.exists()


def test_autosave_after_sending_changes_nothing(visitor, invitation, q):
    visitor.post(page_of(invitation, "all"), all_fields(q, go="send"))
    answer = save(visitor, invitation, 2**60, **{f"q{q['Overall'].pk}": "5"})
    assert answer.status_code == 409
    assert Answer.objects.get(question=q["Overall"]).number == 2


BAD = [
    "\x00",
    "🎉" * 20_000,
    "<script>alert(1)</script>",
    str(2**63),
    "9" * 5000,
    "{{ x }}",
]


@pytest.mark.parametrize("value", BAD)
def test_bad_input_is_answered_with_a_sentence(visitor, invitation, q, value):
    fields = {f"q{question.pk}": value for question in q.values()}
    names = [*fields, f"q{2**63}", "qx", "seen", "q", "autosave_field"]
    answer = save(visitor, invitation, 1, **dict.fromkeys(names, value))
    assert answer.status_code in (200, 422)
    for step in ("1", "all", "review", value[:50]):
        for go in ("next", "back", "send", value[:50]):
            answer = visitor.post(
                page_of(invitation),
                fields | {"go": go, "sequence": value[:500], "seen": value[:500]},
                QUERY_STRING=f"step={step[:20]}" if step.isalnum() else "",
            )
            assert answer.status_code in (303, 422)
    assert "<script>alert" not in visitor.get(page_of(invitation, "all")).content.decode()


# ---- Cost ----------------------------------------------------------------------------------------


def test_the_survey_page_costs_few_queries(visitor, invitation, django_assert_num_queries):
    for step in ("", "1", "all", "review"):
        # The office, the invitation, the questions with their answers.
        with django_assert_num_queries(3):
            visitor.get(page_of(invitation, step))


def test_sending_costs_few_statements(visitor, invitation, q, django_assert_max_num_queries):
    with django_assert_max_num_queries(15) as statements:
        visitor.post(page_of(invitation, "all"), all_fields(q, go="send"))
    # Saving points begin and end the transaction and, inside it, the plan of a letter.
    work = [s for s in statements if not re.search(r"(RELEASE )?SAVEPOINT \S+$", s["sql"])]
    # One of them keeps the wave from ending under it.
    assert len(work) <= 11


# ---- At once -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_response(invitation, answers, now):
    barrier = threading.Barrier(8)
    results, errors = [], []

    def send():
        try:
            barrier.wait()
            results.append(responses.submit(invitation=invitation, answers=answers, now=now).pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(results)) == 1
    assert ResponseTally.objects.get().responded == 1
    assert set(AnswerTally.objects.values_list("count", flat=True)) == {1}
