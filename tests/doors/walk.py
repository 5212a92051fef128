"""Every address that the portal answers, found by walking its resolver."""

from django.urls import URLPattern, get_resolver

# These packages bring their own pages: tests/doors/foreign.py says who may open them.
FOREIGN = ("admin:", "account_", "mfa_", "socialaccount_")


def names():
    """The full names of our own addresses, like "agencies:meeting", in order."""
    return [name for name in _all_names() if not name.startswith(FOREIGN)]


def foreign_names():
    return [name for name in _all_names() if name.startswith(FOREIGN)]


def _all_names(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"
        else:
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _all_names(pattern, prefix + space)
