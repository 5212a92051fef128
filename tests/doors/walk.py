"""Every address that the portal answers, found by walking its resolver."""

from django.urls import URLPattern, get_resolver

# These packages bring their own pages and tests; what we changed in them we test by hand.
FOREIGN = ("admin:", "account_", "mfa_", "socialaccount_")


def names(resolver=None, prefix=""):
    """The full names of our own addresses, like "agencies:meeting", in order."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            name = f"{prefix}{pattern.name}"
            if not name.startswith(FOREIGN):
                yield name
        else:
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern, prefix + space)
