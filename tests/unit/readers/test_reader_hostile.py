"""Files that are broken, disguised or hostile: each is refused before anything is expanded or followed."""

from __future__ import annotations

import io
import sqlite3
import stat
import zipfile

import pytest

from geo.errors import Unreadable
from geo.layers.reader import archive as archives
from geo.layers.reader import open_file
from tests.fixtures.gml import PRGAD, collection, member

SECRET = "the content of another file"  # noqa: S105 - no password
GOOD = collection(member("p:AD_Miejscowosc", "l1", "<p:nazwa>Wymyślin</p:nazwa>"), PRGAD, "p")


def refusal(path):
    with pytest.raises(Unreadable) as caught, open_file(path) as source:
        list(source.features(source.kinds))
    return str(caught.value)


@pytest.mark.parametrize("content", ["", " \n", "\ufeff", "\0\0\0\0"])
def test_an_empty_file_is_said_to_be_empty(given, content):
    assert "is empty" in refusal(given("a.gml", content))


def test_a_missing_file_and_a_folder_are_said_to_be_so(tmp_path):
    assert "There is no such file" in refusal(tmp_path / "nothing.gml")
    assert "There is no such file" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7 ", "PDF document"),
        (b"II*\0abc", "This is an image"),
        (b"\x1f\x8b\x08abc", "not opened here"),
        (b"nazwa;x;y\n1;2;3\n", "no supported format"),
        (b"<html><body>Login</body></html>", "web page"),
        (
            b"<!DOCTYPE html>\n<html><head><title>x</title></head></html>",
            "This is a web page, no data. Download the file",
        ),
        (b"<?xml version='1.0'?><gpx/>", "begins with gpx"),
        (b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "only points to other files"),
        (b"<VRTDataset/>", "only points to other files"),
    ],
)
@pytest.mark.parametrize("name", ["a.gml", "a.geojson", "a.gpkg", "a.shp"])
def test_the_content_decides_whatever_the_name_says(given, content, sentence, name):
    assert sentence in refusal(given(name, content))


def test_an_external_entity_is_refused_and_not_read(given, tmp_path):
    (tmp_path / "secret.txt").write_text(SECRET)
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'

    sentence = refusal(given("a.gml", GOOD.replace("<gml:FeatureCollection", doctype + "\n<gml:FeatureCollection", 1)
                             .replace("Wymyślin", "&e;")))  # fmt: skip

    assert "There is a DOCTYPE in line 2" in sentence
    assert SECRET not in sentence


def test_an_entity_bomb_is_refused_at_its_doctype(given):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!-- a comment first -->\n<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>'

    sentence = refusal(
        given("a.gml", GOOD.replace("<gml:Feature", bomb + "<gml:Feature", 1).replace("Wymyślin", "&e11;"))
    )

    assert "There is a DOCTYPE in line 3" in sentence


def test_a_doctype_behind_a_long_comment_or_in_another_encoding_is_found(given):
    long = GOOD.replace("<gml:Feature", f"<!--{'x' * 100_000}--><!DOCTYPE x><gml:Feature", 1)
    other = GOOD.replace("<gml:Feature", "<!DOCTYPE x><gml:Feature", 1).replace("UTF-8", "UTF-16").encode("utf-16")

    assert "There is a DOCTYPE" in refusal(given("a.gml", long))
    assert "There is a DOCTYPE" in refusal(given("b.gml", other))


def test_an_undeclared_entity_is_no_silent_hole(given):
    assert "line 4" in refusal(given("a.gml", GOOD.replace("Wymyślin", "&e;")))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_file_that_breaks_off_is_refused_with_its_line(given, share):
    members = "".join(member("p:AD_Miejscowosc", f"l{n}", "<p:nazwa>Wymyślin</p:nazwa>") for n in range(50))
    text = collection(members, PRGAD, "p")
    cut = text[: int(len(text) * share)]

    assert f"in line {cut.count(chr(10)) + 1}, column" in refusal(given("a.gml", cut))


def test_bytes_of_another_encoding_are_refused_with_their_line(given):
    said = refusal(given("a.gml", GOOD.encode("cp1250")))

    assert "Line 4, column 63: the byte 0x9c is not UTF-8" in said
    assert 'write encoding="windows-1250" into its first line' in said


def test_bytes_of_iso_8859_2_are_told_from_those_of_windows(given):
    assert 'write encoding="iso-8859-2"' in refusal(given("a.gml", GOOD.encode("iso-8859-2")))


def test_two_encodings_in_one_file_are_named_as_that_and_not_as_a_file_that_breaks_off(given):
    lines = GOOD.splitlines(keepends=True)
    mixed = b"".join(line.encode("cp1250" if number == 4 else "utf-8") for number, line in enumerate(lines, 1))

    said = refusal(
        given("a.gml", mixed.replace(b"</gml:FeatureCollection>", "<!-- ż -->\n</gml:FeatureCollection>".encode()))
    )

    assert "Line 4, column 63: the byte 0x9c" in said
    assert "two encodings are mixed" in said
    assert "windows-1250" in said


def test_a_file_that_breaks_off_within_a_letter_breaks_off(given):
    cut = GOOD.encode()
    cut = cut[: cut.index("ś".encode()) + 1]

    assert "breaks off" in refusal(given("a.gml", cut))


def test_a_letter_across_two_pieces_of_a_very_long_line_is_whole(given):
    # One piece of a line without end is a megabyte.
    long = GOOD.replace("Wymyślin", "ś" * 600_000 + "Wymyślin").encode()
    broken = long.replace("yśl".encode(), b"y\x9cl")

    assert "column 1200063: the byte 0x9c" in refusal(given("a.gml", broken))


def test_a_declared_windows_encoding_is_read(given):
    path = given("a.gml", GOOD.replace("UTF-8", "windows-1250").encode("cp1250"))

    with open_file(path) as source:
        (found,) = source.features(source.kinds)

    assert found.fields["nazwa"] == "Wymyślin"


def test_a_schema_location_and_a_remote_crs_are_never_fetched(given):
    away = ' xsi:schemaLocation="http://192.0.2.1/a http://192.0.2.1/a.xsd"'
    point = '<gml:Point srsName="http://192.0.2.1/crs"><gml:pos>1 2</gml:pos></gml:Point>'
    inside = f"<p:georeferencja>{point}</p:georeferencja>"
    text = collection(member("p:AD_Miejscowosc", "l1", inside), PRGAD, "p", away)

    with open_file(given("a.gml", text)) as source:
        (found,) = source.features(source.kinds)

    assert found.srs == "http://192.0.2.1/crs"


def packed(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../a.gml", "/a.gml", "x/../../a.gml", "C:/a.gml", "..\\a.gml"])
def test_a_zip_whose_names_lead_outside_is_refused(tmp_path, name):
    assert "leads outside of it" in refusal(packed(tmp_path / "a.zip", (name, GOOD)))


def test_a_zip_with_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("a.gml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    assert "is a link" in refusal(packed(tmp_path / "a.zip", (link, "/etc/hostname")))


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size(tmp_path, monkeypatch):
    bomb = packed(tmp_path / "a.zip", ("a.gml", b"0" * 1_000_000))
    monkeypatch.setattr(archives, "RATIO_COUNTS_FROM", 100_000)
    by_ratio = refusal(bomb)
    monkeypatch.setattr(archives, "RATIO_COUNTS_FROM", 1 << 40)
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", 500_000)
    by_size = refusal(bomb)

    assert "times its size" in by_ratio
    assert "unpacks to more than" in by_size


def test_an_encrypted_zip_says_what_to_do(tmp_path):
    path = packed(tmp_path / "a.zip", ("a.gml", GOOD))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)

    assert "is encrypted" in refusal(path)
    assert "password" in refusal(path)


def test_a_broken_zip_is_refused(tmp_path):
    path = packed(tmp_path / "a.zip", ("a.gml", GOOD * 20))
    content = path.read_bytes()
    (tmp_path / "short.zip").write_bytes(content[: len(content) // 2])
    middle = bytearray(content)
    middle[60:80] = b"\xff" * 20
    (tmp_path / "bits.zip").write_bytes(middle)

    assert "zip archive is broken" in refusal(tmp_path / "short.zip")
    assert "zip archive is broken" in refusal(tmp_path / "bits.zip")


def test_a_zip_without_data_or_with_too_much_of_it_names_what_it_holds(tmp_path):
    other = GOOD.replace("Wymyślin", "Inny")

    assert "no data that can be read: readme.txt" in refusal(packed(tmp_path / "a.zip", ("readme.txt", "x")))
    assert "several data sets: a.gml, b.gml" in refusal(packed(tmp_path / "b.zip", ("a.gml", GOOD), ("b.gml", other)))


def test_metadata_beside_the_data_do_not_count(tmp_path):
    path = packed(tmp_path / "a.zip", ("d/a.gml", GOOD), ("d/meta.xml", "<MD_Metadata/>"), ("__MACOSX/d/._a.gml", "x"))

    with open_file(path) as source:
        assert len(list(source.features(source.kinds))) == 1


def test_nobody_is_told_to_unpack_a_zip_that_leads_outside(tmp_path):
    sentence = refusal(packed(tmp_path / "a.zip", ("../a.gml", GOOD)))

    assert "Do not unpack this archive; it may be an attack. Ask its sender for a clean export." in sentence


def test_a_zip_in_a_zip_is_refused_whatever_its_name(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.gml", GOOD)

    assert "another archive" in refusal(packed(tmp_path / "a.zip", ("a.gml", inner.getvalue())))


def test_a_sqlite_file_that_is_no_geopackage_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a)")

    sentence = refusal(path)

    assert "a.gpkg: " in sentence
    assert "/" not in sentence
