"""What the crispy template pack `uswds` needs: controls with the design system's classes."""

from functools import lru_cache

from django import forms, template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

register = template.Library()


@register.filter
def kind(field):
    """How the pack lays a field out: hidden, checkbox, choices, group or single."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    return "group" if widget.use_fieldset else "single"


def _class_for(widget):
    if isinstance(widget, forms.Textarea):
        return "usa-textarea"
    if isinstance(widget, forms.Select):
        return "usa-select"
    return "usa-input"


@register.simple_tag
def control(field):
    """The control of a field whose label stands beside it."""
    widget = field.field.widget
    css = " ".join(filter(None, [_class_for(widget), widget.attrs.get("class")]))
    attrs = {"class": css}
    if isinstance(widget, forms.MultiWidget | forms.SelectDateWidget):
        # Its parts have no labels of their own.
        attrs["aria-label"] = field.label
    if type(widget) is forms.Select:
        # As an iterator: choices that are rows would be counted first.
        choices = list(iter(widget.choices))
        if not any(isinstance(label, list | tuple) for _value, label in choices):
            return _select(field, choices, attrs)
    return field.as_widget(attrs=attrs)


def _select(field, choices, attrs):
    """What Django's templates draw: a filter offers hundreds of names, and a template for each
    takes longer than the rest of the page."""
    widget = field.field.widget
    attrs = widget.build_attrs(widget.attrs, field.build_widget_attrs(attrs, widget))
    attrs.setdefault("id", field.auto_id)
    named = [("" if value is None else str(value), str(label)) for value, label in choices]
    chosen = set(widget.format_value(field.value()))
    options = "".join(_select_option(value, label, value in chosen) for value, label in named)
    return format_html(
        '<select name="{}"{}>{}</select>',
        field.html_name,
        flatatt(attrs),
        mark_safe(options),  # noqa: S308 - each of them escaped below
    )


@lru_cache(maxsize=10_000)
def _select_option(value, label, is_chosen):
    selected = " selected" if is_chosen else ""
    return format_html('<option value="{}"{}>{}</option>', value, selected, label)


@register.simple_tag
def checkbox(field):
    """One check box with its label."""
    attrs = {"class": "usa-checkbox__input"}
    return format_html(
        '<div class="usa-checkbox">{}<label class="usa-checkbox__label" for="{}">{}</label></div>',
        field.as_widget(attrs=attrs),
        field.id_for_label,
        field.label,
    )


@register.simple_tag
def choices(field):
    """Radio buttons or check boxes; `look` of the widget says how they are drawn."""
    widget = field.field.widget
    look = getattr(widget, "look", "tiles")
    css = "choices" if look == "plain" else f"choices choices-{look}"
    if getattr(widget, "across", False):
        css += " choices-across"
    name = "checkbox" if isinstance(widget, forms.CheckboxSelectMultiple) else "radio"
    has_marks = getattr(widget, "marks", False)
    options = format_html_join("", "{}", ((_option(o.data, name, has_marks),) for o in field))
    return format_html('<div class="{}">{}</div>{}', css, options, _ends(widget))


# One call a choice: a screen of a survey has fifty of them.
_OPTION = (
    '<div class="usa-{0}"><input class="usa-{0}__input" type="{0}" name="{1}" value="{2}" id="{3}"'
    '{4}{5}{6}><label class="usa-{0}__label" for="{3}">{7}</label></div>'
)
_DRAWN_HERE = {"class", "id", "checked", "required"}


def _option(option, name, has_marks):
    """`option` is Django's dictionary of one choice."""
    attrs, label = option["attrs"], option["label"]
    others = {key: value for key, value in attrs.items() if key not in _DRAWN_HERE}
    if has_marks and option["value"] != "":
        label = format_html(
            '<span class="mark" aria-hidden="true">{}</span><span>{}</span>', option["value"], label
        )
    return format_html(
        _OPTION,
        name,
        option["name"],
        option["value"],
        attrs.get("id", ""),
        " checked" if attrs.get("checked") else "",
        " required" if attrs.get("required") else "",
        flatatt(others) if others else "",
        label,
    )


def _ends(widget):
    low, high = getattr(widget, "ends", ("", ""))
    if not (low or high):
        return ""
    # The first and the last answer's own labels carry the same words for those who cannot see.
    return format_html(
        '<div class="scale-ends" aria-hidden="true"><span>{}</span><span>{}</span></div>',
        low,
        high,
    )


@register.filter
def target_id(field):
    """The id that an error's link goes to: a control that exists. Hidden fields have none."""
    if field.is_hidden:
        return ""
    if kind(field) == "choices":
        return field.subwidgets[0].id_for_label if field.subwidgets else ""
    # A control of several parts has no id of its own; Django numbers the parts.
    return field.id_for_label or f"{field.auto_id}_0"
