"""Who changed what, and why: history rows written by the database in the same transaction."""

import functools
from contextvars import ContextVar

import pghistory
from django.db import transaction

_is_inside: ContextVar[bool] = ContextVar("is_inside", default=False)


def tracked(model=None, **options):
    """Class decorator: every insert, update and delete of the model leaves a history row.

    The rows are written by triggers, so bulk writes, the admin and raw SQL are seen too, and
    the database refuses to change them. Options are those of `pghistory.track`.
    """
    decorate = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        append_only=True,
        **options,
    )
    return decorate(model) if model is not None else decorate


def service(function):
    """Decorator of everything that writes: one transaction, with who and why in its history.

    Who is the keyword argument `by`: a user, a person at an agency, or None for the portal
    itself. Why is the service's name. A service that another one calls adds nothing: who and why
    are those of the outer one.
    """

    @functools.wraps(function)
    def in_transaction(**kwargs):
        if _is_inside.get():
            with transaction.atomic():
                return function(**kwargs)
        by = kwargs.get("by")
        who = {by._meta.model_name: by.pk} if by is not None else {"portal": True}
        with pghistory.context(**who, why=function.__name__), transaction.atomic():
            token = _is_inside.set(True)
            try:
                return function(**kwargs)
            finally:
                _is_inside.reset(token)

    return in_transaction
