"""What a browser sends from the admin site."""


def admin_form(agency, **fields):
    """The agency's form, with nothing in the rows below it."""
    counts = {
        f"{prefix}-{name}": 0
        for prefix in ("assignments", "people", "spellings", "domains")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    return {
        "name": agency.name, "state": "CO", "tier": 2, "governance": "exempt",
        "branch": "executive", "seen_version": agency.version, **counts, **fields,
    }  # fmt: skip
