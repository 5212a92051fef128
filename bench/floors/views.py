"""F0 to F10: what a page of each kind costs at the very least."""

from django.db import transaction
from django.db.models import Avg, Count, F, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bench.floors.models import (
    Agency,
    Answer,
    Invitation,
    Meeting,
    Question,
    Scores,
    Session,
    Summary,
)

FIXED = "<!doctype html><title>Floor</title>" + "<p>Thirty kilobytes of text.</p>" * 940


def visitor():
    session = Session.objects.get(key="session")
    return session.visitor


def fixed(request):
    return HttpResponse(FIXED)


def session(request):
    visitor()
    return HttpResponse(FIXED)


def agencies(request, count):
    rows = Agency.objects.order_by("name")[:count]
    return render(request, "floors/list.html", {"visitor": visitor(), "agencies": rows})


def agency(request, count):
    visitor()
    row = Agency.objects.get(pk=1)
    meetings = row.meetings.select_related("by").order_by("-held_at")[:count]
    return render(request, "floors/detail.html", {"agency": row, "meetings": meetings})


def insert(request):
    with transaction.atomic():
        Meeting.objects.create(
            agency_id=2, held_at=timezone.now(), mode="phone", note="Short.", by_id=1
        )
    return HttpResponse(status=204)


def survey(request, token):
    invitation = Invitation.objects.get(token=token)
    questions = Question.objects.order_by("position")
    context = {"invitation": invitation, "questions": questions, "values": range(1, 6)}
    return render(request, "floors/survey.html", context)


@transaction.atomic
def submit(request, token):
    """5 statements: lock, insert, close, two summaries."""
    invitation = Invitation.objects.select_for_update().get(token=token)
    values = {number: int(request.POST.get(f"q{number}", 3)) for number in range(1, 13)}
    agency_id = 1 + invitation.pk % 50
    said = {"invitation": invitation, "agency_id": agency_id, "period": 1, "survey": 1}
    Answer.objects.bulk_create(
        Answer(question_id=number, value=value, **said) for number, value in values.items()
    )
    Invitation.objects.filter(pk=invitation.pk).update(closed_at=timezone.now())
    Scores.objects.filter(agency_id=agency_id, period=1).update(
        total=F("total") + sum(values.values()), count=F("count") + 12
    )
    Scores.objects.filter(agency_id=agency_id, period=2).update(count=F("count") + 1)
    return HttpResponse(status=204)


def results(request):
    rows = Summary.objects.filter(survey=1).order_by("question_id", "value")
    return _results(request, rows.values("question_id", "value", "count"))


def raw_results(request):
    rows = (
        Answer.objects.filter(survey=1).values("question_id", "value").annotate(count=Count("pk"))
    )
    return _results(request, rows.order_by("question_id", "value"))


def _results(request, rows):
    visitor()
    return render(request, "floors/results.html", {"rows": rows})


def dashboard(request):
    context = {
        "visitor": visitor(),
        "lowest": Scores.objects.filter(period=24).order_by(F("total") * 1.0 / F("count"))[:8],
        "trend": Scores.objects.values("period")
        .annotate(mean=Sum("total") * 1.0 / Sum("count"))
        .order_by("period"),
        "not_met": Agency.objects.order_by("last_meeting_at")[:8],
        "tiers": Agency.objects.values("tier").annotate(count=Count("pk")).order_by("tier"),
        "newest": Agency.objects.aggregate(mean=Avg("tier"), count=Count("pk")),
    }
    return render(request, "floors/dashboard.html", context)
