"""Lists as spreadsheets, line by line. Cells that a spreadsheet would run are made harmless."""

from defusedcsv import csv
from django.http import StreamingHttpResponse

# Spreadsheets skip what is invisible before a formula, and some read a wide sign as a plain one.
# The plain signs are known to `defusedcsv`.
_HIDDEN_STARTS = ("\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """A file that only hands back the line just written to it."""

    def write(self, line):
        return line


def csv_response(rows, name):
    """The rows (sequences of cells, headings first) as a CSV file to keep, written while read."""
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _lines(rows):
    writer = csv.writer(_Line())
    # The byte-order mark tells Excel that it is UTF-8.
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([_shielded(cell) for cell in row])


def _shielded(cell):
    return f"'{cell}" if str(cell).startswith(_HIDDEN_STARTS) else cell
