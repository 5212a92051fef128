"""Rules that the database keeps, said as sentences to who broke one."""

from contextlib import contextmanager

from django.apps import apps
from django.db import IntegrityError, transaction

from crm_portal.lib.refusals import Refusal


def sentence(name):
    """What the model says about a broken constraint or trigger of this name; None for one that
    says nothing."""
    for model in apps.get_app_config("agencies").get_models():
        for rule in [*model._meta.constraints, *getattr(model._meta, "triggers", [])]:
            if rule.name == name:
                return str(rule.violation_error_message)
    return None


@contextmanager
def explained():
    """Turn a broken rule into a Refusal. The savepoint leaves the transaction usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        text = sentence(broken_rule(error))
        if text is None:
            raise
        raise Refusal(text) from error


def broken_rule(error):
    """The name of the constraint that an IntegrityError is about."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
