"""Questionnaires: written, copied for the next year, shown as respondents see them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once, status_of
from crm_portal.lib.refusals import Refusal
from surveys import access
from surveys.forms.staff import CopyForm, QuestionForm, QuestionnaireForm
from surveys.models import Question, Questionnaire
from surveys.queries import respondent
from surveys.services import questionnaires
from surveys.views.running import facts_of, is_sent

PAGE = 25


@require(Permission.WAVE_MANAGE)
@require_safe
def questionnaire_list(request):
    rows = Questionnaire.objects.annotate(size=Count("questions")).order_by("-created_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "surveys/questionnaire_list.html", {"page": page})


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_add(request):
    """A new list of questions; most years copy the last one instead."""
    form = QuestionnaireForm(request.POST or None)

    def add():
        new = questionnaires.create(by=request.user, now=timezone.now(), **facts_of(form))
        return reverse("surveys:questionnaire", args=[new.pk])

    if is_sent(request, form) and (address := save_once(request, form, add, now=timezone.now())):
        return redirect(address)
    context = {"form": form}
    return render(request, "surveys/questionnaire_form.html", context, status=status_of(request))


@require(Permission.WAVE_MANAGE)
@require_safe
def questionnaire(request, pk):
    """The questions in order, with what can be done to each."""
    row = access.get_questionnaire(request.user, pk)
    context = {
        "questionnaire": row,
        "questions": row.questions.select_related("show_if").order_by("position"),
        "waves": row.waves.all(),
    }
    return render(request, "surveys/questionnaire.html", context)


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_edit(request, pk):
    """Title, introduction and minutes."""
    row = access.get_questionnaire(request.user, pk)
    shown = access.get_questionnaire(request.user, pk)
    form = QuestionnaireForm(request.POST or None, instance=shown)

    def change():
        seen = form.cleaned_data["version"] or 0
        questionnaires.change(
            questionnaire=row, changes=facts_of(form), seen_version=seen, by=request.user
        )
        return reverse("surveys:questionnaire", args=[pk])

    if is_sent(request, form) and (address := save_once(request, form, change, now=timezone.now())):
        return redirect(address)
    context = {"form": form, "questionnaire": row}
    return render(request, "surveys/questionnaire_form.html", context, status=status_of(request))


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_copy(request, pk):
    """Copy it for the next run."""
    row = access.get_questionnaire(request.user, pk)
    form = CopyForm(request.POST or None, initial={"title": row.title})

    def copy():
        title = form.cleaned_data["title"]
        twin = questionnaires.copy(
            questionnaire=row, title=title, by=request.user, now=timezone.now()
        )
        return reverse("surveys:questionnaire", args=[twin.pk])

    if is_sent(request, form) and (address := save_once(request, form, copy, now=timezone.now())):
        return redirect(address)
    context = {"form": form, "questionnaire": row, "is_copy": True}
    return render(request, "surveys/questionnaire_form.html", context, status=status_of(request))


@require(Permission.WAVE_MANAGE)
@require_safe
def preview(request, pk):
    """As a respondent sees it; nothing can be sent."""
    row = access.get_questionnaire(request.user, pk)
    survey = respondent.preview_of(row)
    context = {"questionnaire": row, "rows": survey.rows(survey.section(respondent.ALL))}
    return render(request, "surveys/preview.html", context)


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def question_add(request, pk):
    row = access.get_questionnaire(request.user, pk)
    form = QuestionForm(request.POST or None, questionnaire=row)

    def add():
        questionnaires.add_question(questionnaire=row, fields=facts_of(form), by=request.user)
        return reverse("surveys:questionnaire", args=[pk])

    return _question_page(request, form, row, add)


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def question_edit(request, pk):
    question = access.get_question(request.user, pk)
    row = question.questionnaire
    shown = access.get_question(request.user, pk)
    form = QuestionForm(request.POST or None, questionnaire=row, instance=shown)

    def change():
        seen = form.cleaned_data["version"] or 0
        questionnaires.change_question(
            question=question, changes=facts_of(form), seen_version=seen, by=request.user
        )
        return reverse("surveys:questionnaire", args=[row.pk])

    return _question_page(request, form, row, change)


def _question_page(request, form, questionnaire, do):
    if is_sent(request, form) and (address := save_once(request, form, do, now=timezone.now())):
        return redirect(address)
    context = {"form": form, "questionnaire": questionnaire}
    return render(request, "surveys/question_form.html", context, status=status_of(request))


@require(Permission.WAVE_MANAGE)
@require_POST
def question_move(request, pk):
    question = access.get_question(request.user, pk)
    try:
        questionnaires.move_question(
            question=question, up=request.POST.get("to") == "up", by=request.user
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("surveys:questionnaire", question.questionnaire_id)


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def question_delete(request, pk):
    """Ask, then take it out."""
    question = access.get_question(request.user, pk)
    row = question.questionnaire
    if request.method == "POST":
        try:
            questionnaires.delete_question(question=question, by=request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The question is out."))
        return redirect("surveys:questionnaire", row.pk)
    followers = Question.objects.filter(show_if=question)
    context = {"question": question, "questionnaire": row, "followers": followers}
    return render(request, "surveys/question_delete.html", context)
