"""The component page: every piece of the look, living, for those who build and check pages."""

import datetime as dt

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require
from accounts.permissions import Permission
from crm_portal import widgets
from crm_portal.fields import LocalDateTimeField
from dashboards.views.example_charts import example_charts, example_heat

MODES = [("visit", "At their place"), ("office", "At our office"), ("video", "Video")]
RATING = [
    (1, "very dissatisfied"),
    (2, "dissatisfied"),
    (3, "neither"),
    (4, "satisfied"),
    (5, "very satisfied"),
]


class ExampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Short text", help_text="Help <b>stays</b> text.")
    mail = forms.EmailField(label="E-mail address", required=False)
    choice = forms.ChoiceField(label="One of many", choices=MODES)
    day = forms.DateField(label="Date", widget=widgets.DateInput)
    hour = forms.TimeField(label="Time", widget=widgets.TimeInput, required=False)
    when = LocalDateTimeField(label="Date and time", required=False)
    tiles = forms.ChoiceField(label="One of a few", widget=forms.RadioSelect, choices=MODES)
    chips = forms.ChoiceField(label="One tap", widget=widgets.Chips, choices=MODES)
    several = forms.MultipleChoiceField(
        label="Several", widget=forms.CheckboxSelectMultiple, choices=MODES, required=False
    )
    agree = forms.BooleanField(label="Restricted: only for the chief customer officer and me")
    note = forms.CharField(label="Long text", widget=forms.Textarea, required=False)
    upload = forms.FileField(label="File", required=False)


class AnswersForm(forms.Form):
    """A respondent's screen."""

    rating = forms.ChoiceField(
        label="How satisfied are you with how well we understand your business?",
        help_text="Think of the last twelve months.",
        choices=RATING,
        widget=widgets.AnswerCards(marks=True, across=True),
    )
    what_happened = forms.CharField(
        label="What happened?",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="We will tell you what we did about it.",
    )
    likelihood = forms.ChoiceField(
        label="How likely are you to recommend us to a colleague?",
        choices=[(n, n) for n in range(11)],
        widget=widgets.Scale(ends=("not at all likely", "extremely likely")),
    )
    topic = forms.ChoiceField(
        label="Which of these needs our attention first?",
        choices=[("a", "Network and telephones"), ("b", "Applications"), ("c", "Security")],
        widget=widgets.AnswerCards,
        required=False,
    )
    topics = forms.MultipleChoiceField(
        label="Which services do you use?",
        choices=[("a", "Hosting"), ("b", "Service desk"), ("c", "Data centre")],
        widget=widgets.CheckCards,
        required=False,
    )


@require(Permission.ADMIN_SITE)
@require_http_methods(["GET", "HEAD", "POST"])
def components(request):
    """All pieces on one page. Nothing is kept of what is sent here."""
    now = timezone.now()
    today = timezone.localdate(now)
    context = {
        "form": ExampleForm(request.POST or None),
        "now": now,
        "today": today,
        "days": [today + dt.timedelta(days=n) for n in (-9, 0, 1, 4, 40)],
        "page": Paginator(range(1030), 25).page(4),
        "charts": example_charts(),
        "heat": example_heat(),
        "legend": [("good", 31, "#"), ("watch", 14, "#"), ("at_risk", 6, "#"), ("unknown", 9, "#")],
        "tabs": [
            {"label": "Mine", "url": "?", "current": True, "count": 7},
            {"label": "All", "url": "?all", "count": 112},
        ],
    }
    return render(
        request, "dashboards/components.html", context, status=422 if request.POST else 200
    )


@require(Permission.ADMIN_SITE)
@require_safe
def answers(request):
    """The calm shell that respondents see."""
    data = request.GET if request.GET else None
    return render(request, "dashboards/components/answers.html", {"form": AnswersForm(data)})
