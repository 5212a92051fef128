"""What every page may use: icons, states, dates in words, Markdown, small pieces of markup."""

import datetime as dt
from functools import lru_cache

import nh3
from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext
from markdown_it import MarkdownIt

register = template.Library()

# The state of a relationship: the word that is shown and the class that gives shape and colour.
STATES = {
    "good": (gettext_lazy("Good"), "good"),
    "watch": (gettext_lazy("Watch"), "watch"),
    "at_risk": (gettext_lazy("At risk"), "risk"),
    "unknown": (gettext_lazy("Unknown"), "unknown"),
}

# "js-default" lets no HTML of the writer through; nh3 cleans what comes out once more.
_MARKDOWN = MarkdownIt("js-default", {"breaks": True}).disable("image")
_MARKDOWN_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


@lru_cache(maxsize=1)
def _sprite():
    return static("img/icons.svg")


@register.simple_tag
def sprite(name):
    """The address of one drawing in the sprite."""
    return f"{_sprite()}#{name}"


@register.simple_tag
def icon(name):
    """A drawing that says nothing by itself: the word stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', _sprite(), name
    )


@register.simple_tag
@lru_cache(maxsize=1000)
def figure(chart):
    """A chart with its figures as a table; the same figures are drawn once."""
    return render_to_string("_components/chart.html", {"chart": chart})


@register.simple_tag
def state_badge(state, bare=False):
    """The word, shape and colour of a state; anything that is not a state is unknown."""
    word, css = STATES.get(str(state), STATES["unknown"])
    extra = " state-bare" if bare else ""
    return format_html('<span class="state state-{}{}">{}</span>', css, extra, word)


@register.filter
def initials(name):
    """Two letters for the round picture of a person."""
    parts = str(name).split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


# ---- Dates in words -----------------------------------------------------------------------------


def _count_words(days):
    """`days` is zero or more."""
    if days < 14:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if days < 60:
        return ngettext("%(n)d week", "%(n)d weeks", days // 7) % {"n": days // 7}
    if days < 365 * 2:
        months = round(days / 30.4)
        return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    years = round(days / 365.25)
    return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}


def ago_words(instant, now):
    """How long ago an instant, or a date, was: "3 days ago". The future says "in 3 days"."""
    if isinstance(instant, dt.datetime):
        seconds = (now - instant).total_seconds()
        if 0 <= seconds < 60:
            return gettext("just now")
        if 0 <= seconds < 3600:
            minutes = int(seconds // 60)
            return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
        days = (timezone.localtime(now).date() - timezone.localtime(instant).date()).days
        if days == 0 and seconds >= 0:
            hours = int(seconds // 3600)
            return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    else:
        today = timezone.localtime(now).date() if isinstance(now, dt.datetime) else now
        days = (today - instant).days
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("yesterday")
    if days == -1:
        return gettext("tomorrow")
    if days > 0:
        return gettext("%(span)s ago") % {"span": _count_words(days)}
    return gettext("in %(span)s") % {"span": _count_words(-days)}


@register.filter
def exact(moment):
    """A date in full; an instant with its time and zone, so that no two read the same."""
    if not isinstance(moment, dt.datetime):
        return _formatted(moment, "l, F j, Y", (), get_language())
    local = timezone.localtime(moment)
    # What counts as equal and reads differently is in the key: the same instant in other zones,
    # and the two instants of an hour that is repeated.
    key = (str(local.tzinfo), local.fold)
    # Django's own "T" is empty in a repeated hour.
    return f"{_formatted(local, 'l, F j, Y, g:i A', key, get_language())} {local.tzname()}"


@lru_cache(maxsize=8192)
def _formatted(moment, pattern, key, language):
    """Formatting is half the cost of a row in a long list, and rows are shown again and again."""
    return formats.date_format(moment, pattern)


_TIME = '<time datetime="{0}" title="{1}">{2}</time>'
_TIME_WITH_CLASS = '<time datetime="{0}" title="{1}" class="{3}">{2}</time>'


def _time(moment, words, css=""):
    pattern = _TIME_WITH_CLASS if css else _TIME
    return format_html(pattern, moment.isoformat(), exact(moment), words, css)


@register.filter
def ago(instant, now=None):
    """`{{ meeting.held_at|ago:now }}`: words, with the exact time on hover. None is "never"."""
    if instant is None:
        return gettext("never")
    return _time(instant, ago_words(instant, now or timezone.now()))


def due_words_of(due, today):
    """When something is due, as one says it: "9 days late", "due today", "due on March 3"."""
    days = (due - today).days
    if days < 0:
        return ngettext("%(n)d day late", "%(n)d days late", -days) % {"n": -days}
    if days == 0:
        return gettext("due today")
    if days == 1:
        return gettext("due tomorrow")
    if days < 7:
        return gettext("due %(weekday)s") % {"weekday": formats.date_format(due, "l")}
    return gettext("due %(date)s") % {"date": day_words(due, today)}


def day_words(date, today):
    """A date without the year where it is this or next year's nearest: "March 3"."""
    is_near = abs((date - today).days) < 300
    return _formatted(date, "M j" if is_near else "M j, Y", "", get_language())


def _due_class(due, today):
    days = (due - today).days
    return "late" if days < 0 else "soon" if days <= 1 else ""


@register.filter
def due_words(due, today):
    """`{{ action.due_on|due_words:today }}`: late ones are marked."""
    if due is None:
        return gettext("no date")
    return _time(due, due_words_of(due, today), _due_class(due, today))


@register.simple_tag
def due_chip(due, today, done_on=None):
    """The same as a chip; with `done_on` (a date or an instant), when it was done."""
    if done_on is not None:
        words = gettext("done %(date)s") % {"date": day_words(_local_date(done_on), today)}
        return format_html('<span class="chip chip-done">{}</span>', words)
    if due is None:
        return format_html('<span class="chip">{}</span>', gettext("no date"))
    css = _due_class(due, today)
    return format_html(
        '<span class="chip{}">{}</span>',
        f" chip-{css}" if css else "",
        _time(due, due_words_of(due, today)),
    )


@register.filter
def day(date, today=None):
    """A date in words with the exact one on hover: "Mar 3", "Mar 3, 2024"."""
    if date is None:
        return "–"
    return _time(date, day_words(_local_date(date), today or timezone.localdate()))


def _local_date(date):
    return timezone.localtime(date).date() if isinstance(date, dt.datetime) else date


# ---- Text that people wrote ---------------------------------------------------------------------


@register.filter
def markdown(text):
    """Markdown as HTML. The one place where text of a user becomes markup."""
    html = nh3.clean(
        _MARKDOWN.render(text or ""), tags=_MARKDOWN_TAGS, link_rel="noopener nofollow"
    )
    return mark_safe(html)  # noqa: S308 - rendered without HTML and cleaned, both just above


# ---- Small pieces of pages ----------------------------------------------------------------------


@register.tag
def remember(parser, token):
    """`{% remember name %}…{% endremember %}`: renders once, to be shown in two places."""
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endremember",))
    parser.delete_first_token()
    return RememberNode(name, nodelist)


class RememberNode(template.Node):
    def __init__(self, name, nodelist):
        self.name = name
        self.nodelist = nodelist

    def render(self, context):
        context[self.name] = self.nodelist.render(context)
        return ""


@register.inclusion_tag("_components/breadcrumb.html")
def breadcrumb(*pairs):
    """`{% breadcrumb words.Agencies list_url agency.name agency_url %}`: labels and addresses."""
    return {"steps": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The page's own query string with some values changed; None takes one out."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return f"?{values.urlencode()}"


@register.inclusion_tag("_components/pagination.html", takes_context=True)
def pagination(context, page, one, many):
    """Page links and counts under a list: `{% pagination page words.agency words.agencies %}`."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    links = [
        (number, query(context, page=number) if isinstance(number, int) else "")
        for number in numbers
    ]
    return {
        "page": page,
        "links": links,
        "what": one if page.paginator.count == 1 else many,
        "previous": query(context, page=page.number - 1) if page.has_previous() else "",
        "next": query(context, page=page.number + 1) if page.has_next() else "",
    }
