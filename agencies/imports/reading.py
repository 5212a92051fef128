"""From the bytes of an uploaded file to numbered rows of cells. Cells are text and stay text."""

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from crm_portal.lib.refusals import Refusal

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 100
# What a person may choose when the guess is wrong; "none" cuts at what stands in no text.
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "none": "\x1f"}
ENCODINGS = {
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "cp1252": "Windows, Western Europe",
    "mac_roman": "Macintosh",
    "cp437": "DOS",
}
_WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\xd0\xcf\x11\xe0")


class Unreadable(Refusal):
    """The file is no table. The message says what to do."""


@dataclass(frozen=True)
class Sheet:
    """A table: its headings, and a way to walk through the rows any number of times."""

    content: bytes = field(repr=False)
    encoding: str
    delimiter: str
    headings: list[str]

    def rows(self):
        """(number of the line, cells) of every row below the headings that is not blank."""
        for count, (line, cells) in enumerate(islice(_records(self), 1, None), start=1):
            if count > MAX_ROWS:
                raise Unreadable(
                    _("The file has more than %(count)s rows. Split it into several files.")
                    % {"count": f"{MAX_ROWS:,}"}
                )
            yield line, cells


def read(content, encoding="", delimiter=""):
    """The sheet in these bytes; encoding and delimiter (its name) are guessed unless given."""
    if len(content) > MAX_BYTES:
        raise Unreadable(
            _("The file is larger than %(size)s MB. Split it, or leave out columns.")
            % {"size": MAX_BYTES // 1_000_000}
        )
    if content.startswith(_WORKBOOKS):
        raise Unreadable(
            _("This is a workbook. Open it in your spreadsheet program and save it as CSV.")
        )
    encoding = encoding or guess_encoding(content)
    cut = DELIMITERS.get(delimiter) or _guess_delimiter(Sheet(content, encoding, ",", []))
    sheet = Sheet(content, encoding, cut, [])
    first = next(_records(sheet), None)
    if first is None:
        raise Unreadable(_("The file is empty. Choose one with headings in its first row."))
    headings = [" ".join(cell.split()) for cell in first[1]]
    if len(headings) > MAX_COLUMNS:
        raise Unreadable(_("The file has too many columns. Is it a table with headings?"))
    if any("\0" in heading for heading in headings):
        raise Unreadable(_("This is not a text file. Save the table as CSV and choose that."))
    return Sheet(content, encoding, cut, headings)


def guess_encoding(content):
    """Byte-order mark, then the pattern of zero bytes, then UTF-8 if it is; else Windows'."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = content[:2000]
    if len(start) >= 4 and start[1::2].count(0) > len(start) * 0.4:
        return "utf-16-le"
    if len(start) >= 4 and start[0::2].count(0) > len(start) * 0.4:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), 1_000_000):
            decoder.decode(content[at : at + 1_000_000])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _records(sheet):
    # Wrapping the bytes keeps one copy of the file in memory, not four.
    text = io.TextIOWrapper(
        io.BytesIO(sheet.content), encoding=sheet.encoding, errors="replace", newline=""
    )
    reader = csv.reader(text, delimiter=sheet.delimiter)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except (csv.Error, UnicodeError) as error:
        if isinstance(error, UnicodeError):
            raise Unreadable(
                _("The file is not in this encoding. Choose another one, or save it as UTF-8.")
            ) from error
        raise Unreadable(
            _(
                "From line %(line)s on the file cannot be read as a table. "
                "Is a quotation mark missing there?"
            )
            % {"line": line}
        ) from error


def _guess_delimiter(sheet):
    """The one that cuts the first rows into most cells of the same number."""
    return max(DELIMITERS.values(), key=lambda delimiter: _evenness(sheet, delimiter))


def _evenness(sheet, delimiter):
    trial = Sheet(sheet.content, sheet.encoding, delimiter, [])
    widths = Counter()
    try:
        widths.update(len(cells) for _line, cells in islice(_records(trial), 20))
    except Unreadable:
        return 0
    return max((width * count for width, count in widths.items() if width > 1), default=0)
