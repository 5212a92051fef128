"""Numbers and words out of addresses, whatever somebody typed there."""

MOST = 100_000
LONGEST_TEXT = 200


def number_of(request, name, *, default, most=MOST):
    """The number from 1 to `most` that the address gives, else the default or the nearest."""
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return default
    return min(max(int(text), 1), most)


def plain(text):
    """Words to look for: no zero bytes, which PostgreSQL refuses, and not too many."""
    return text.replace("\x00", "").strip()[:LONGEST_TEXT]
