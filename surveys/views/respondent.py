"""Pages for people who answer: no account, no script needed, and a GET changes nothing."""

import functools

from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import office
from accounts.access import public
from agencies.queries import primary_liaisons
from crm_portal.lib import links, throttle
from surveys import access
from surveys.forms import answers as forms
from surveys.promises import promise
from surveys.queries import respondent as queries
from surveys.services import responses

PURPOSE = "survey"
FIELDS_AT_ONCE = 100


class SeeOther(HttpResponseRedirect):
    """The browser asks for the next page with GET."""

    status_code = 303


def visit(view):
    """Exchange the visit's cookie for the invitation; a dead link gets the one page for it."""

    @functools.wraps(view)
    def visited(request, public_id):
        token_hash = links.remembered(request, purpose=PURPOSE)
        try:
            invitation = access.get_invitation_of_visit(token_hash, public_id)
            if request.POST.get("invitation", str(public_id)) != str(public_id):
                raise access.DeadLink(404)
            response = view(request, invitation)
        except access.DeadLink as dead:
            return dead_link(request, dead.status, typed=words_of(request, dead.invitation))
        # A long visit does not end while somebody is writing.
        links.remember(
            response, purpose=PURPOSE, row=invitation, path=address(invitation).partition("?")[0]
        )
        return private(response)

    return visited


def private(response):
    """Nothing on the way keeps the page or finds it."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def address(invitation, step=""):
    base = reverse("surveys:answer", args=[invitation.public_id])
    return f"{base}?step={step}" if step else base


def dead_link(request, status, **context):
    """One page for links that are wrong, old, taken back or too late: it tells no secret."""
    response = render(request, "surveys/dead_link.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return private(response)


@public("the personal link in a letter says who it is")
@require_safe
def open_link(request, token):
    """From the letter to the survey. The token is gone from the address at once."""
    try:
        invitation = access.get_invitation_of_link(token)
    except access.DeadLink as dead:
        # A good link works even from an address from which somebody guesses: it is shared by
        # everybody in an office, and nobody guesses 256 bits.
        is_slowed = dead.status == 404 and throttle.note_miss(request)
        response = dead_link(request, 429 if is_slowed else dead.status)
        if is_slowed:
            response["Retry-After"] = "60"
        return response
    response = SeeOther(address(invitation))
    links.remember(response, purpose=PURPOSE, row=invitation, path=address(invitation))
    response["Referrer-Policy"] = "no-referrer"
    return private(response)


@public("the cookie of a personal link says who it is")
@require_http_methods(["GET", "HEAD", "POST"])
@visit
def answer(request, invitation):
    """The survey: first page, its pieces, the review, and what was sent."""
    step = request.GET.get("step", "")
    if is_sent(invitation):
        if request.method == "POST":
            return SeeOther(address(invitation))
        return show_sent(request, queries.survey_of(invitation))
    if request.method == "POST":
        if request.POST.get("go") == "send":
            return send(request, invitation, step)
        return keep(request, queries.survey_of(invitation), step)
    survey = queries.survey_of(invitation)
    if step == queries.REVIEW:
        return show_review(request, survey)
    if survey.section(step) is not None:
        return show_section(request, survey, step)
    return show_first_page(request, survey)


def is_sent(invitation):
    response = getattr(invitation, "response", None)
    return response is not None and response.submitted_at is not None


def keep(request, survey, step):
    """Next and Back: save what is on the page, then go where the answers lead."""
    section = survey.section(step)
    if section is None:
        return SeeOther(address(survey.invitation))
    seen = {row.question.pk for row in survey.rows(section) if row.is_shown}
    said = forms.read_answers(request.POST, section.questions)
    try:
        responses.save_answers(
            invitation=survey.invitation,
            questions=section.questions,
            answers=said,
            sequence=forms.read_sequence(request.POST, "sequence") or 0,
            now=timezone.now(),
        )
    except responses.AlreadySent:
        return SeeOther(address(survey.invitation))
    except responses.SurveyOver as over:
        return too_late(request, survey.invitation, over)
    survey.given |= said
    if request.POST.get("go") == "back":
        return SeeOther(address(survey.invitation, survey.neighbour(step, forward=False)))
    return forward(request, survey, step, seen | set(said))


def forward(request, survey, step, seen):
    """On to the next piece, unless something on this one needs another look."""
    here = {question.pk for question in survey.section(step).questions}
    faults = responses.check(survey.questions, survey.given)
    survey.faults = {pk: words for pk, words in faults.items() if pk in here & seen}
    if survey.faults:
        return show_section(request, survey, step, status=422)
    # Without a script, a question that this page's own answers call for shows up only now.
    new = [question.pk for question in survey.shown() if question.pk in here - seen]
    if new:
        return SeeOther(f"{address(survey.invitation, step)}#q{new[0]}")
    return SeeOther(address(survey.invitation, survey.neighbour(step, forward=True)))


def send(request, invitation, step):
    """Send all answers, once. Whoever sends twice sees the same page."""
    try:
        responses.submit(
            invitation=invitation,
            answers=lambda questions: {
                pk: vars(given) for pk, given in forms.read_answers(request.POST, questions).items()
            },
            now=timezone.now(),
        )
    except responses.AnswersRefused as refused:
        survey = queries.survey_of(invitation)
        survey.given |= forms.read_answers(request.POST, survey.questions)
        survey.faults = refused.faults
        if step == queries.ALL:
            return show_section(request, survey, step, status=422)
        return show_review(request, survey, status=422)
    except responses.SurveyOver as over:
        return too_late(request, invitation, over)
    return SeeOther(address(invitation))


@public("the cookie of a personal link says who it is")
@require_POST
@visit
def autosave(request, invitation):
    """Keep single fields while somebody types; says at what time they were kept."""
    now = timezone.now()
    fields = forms.read_fields(request.POST)
    if fields is None:
        return JsonResponse({"error": _("The page is out of order. Load it again.")}, status=400)
    questions = {question.pk: question for question in queries.survey_of(invitation).questions}
    error, status = "", 200
    for name, sequence in fields[:FIELDS_AT_ONCE]:
        part = forms.read_part(request.POST, name, questions)
        if part is None:
            continue
        try:
            responses.save_part(
                invitation=invitation, question=part[0], part=part[1], sequence=sequence, now=now
            )
        except responses.AnswersRefused as refused:
            error, status = refused.faults[part[0].pk], 422
        except (responses.AlreadySent, responses.SurveyOver) as refusal:
            return JsonResponse({"error": str(refusal)}, status=409)
    local = timezone.localtime(now)
    saved = {"saved_at": formats.time_format(local, "g:i a")}
    return JsonResponse({"error": error} if error else saved, status=status)


# ---- What the pages show -------------------------------------------------------------------------


def show_first_page(request, survey):
    """Who asks, how long it takes, who reads it, until when."""
    first = str(survey.sections()[0].number) if survey.sections() else queries.REVIEW
    return render(
        request,
        "surveys/first_page.html",
        {
            "survey": survey,
            "wave": survey.invitation.wave,
            "questionnaire": survey.invitation.wave.questionnaire,
            "promise": promise(survey.invitation.wave),
            "done_and_all": survey.answered_share(),
            "go_on_url": address(
                survey.invitation, survey.resume_at() if survey.response else first
            ),
            "all_url": address(survey.invitation, queries.ALL),
        },
    )


def show_section(request, survey, step, *, status=200):
    """Some questions, or all of them."""
    sections = survey.sections()
    numbers = [str(section.number) for section in sections]
    context = {
        "survey": survey,
        "wave": survey.invitation.wave,
        "section": survey.section(step),
        "rows": survey.rows(survey.section(step)),
        "is_all": step == queries.ALL,
        "part": numbers.index(step) + 1 if step in numbers else 0,
        "parts": len(numbers),
        "action": address(survey.invitation, step),
        "autosave_url": reverse("surveys:autosave", args=[survey.invitation.public_id]),
        "back": survey.neighbour(step, forward=False),
    }
    return render(request, "surveys/section.html", context, status=status)


def show_review(request, survey, *, status=200):
    """Everything once more, before it is sent."""
    if not survey.faults:
        survey.faults = {
            question.pk: _("Please answer this question.") for question in survey.missing()
        }
    context = {
        "survey": survey,
        "wave": survey.invitation.wave,
        "pieces": [(section, survey.rows(section)) for section in survey.sections()],
        "action": address(survey.invitation, queries.REVIEW),
        "base_url": address(survey.invitation),
        "back_url": address(survey.invitation, survey.neighbour(queries.REVIEW, forward=False)),
    }
    return render(request, "surveys/review.html", context, status=status)


def show_sent(request, survey):
    """Thanks, what happens next, and what was sent."""
    agency = survey.invitation.agency_id
    today = office.local_date(timezone.now())
    context = {
        "survey": survey,
        "wave": survey.invitation.wave,
        "pieces": [(section, survey.rows(section)) for section in survey.sections()],
        "liaison": primary_liaisons([agency], today).get(agency),
        "promise": survey.response.promise,
    }
    return render(request, "surveys/sent.html", context)


def too_late(request, invitation, refusal):
    """The wave ended while somebody wrote. What was kept before stays, for the case that it gets
    more time."""
    is_theirs = not isinstance(refusal, responses.LinkTakenBack)
    typed = words_of(request, invitation if is_theirs else None)
    return dead_link(request, 410, refusal=str(refusal), typed=typed)


def words_of(request, invitation):
    """All that somebody has written and can no longer send, so that they can copy it: on the page
    that they sent and, where it is still their own survey, on those before."""
    if request.method != "POST" or invitation is None or is_sent(invitation):
        return forms.read_words(request.POST)
    survey = queries.survey_of(invitation)
    given = survey.given | forms.read_answers(request.POST, survey.questions)
    return forms.worth_keeping(said.text for said in given.values())
