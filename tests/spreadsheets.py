"""How spreadsheet programs read a CSV file of ours, whatever they cut it at."""

import csv
import io
import re

# What begins a formula. Some programs read a wide sign as a plain one.
SIGNS = "=+-@＝＋－＠"
# What a reader may take for the end of a cell; who cuts at commas takes quotes for what they are.
SEPARATORS = {"semicolon": ";", "tab": "\t", "bar": "|"}


def cut(text, separator):
    """The cells as somebody sees them who cuts the same file at another character. Quotes mean
    something only where they begin a cell, as LibreOffice and Excel read them; and since nobody
    knows what each program makes of a quote that ends too early, nothing at all as well."""
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    yield from csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, quoting=csv.QUOTE_NONE
    )


def runs(cell):
    """Whether a spreadsheet would take it for a formula; before the sign it may skip quotes and
    what is invisible, but no blank."""
    bare = cell.lstrip('"\t\r\n')
    return bare[:1] in set(SIGNS) and not re.fullmatch(r"-?[\d.,]+", bare.strip('"'))
