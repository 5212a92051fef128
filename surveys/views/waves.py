"""Waves: who was asked, who answered, what goes out next, and what people said."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import SEES_EVERY_AGENCY, Permission
from accounts.readers import Reader
from accounts.vocabulary import words
from crm_portal.lib.sheets import csv_response
from surveys import access, exports
from surveys.forms.staff import ResultsFilter
from surveys.models import Wave
from surveys.queries import results as results_of
from surveys.queries import waves as queries
from surveys.services.waves import is_overdue, obstacle

PAGE = 25
SILENT_PAGE = 10


@require(Permission.WAVE_VIEW)
@require_safe
def wave_list(request):
    """Every wave, the newest first, with its response so far, or why it has not opened."""
    now = timezone.now()
    today = office.local_date(now)
    rows = Wave.objects.order_by("-opens_on", "-pk").select_related("questionnaire")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    rates = queries.rates([wave.pk for wave in page], request.user)
    context = {
        "page": page,
        "rows": [
            (wave, rates.get(wave.pk), is_overdue(wave, now=now) and obstacle(wave, today=today))
            for wave in page
        ],
        "may_manage": request.user.may(Permission.WAVE_MANAGE),
        "today": today,
    }
    return render(request, "surveys/wave_list.html", context)


@require(Permission.WAVE_VIEW)
@require_safe
def wave(request, pk):
    """Response now, the silent ones with their liaison, and what goes out next."""
    wave = access.get_wave(request.user, pk)
    now = timezone.now()
    today = office.local_date(now)
    silent = Paginator(queries.silent_agencies(wave, request.user), SILENT_PAGE)
    page = silent.get_page(request.GET.get("page"))
    queries.add_people(wave, page.object_list, today)
    previous = results_of.previous_wave(wave)
    context = {
        **_head(request, wave, "wave"),
        "rates": queries.rates_of(wave, request.user),
        "page": page,
        "steps": queries.next_steps(wave, now),
        "pace": queries.pace(wave, previous, request.user, today) if wave.opened_at else None,
        "previous": previous,
        "audience": queries.audience_size(wave) if wave.state == Wave.State.DRAFT else None,
        "obstacle": obstacle(wave, today=today) if wave.state == Wave.State.DRAFT else "",
        "results": results_of.results(wave, request.user, previous=previous),
        "today": today,
    }
    return render(request, "surveys/wave.html", context)


@require(Permission.WAVE_VIEW)
@require_safe
def results(request, pk):
    """Each question's distribution, its mean with n, and how it moved since the last wave."""
    wave = access.get_wave(request.user, pk)
    questions = results_of.questions_of(wave)
    form = _filter(request, wave, questions)
    context = {
        **_head(request, wave, "results"),
        "form": form,
        "results": results_of.results(wave, request.user, questions=questions, **form.chosen),
        "sees_all": request.user.role in SEES_EVERY_AGENCY,
    }
    return render(request, "surveys/results.html", context)


@require(Permission.WAVE_VIEW)
@require_safe
def comments(request, pk):
    """What was said in words, with links to who said it and to the concern it became."""
    wave = access.get_wave(request.user, pk)
    form = _filter(request, wave, results_of.questions_of(wave))
    rows = results_of.comments(wave, request.user, **form.chosen)
    context = {
        **_head(request, wave, "comments"),
        "form": form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "now": timezone.now(),
    }
    return render(request, "surveys/comments.html", context)


@require(Permission.WAVE_VIEW)
@require_safe
def people(request, pk):
    """Everybody who was asked, and what became of it."""
    wave = access.get_wave(request.user, pk)
    rows = queries.invited(wave, request.user)
    if request.GET.get("show") == "silent":
        rows = rows.filter(revoked_at=None, response__submitted_at=None)
    now = timezone.now()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    queries.add_care(page.object_list, office.local_date(now))
    context = {
        **_head(request, wave, "people"),
        "page": page,
        "is_silent": request.GET.get("show") == "silent",
        "now": now,
    }
    return render(request, "surveys/people.html", context)


@require(Permission.EXPORT)
@require_safe
def export(request, pk):
    """Responses that the user sees, as CSV, sent line by line."""
    wave = access.get_wave(request.user, pk)
    questions = list(wave.questionnaire.questions.order_by("position"))
    # The lines are made after this request's time zone and words are gone.
    rows = exports.responses(
        queries.response_rows(wave, request.user), questions, timezone.get_current_timezone()
    )
    return csv_response(rows, slugify(wave.title) or f"wave-{wave.pk}")


def _head(request, wave, tab):
    return {
        "wave": wave,
        "tab": tab,
        "may_manage": request.user.may(Permission.WAVE_MANAGE),
        "may_export": request.user.may(Permission.EXPORT),
    }


def _filter(request, wave, questions):
    return ResultsFilter(
        request.GET,
        agencies=queries.agencies_of(Reader.of(request.user), wave=wave.pk),
        topics=list(dict.fromkeys(question.topic for question in questions)),
        words=words(),
    )
