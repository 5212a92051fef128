"""The template pack escapes what people wrote, and its error links lead somewhere."""

import re

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Column, Div, Field, Fieldset, Layout, Row, Submit
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from crm_portal import widgets
from crm_portal.layouts import Group, More

EVIL = '<script>alert("x")</script>{{ secret }}'


class EveryKind(forms.Form):
    """One field of each kind that the pack knows."""

    text = forms.CharField(label=EVIL, help_text=EVIL)
    area = forms.CharField(widget=forms.Textarea, help_text="Long")
    choice = forms.ChoiceField(choices=[("a", EVIL), ("b", "B")])
    radios = forms.ChoiceField(
        choices=[("a", EVIL), ("b", "B")], widget=forms.RadioSelect, label=EVIL
    )
    cards = forms.ChoiceField(
        choices=[(1, "low"), (2, "high")], widget=widgets.AnswerCards(marks=True)
    )
    scale = forms.ChoiceField(
        choices=[(0, "0"), (1, "1")], widget=widgets.Scale(ends=(EVIL, "very")), help_text="Likely?"
    )
    several = forms.MultipleChoiceField(
        choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label=EVIL, help_text=EVIL)
    day = forms.DateField(widget=widgets.DateInput)
    when = forms.SplitDateTimeField()
    upload = forms.FileField()
    version = forms.IntegerField(widget=forms.HiddenInput)


def crispy(form, **context):
    request = RequestFactory().get("/")
    template = Template("{% load crispy_forms_tags %}{% crispy form %}")
    return template.render(
        Context({"form": form, "request": request, "secret": "SECRET", **context})
    )


def filtered(form):
    return Template("{% load crispy_forms_tags %}{{ form|crispy }}").render(Context({"form": form}))


def with_layout(*layout):
    form = EveryKind({})
    form.helper = FormHelper()
    form.helper.layout = Layout(*layout)
    return form


@pytest.mark.parametrize("render", [crispy, filtered])
def test_labels_help_texts_and_choices_are_escaped(render):
    html = render(EveryKind({}))
    assert "<script" not in html
    assert "SECRET" not in html
    assert html.count("&lt;script&gt;") >= 8


def test_legends_and_summaries_of_our_layouts_are_text():
    html = crispy(with_layout(Group(EVIL, "text"), More(EVIL, "area")))
    assert "<script" not in html
    assert "SECRET" not in html
    assert html.count("&lt;script&gt;") >= 2


def test_legend_of_a_crispy_fieldset_is_escaped():
    html = crispy(with_layout(Fieldset("<i>Facts</i>", "text")))
    assert "&lt;i&gt;Facts&lt;/i&gt;" in html


def test_value_of_a_button_is_escaped():
    html = crispy(with_layout("text", ButtonHolder(Submit("save", "Save <b>&</b> go"))))
    assert "Save &lt;b&gt;&amp;&lt;/b&gt; go</button>" in html


@pytest.mark.parametrize("render", [crispy, filtered])
def test_every_error_link_leads_to_a_control(render):
    html = render(EveryKind({}))
    targets = re.findall(r'<a href="#([^"]*)"', html)
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    assert len(targets) == len(EveryKind.base_fields) - 1
    assert set(targets) - ids == set()


@pytest.mark.parametrize("form", [EveryKind(), EveryKind({})], ids=["fresh", "with errors"])
def test_every_description_exists_and_no_id_is_double(form):
    html = filtered(form)
    ids = re.findall(r'\sid="([^"]+)"', html)
    described = {
        i for group in re.findall(r'aria-describedby="([^"]+)"', html) for i in group.split()
    }
    assert described - set(ids) == set()
    assert len(ids) == len(set(ids))


def test_error_of_a_hidden_field_is_said_without_a_link():
    form = EveryKind({"version": "x"})
    html = filtered(form)
    assert "<li>Enter a whole number.</li>" in html


def test_every_control_has_a_label():
    html = filtered(EveryKind())
    controls = re.findall(r"<(?:input|select|textarea)\b[^>]*>", html)
    labels = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    unlabelled = [
        control
        for control in controls
        if 'type="hidden"' not in control
        and "aria-label=" not in control
        and re.search(r'\sid="([^"]+)"', control)[1] not in labels
    ]
    assert unlabelled == []


def test_more_is_open_when_a_field_in_it_has_an_error():
    assert "<details" in crispy(with_layout(More("More", "text")))
    assert '<details class="more" open>' in crispy(with_layout(More("More", "text")))


def test_optional_fields_say_so_and_required_ones_do_not():
    class Two(forms.Form):
        a = forms.CharField()
        b = forms.CharField(required=False)

    assert filtered(Two()).count("optional</span>") == 1


def test_layouts_of_crispy_render():
    html = crispy(
        with_layout(
            Row(Column("text"), Column(Field("area", css_class="big", wrapper_class="wide"))),
            Div("choice", css_class="save-bar"),
        )
    )
    assert 'class="form-row"' in html
    assert "usa-textarea big" in html
    assert "usa-form-group--error wide" in html


def test_a_formset_renders_each_form_and_its_management():
    formset = forms.formset_factory(EveryKind, extra=2)()
    html = filtered(formset)
    assert html.count('name="form-TOTAL_FORMS"') == 1
    assert html.count('class="usa-select"') == 2
