"""The raiser's own pages: no account, nothing changes before a button is pressed."""

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from crm_portal.lib import links
from feedback.models import Action, Concern, ReportBack
from feedback.services import actions, concerns, dispositions
from outbox.models import Letter
from surveys.models import Wave
from tests import factories
from tests.feedback.conftest import token


@pytest.fixture(autouse=True)
def clock(now, db):
    cache.clear()
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def opened(client, report_back):
    """A browser in which the letter's link has been opened."""
    client.get(link(report_back))
    return client


def link(row):
    return reverse("feedback:open_link", args=[token(row)])


def url(row, name="report_back"):
    return reverse(f"feedback:{name}", args=[row.public_id])


def rows():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Concern, Action, ReportBack, Letter, Wave)
    ]


def test_link_leads_to_a_clean_address(client, report_back):
    response = client.get(link(report_back))
    assert (response.status_code, response.url) == (302, url(report_back))
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    cookie = response.cookies["report_back"]
    assert (cookie["path"], cookie["httponly"]) == (url(report_back), True)


def test_page_tells_what_they_said_and_what_we_did(opened, report_back):
    text = opened.get(url(report_back)).content.decode()
    for words in ["Nobody told us about the outage.", "Notices go out by text now.", "Yes, fixed"]:
        assert words in text
    assert token(report_back) not in text


@pytest.mark.parametrize("verb", ["get", "head", "options"])
def test_looking_changes_nothing(opened, report_back, verb):
    before = rows()
    for address in [
        link(report_back),
        url(report_back),
        url(report_back, "told"),
        url(report_back, "verdict"),
    ]:
        getattr(opened, verb)(address)
    assert rows() == before


@pytest.mark.parametrize(("verdict", "state"), [("fixed", "fixed"), ("not_fixed", "in_action")])
def test_button_is_the_answer(opened, report_back, verdict, state):
    response = opened.post(
        url(report_back, "verdict"), {"verdict": verdict, "words": "As I said."}, follow=True
    )
    assert response.redirect_chain == [(url(report_back), 302)]
    assert Concern.objects.get().state == state
    assert ReportBack.objects.get().words == "As I said."


def test_button_pressed_twice_answers_once(opened, report_back):
    for _ in range(2):
        opened.post(url(report_back, "verdict"), {"verdict": "not_fixed"})
    assert Action.objects.get().activities.filter(kind="reopened").count() == 1


def test_other_button_afterwards_is_refused_in_words(opened, report_back):
    opened.post(url(report_back, "verdict"), {"verdict": "not_fixed"})
    response = opened.post(url(report_back, "verdict"), {"verdict": "fixed"})
    assert response.status_code == 422
    assert "We will ask you again" in response.content.decode()


@pytest.mark.parametrize(
    "data", [{}, {"verdict": "maybe"}, {"verdict": "fixed", "words": "x" * 5001}]
)
def test_odd_answers_change_nothing(opened, report_back, data):
    before = rows()
    assert opened.post(url(report_back, "verdict"), data).status_code == 422
    assert rows() == before


# ---- Links that do not work ---------------------------------------------------------------------


def test_every_wrong_link_gets_the_same_page(client, report_back, agency_cio, now, today):
    good = link(report_back)
    wrong = [
        reverse("feedback:open_link", args=["x" * 43]),
        reverse("feedback:report_back", args=["00000000-0000-0000-0000-000000000000"]),
        # The right address without the letter's cookie.
        url(report_back),
        url(report_back, "told"),
    ]
    pages = [client.get(address) for address in wrong]
    links.renew("report_back", report_back)
    report_back.save()
    pages.append(client.get(good))
    renewed = link(report_back)
    agency_cio.left_on = today
    agency_cio.save()
    pages.append(client.get(renewed))
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert "newest letter" in pages[0].content.decode()


def test_post_without_the_cookie_changes_nothing(client, report_back):
    response = client.post(url(report_back, "verdict"), {"verdict": "fixed"})
    assert response.status_code == 404
    assert Concern.objects.get().state == "reported"


def test_link_ends_after_a_year(client, report_back, later):
    with time_machine.travel(later(days=364), tick=False):
        assert client.get(link(report_back)).status_code == 302
    with time_machine.travel(later(days=366), tick=False):
        assert client.get(link(report_back)).status_code == 404


def test_guessing_is_slowed_from_the_twentieth_on(client, report_back):
    codes = [
        client.get(reverse("feedback:open_link", args=[f"{number:043}"])).status_code
        for number in range(22)
    ]
    assert codes == [404] * 19 + [429] * 3
    # A good link is nobody's guess, in the same office or elsewhere.
    for address in ("127.0.0.1", "10.1.2.3"):
        assert client.get(link(report_back), REMOTE_ADDR=address).status_code == 302


# ---- Everything they told us --------------------------------------------------------------------


def test_two_clicks_from_the_letter_show_everything_they_told_us(opened, report_back, agency_cio):
    factories.ConcernFactory(
        agency=agency_cio.agency, raised_by=agency_cio, quote="The portal is slow."
    )
    other = factories.PersonFactory(agency=agency_cio.agency)
    factories.ConcernFactory(agency=agency_cio.agency, raised_by=other, quote="My boss is hard")
    assert url(report_back, "told") in opened.get(url(report_back)).content.decode()
    text = opened.get(url(report_back, "told")).content.decode()
    assert "The portal is slow." in text
    assert "We are deciding what to do about it." in text
    assert "My boss is hard" not in text


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_the_raiser_asks_the_same_however_long(
    opened, report_back, agency_cio, django_assert_num_queries, count
):
    factories.ConcernFactory.create_batch(count, agency=agency_cio.agency, raised_by=agency_cio)
    with django_assert_num_queries(5):
        opened.get(url(report_back, "told"))


# ---- The representative -------------------------------------------------------------------------


def test_representative_sees_what_became_of_it_and_nothing_internal(
    client, representative, concern, action, liaison, now
):
    actions.note(action=action, text="They exaggerate", by=liaison, now=now)
    dispositions.decline(
        concern=factories.ConcernFactory(
            agency=concern.agency, raised_by=representative.person, quote="My own words"
        ),
        reason="No money.",
        by=liaison,
        now=now,
    )
    factories.ConcernFactory(quote="Of another agency", topic="Elsewhere")
    client.force_login(representative)
    text = client.get(reverse("feedback:own_concerns")).content.decode()
    for words in ["My own words", "No money.", "Somebody is working on it."]:
        assert words in text
    # A colleague's words, the office's notes, other agencies.
    for words in ["Nobody told us about the outage.", "exaggerate", "Of another", "Elsewhere"]:
        assert words not in text


@pytest.mark.parametrize("who", ["liaison", "cco", "outsider"])
def test_page_is_for_representatives(client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("feedback:own_concerns")).status_code == 403


# ---- Closing a wave -----------------------------------------------------------------------------


def test_cco_closes_a_wave_from_its_page(client, response, cco, liaison, now, agency):
    client.force_login(cco)
    address = reverse("feedback:wave_close", args=[response.wave_id])
    concerns.raise_from_response(response=response, now=now)
    assert "Please visit us more often." in client.get(address).content.decode()
    assert client.post(address).status_code == 422
    for row in Concern.objects.all():
        dispositions.reply(concern=row, text="We know.", by=liaison, now=now)
    assert client.get(address).status_code == 200
    assert Wave.objects.get().state == "ended"
    assert client.post(address).status_code == 302
    assert Wave.objects.get().state == "closed"


def test_liaison_closes_no_wave(client, response, liaison):
    client.force_login(liaison)
    address = reverse("feedback:wave_close", args=[response.wave_id])
    assert client.post(address).status_code == 403
