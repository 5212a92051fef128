"""Lists as spreadsheets, line by line. Cells that a spreadsheet would run are made harmless.

Which character divides cells is the reader's choice: Excel takes the list separator of the
country, a semicolon in many; LibreOffice asks, and takes comma, semicolon and tab unless told
otherwise. Who cuts at semicolons knows no quotes that begin after a comma: `a;=1+1` ran there,
quoted or not, and so did what begins a line inside a cell. So a cell is shielded at its start and
after each character that may divide, and quoted if it has one.
"""

import re
from numbers import Number

from defusedcsv import csv
from django.http import StreamingHttpResponse

# Spreadsheets skip what is invisible before a formula, and some read a wide sign as a plain one.
# The plain signs are known to `defusedcsv`.
_HIDDEN_STARTS = ("\t", "\r", "\n", "＝", "＋", "－", "＠")
# A sign that begins a cell for who cuts at the character before it, or reads quotes otherwise.
_INNER_START = re.compile(r"""((?:^\s*"|[;|\t\r\n])[\s"]*)(?=[=+\-@|%＝＋－＠])""")
_END = "\r\n"
# The writer quotes what holds a character of its line's end: so also what others may cut at.
_QUOTED_WITH = f"{_END};|\t"


class _Line:
    """A file that only hands back the line just written to it."""

    def write(self, line):
        return line.removesuffix(_QUOTED_WITH) + _END


def csv_response(rows, name):
    """The rows (sequences of cells, headings first) as a CSV file to keep, written while read."""
    response = StreamingHttpResponse(lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def lines(rows):
    """The rows as lines of a CSV file."""
    writer = csv.writer(_Line(), lineterminator=_QUOTED_WITH)
    # The byte-order mark tells Excel that it is UTF-8.
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([_shielded(cell) for cell in row])


def _shielded(cell):
    if cell is None or isinstance(cell, Number):
        return cell
    cell = _INNER_START.sub(r"\1'", str(cell))
    return f"'{cell}" if cell.startswith(_HIDDEN_STARTS) else cell
