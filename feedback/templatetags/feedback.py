"""What pages about actions need."""

from django import template

from accounts import office

register = template.Library()


@register.filter
def due_day(due_on, today):
    """The day that counts: a due date on which the office was closed lasts until it opens again."""
    return due_on if due_on is None or due_on >= today else office.calendar().at_work(due_on)
