"""Workbooks are not read: whatever is packed into one stays packed."""

import io
import tracemalloc
import uuid
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.imports import reading
from agencies.models import ImportDraft

MEGABYTE = 1024 * 1024
SAVE_AS_CSV = "This is a workbook. Open it in your spreadsheet program and save it as CSV."
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))


@pytest.fixture(scope="module")
def bomb():
    """A workbook of 300 kB whose only sheet has 300 MB of cells, and a billion laughs."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as workbook:
        workbook.writestr("[Content_Types].xml", f"<!DOCTYPE x [{ENTITIES}]><x>&e9;</x>")
        with workbook.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b"<c/>" * (MEGABYTE // 4))
    return packed.getvalue()


@pytest.mark.parametrize("name", ["agencies.xlsx", "agencies.csv"])
@pytest.mark.django_db
def test_a_zip_bomb_is_refused_and_never_unpacked(client, cco, bomb, name, monkeypatch, figure):
    def unpacked(*_args, **_options):
        raise AssertionError

    client.force_login(cco)
    # What the first answer loads is not the file's.
    client.post("/agencies/import/", {"file": SimpleUploadedFile(name, b"PK\x03\x04")})
    monkeypatch.setattr(zipfile, "ZipFile", unpacked)
    monkeypatch.setattr("zlib.decompressobj", unpacked)
    tracemalloc.start()
    answer = client.post(
        "/agencies/import/",
        {"file": SimpleUploadedFile(name, bomb), "submit_key": str(uuid.uuid4())},
    )
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    figure(f"{name}: {len(bomb) / MEGABYTE:.1f} MB of 300, {peak / MEGABYTE:.1f} MB of memory")
    assert answer.status_code == 422
    assert SAVE_AS_CSV in answer.text
    assert not ImportDraft.objects.exists()
    assert peak < 10 * MEGABYTE


@pytest.mark.parametrize(
    "start", [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\xd0\xcf\x11\xe0"]
)
def test_each_kind_of_workbook_is_known_by_its_first_bytes(start):
    with pytest.raises(reading.Unreadable, match="save it as CSV"):
        reading.read(start + b"Name,State\nWater Board,CO\n")
