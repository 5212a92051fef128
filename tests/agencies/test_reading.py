"""Files as people send them: any encoding, any delimiter, any damage."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agencies.imports import columns, preview, reading
from agencies.imports.existing import Known

HEADING = "Name,State,City"
ROW = "Département of Café,CO,Denver"


def names(content, encoding=""):
    sheet = reading.read(content, encoding)
    found = columns.records(sheet, columns.guess(sheet.headings), "")
    return [record.name for record in found if not record.error]


def errors(content):
    sheet = reading.read(content)
    found = columns.records(sheet, columns.guess(sheet.headings), "")
    return {record.line: record.error for record in found if record.error}


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encoding_delimiter_and_line_ends_are_found(encoding, delimiter, ending):
    text = ending.join([HEADING, ROW, ROW]).replace(",", delimiter)
    assert names(text.encode(encoding)) == ["Département of Café"] * 2


def test_file_without_the_mark_of_its_encoding_is_refused_with_advice():
    with pytest.raises(reading.Unreadable, match="Choose another one"):
        reading.read(f"{HEADING}\n{ROW}".encode("utf-16-le"), "utf-16")


def test_person_may_overrule_the_delimiter():
    sheet = reading.read(b"Name;State\nFish, Wildlife, Parks;CO\na, b, c;CO", "", "semicolon")
    assert sheet.headings == ["Name", "State"]


def test_person_may_overrule_the_encoding():
    content = f"{HEADING}\n{ROW}".encode("mac_roman")
    assert names(content, "mac_roman") == ["Département of Café"]


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_empty_file_is_refused_with_advice(content):
    with pytest.raises(reading.Unreadable, match="empty"):
        reading.read(content)


@pytest.mark.parametrize("start", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_workbook_is_refused_with_advice(start):
    with pytest.raises(reading.Unreadable, match="save it as CSV"):
        reading.read(start)


def test_file_that_is_too_large_is_refused_unread():
    with pytest.raises(reading.Unreadable, match="larger than 20 MB"):
        reading.read(b"x" * (reading.MAX_BYTES + 1))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    with pytest.raises(reading.Unreadable, match="more than 2 rows"):
        names(f"{HEADING}\n{ROW}\n{ROW}\n{ROW}".encode())


def test_open_quotation_mark_names_its_line():
    content = f'{HEADING}\n{ROW}\n"never closed,CO,x\n'.encode() + b"y" * 200_000
    with pytest.raises(reading.Unreadable, match="From line 3 on"):
        names(content)


def test_short_row_is_fine_and_long_row_is_an_error():
    content = b"Name,State,City\nOffice A,CO\nOffice B,CO,Denver,more\nOffice C,CO,Denver,,\n"
    assert names(content) == ["Office A", "Office C"]
    assert errors(content) == {
        3: "There are more cells than headings. Is a quotation mark missing?"
    }


def test_errors_name_the_line_of_the_file_past_blank_lines_and_breaks():
    content = b'Name,State,City\n\n"Office\nA",CO,Denver\n\nOffice B,Atlantis,\n'
    assert names(content) == ["Office A"]
    assert list(errors(content)) == [6]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",CO,", "There is no name."),
        ("---,CO,", "The name has no letter and no digit."),
        ("\U0001f600,CO,", "The name has no letter and no digit."),
        (f"{'x' * 201},CO,", "“Name” is longer than 200 characters."),
        ("Office,Atlantis,", "“Atlantis” is not a state. Write its two letters."),
        ("Office,,", "There is no state. Fill it in, or choose one for all rows above."),
        ("Off\0ice,CO,", "A cell holds an invisible character (NUL). Type the cell again."),
        (f"Office,CO,{'x' * 81}", "The city is longer than 80 characters."),
    ],
)
def test_bad_row_says_what_to_do(row, said):
    assert errors(f"{HEADING}\n{row}".encode()) == {2: said}


def test_domains_and_head_counts_are_checked():
    heading = "Name,State,Website,Employees\n"
    good = f'{heading}Office,CO,https://www.Example.GOV/,"1,234"'.encode()
    sheet = reading.read(good)
    record = next(columns.records(sheet, columns.guess(sheet.headings), ""))
    assert (record.domain, record.head_count, record.error) == ("example.gov", 1234, "")
    assert "is not a domain" in errors(f"{heading}Office,CO,no domain,".encode())[2]
    assert "is not a number" in errors(f"{heading}Office,CO,,many".encode())[2]
    assert "is not a number" in errors(f"{heading}Office,CO,,²".encode())[2]


def test_formula_stays_text():
    assert names(b'Name,State\n"=HYPERLINK(""http://x"",""y"")",CO') == [
        '=HYPERLINK("http://x","y")'
    ]


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(reading.Unreadable):
        sheet = reading.read(content)
        mapping = columns.guess(sheet.headings) | {"name": 0}
        plan = preview.build(columns.records(sheet, mapping, "CO"), Known(), {})
        assert all(row.status in preview.STATUSES and row.text for row in plan.rows)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=20))
def test_any_names_are_sorted_into_agencies_without_loss(texts):
    lines = ["Name,State", *('"' + text.replace('"', "") + '",CO' for text in texts)]
    sheet = reading.read("\n".join(lines).encode("utf-8", "replace"), "utf-8-sig")
    plan = preview.build(columns.records(sheet, columns.guess(sheet.headings), ""), Known(), {})
    taken = sum(len(target.rows()) for target in plan.targets)
    assert taken + plan.errors >= len(plan.rows)
    shown = [(target.state, target.shown.lower()) for target in plan.targets]
    assert len(shown) == len(set(shown))
