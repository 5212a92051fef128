"""Why two spellings were taken for one organisation, in words."""

from django.utils.translation import gettext as _


def _words():
    return {
        "capitals": _("capitals were calmed"),
        "ampersand": _("“&” was read as “and”"),
        "abbreviation": _("abbreviations were spelled out"),
        "acronym": _("the acronym in brackets was taken out"),
        "state": _("the state's name was left out"),
        "of": _("the missing “of” was put in"),
    }


def first():
    """The reason of the spelling that made the agency."""
    return _("The first spelling")


def same_name(one, main):
    """Why `one` is the same name as `main`."""
    steps = [
        step for step in (*main.steps, *one.steps) if (step in main.steps) != (step in one.steps)
    ]
    if not steps and one.core.casefold() == main.core.casefold() and "state" in one.steps:
        return _("The same name; the state's name is written in another way")
    if not steps:
        return _("The same name but for capitals, punctuation and small words")
    words = _words()
    return _("The same name once %(steps)s") % {
        "steps": _(" and ").join(words[step] for step in dict.fromkeys(steps))
    }
