"""Kinds of letters for tests, and what they say."""

from crm_portal.letters import KINDS, PARK, RESEND, Kind, Message, Skip

TEMPLATE = "accounts/mail/notice"


def plain(letter, *, now):
    """Wanted, unless its details say otherwise."""
    if "unwanted" in letter.details:
        return Skip(letter.details["unwanted"])
    if "poison" in letter.details:
        raise ValueError(letter.details["poison"])
    text = letter.details.get("text", "Good morning.")
    return Message(letter.details.get("headline", "Hello"), TEMPLATE, {"text": text})


def broken_query(letter, *, now):
    from accounts.models import User

    return list(User.objects.extra(where=["no_such_column = 1"]))


def broken_gather(letters, *, now):
    raise ValueError(f"{len(letters)} letters about nothing")


def broken_template(letter, *, now):
    return Message("Hello", "no/such/template")


TEST_KINDS = {
    ("test", "plain"): Kind("tests.outbox.kinds.plain", "Plain letter", PARK),
    ("test", "urgent"): Kind("tests.outbox.kinds.plain", "Urgent letter", RESEND),
    ("test", "patient"): Kind("tests.outbox.kinds.plain", "Patient letter", can_wait=True),
    ("test", "broken_query"): Kind("tests.outbox.kinds.broken_query", "Broken query"),
    ("test", "broken_gather"): Kind(
        "tests.outbox.kinds.plain", "Broken gather", gather="tests.outbox.kinds.broken_gather"
    ),
    ("test", "broken_template"): Kind("tests.outbox.kinds.broken_template", "Broken template"),
}


def declare():
    """For a process that is not pytest's."""
    KINDS.update(TEST_KINDS)
