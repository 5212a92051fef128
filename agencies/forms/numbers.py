"""Numbers of rows in addresses and forms, where anybody may have typed anything."""

LARGEST = 2**63 - 1


def number(text):
    """The number, or None for what is none that a row could have."""
    text = str(text or "")
    is_number = text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if is_number and int(text) <= LARGEST else None


def numbers(texts):
    """Those of the texts that are numbers, each once, in their order."""
    return list(dict.fromkeys(found for text in texts if (found := number(text)) is not None))
