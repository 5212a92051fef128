"""Every kind of letter that the portal writes, and what happens when nobody knows if it went.

An app plans a letter with `plan`; the outbox later calls the function named here, which decides
once more whether the letter is still wanted.
"""

from dataclasses import dataclass, field

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

RESEND = "resend"  # a second copy is better than silence
PARK = "park"  # a person decides


@dataclass(frozen=True)
class Kind:
    """`compose` is the dotted path of a function `(letter, *, now) -> Message | Skip`.

    One that `can_wait` is put off until tomorrow when its reader had enough of such letters today.
    `gather`, for kinds of which there are thousands, is the path of a function
    `(letters, *, now) -> None` that reads at once what many of them are about.
    """

    compose: str
    title: str
    on_doubt: str = PARK
    can_wait: bool = False
    gather: str = ""


@dataclass(frozen=True)
class Message:
    """A letter ready to be rendered: `template` + ".txt" and ".html" with the context."""

    subject: str
    template: str
    context: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Skip:
    """The letter is no longer wanted. The reason is a sentence for the outbox page."""

    reason: str


# (purpose, kind)
KINDS: dict[tuple[str, str], Kind] = {
    ("survey", "invitation"): Kind(
        "surveys.letters.invitation",
        _("Survey invitation"),
        RESEND,
        can_wait=True,
        gather="surveys.letters.gather",
    ),
    ("survey", "reminder"): Kind(
        "surveys.letters.reminder",
        _("Survey reminder"),
        can_wait=True,
        gather="surveys.letters.gather",
    ),
    ("survey", "phone"): Kind("surveys.letters.phone", _("Request to phone a silent respondent")),
    ("survey", "thanks"): Kind(
        "surveys.letters.thanks", _("Thanks for a survey answer"), gather="surveys.letters.gather"
    ),
    ("action", "due_soon"): Kind(
        "feedback.letters.due_soon", _("Reminder before an action is due")
    ),
    ("action", "escalation"): Kind(
        "feedback.letters.escalation", _("Escalation of an overdue action"), RESEND
    ),
    ("action", "reopened"): Kind("feedback.letters.reopened", _("An action was reopened"), RESEND),
    ("concern", "reply"): Kind("feedback.letters.reply", _("Answer to a concern")),
    ("concern", "report_back"): Kind("feedback.letters.report_back", _("Report back"), RESEND),
    ("concern", "unsettled"): Kind(
        "feedback.letters.unsettled", _("An answer did not settle a concern"), RESEND
    ),
    ("concern", "nobody_to_ask"): Kind(
        "feedback.letters.nobody_to_ask", _("Nobody to report back to"), RESEND
    ),
    ("account", "password_reset"): Kind(
        "accounts.letters.password_reset", _("New password"), RESEND
    ),
    ("account", "notice"): Kind("accounts.letters.notice", _("Notice about an account")),
    ("account", "address_confirm"): Kind(
        "accounts.letters.address_confirm", _("Confirmation of a sign-in address"), RESEND
    ),
    ("account", "address_taken"): Kind(
        "accounts.letters.address_taken", _("Somebody asked for this sign-in address")
    ),
    ("account", "address_changed"): Kind(
        "accounts.letters.address_changed", _("Another sign-in address"), RESEND
    ),
    ("account", "second_factor_reset"): Kind(
        "accounts.letters.second_factor_reset", _("Second factor taken away"), RESEND
    ),
}


def plan(**letter):
    """Promise one letter; see `outbox.services.planning.plan`. For apps below the outbox."""
    return import_string("outbox.services.planning.plan")(**letter)
