"""GeoJSON by RFC 7946: each bad file gets its own sentence, what is only odd a warning."""

from __future__ import annotations

import json
import re

import pytest

from geo.errors import Unreadable
from geo.geometry import LngLatBbox
from geo.layers.model import Finding, Severity
from geo.layers.reader import json_stream, open_file
from geo.layers.reader.mojibake import mend
from geo.layers.reader.placement import decide, sample
from geo.layers.remedies import of
from geo.texts import Text

REFUSED, WARNING = Severity.REFUSED, Severity.WARNING

WHOLE_FILE = {
    "bad-duplicate-properties": "Line 3: the member 'type' stands twice",
    "bad-json": r'not valid JSON in line 3, column 5 \(expected , / }, found "\)',
    "featurecollection-obj": "Line 1: 'features' must be an array",
    "featurecollection": "has no member 'features'",
    "rootstring": "must be an object; this begins with null",
}
ONE_FEATURE = {
    "bad-polygon-interiorring-rhr": (1, 1, WARNING, "Ring 2 turns the wrong way round"),
    "bad-properties-as-array": (1, 1, REFUSED, "The properties are [];"),
    "badcoordtype": (1, 4, REFUSED, "coordinates[0][0][0] is 1, not an array."),
    "badfeatureid": (1, 4, REFUSED, "The id is {}; it must be a text or a number."),
    "bbox-contains-string": (1, 1, REFUSED, "The bbox of geometry must be four or six numbers."),
    "different-first-last": (1, 1, REFUSED, "Ring 1 does not end where it begins."),
    "excessive_precision_truncated": (1, 1, WARNING, "Coordinates have more than 9 decimals."),
    "false": (1, 1, REFUSED, "geometries[0] is false, not an object."),
    "geometry_changed_semantics": (1, 1, REFUSED, "A geometry must not have a member 'geometry'."),
    "geometrycollection_single": (1, 1, WARNING, "A GeometryCollection of one geometry"),
    "multipoint-multidimension": (1, 1, REFUSED, "coordinates[0][0] is […], not a number."),
    "nofeaturetype": (1, 4, REFUSED, "The type is 'Featre'; it must be 'Feature'."),
    "point-labeled-as-a-multipolygon": (1, 1, REFUSED, "coordinates[0] is -0.087890625, not an array."),
    "point-toofew": (1, 1, REFUSED, "coordinates has 1 number; a position needs two."),
    "point": (1, 1, REFUSED, "geometry has no coordinates."),
    "short-linearring": (1, 1, REFUSED, "Ring 1 has 3 positions; it needs four."),
    "stringcoord": (1, 4, REFUSED, "coordinates[1] is '39.36827914916011', not a number."),
}


def test_every_hostile_file_has_its_expected_message(shared_data):
    files = {path.stem for path in (shared_data / "hostile" / "geojson").glob("*.geojson")}

    assert files == {*WHOLE_FILE, *ONE_FEATURE}


@pytest.mark.parametrize("name", sorted(WHOLE_FILE))
def test_a_file_that_is_wrong_as_a_whole_is_unreadable(shared_data, name):
    with pytest.raises(Unreadable, match=WHOLE_FILE[name]) as caught:
        open_file(shared_data / "hostile" / "geojson" / f"{name}.geojson")

    assert str(caught.value).startswith(f"{name}.geojson: ")


@pytest.mark.parametrize("name", sorted(ONE_FEATURE))
def test_a_wrong_feature_is_named_with_its_line(shared_data, name):
    number, line, severity, sentence = ONE_FEATURE[name]

    with open_file(shared_data / "hostile" / "geojson" / f"{name}.geojson") as source:
        features = list(source.features(["table"]))

    finding = next(f for f in features[number - 1].findings if f.severity is severity)
    assert sentence in finding.text.say("en")
    assert (finding.line, finding.feature) == (line, f"#{number}")
    assert (features[number - 1].geometry is None) is (severity is REFUSED)


@pytest.mark.parametrize("name", sorted(name for name, expected in ONE_FEATURE.items() if expected[2] is REFUSED))
def test_each_refusal_says_what_to_do_in_both_languages(shared_data, name):
    with open_file(shared_data / "hostile" / "geojson" / f"{name}.geojson") as source:
        found = [f.text for feature in source.features(["table"]) for f in feature.findings if f.severity is REFUSED]

    remedy = r" (Open|Correct|Write|Draw|Delete|Remove|The coordinates do not fit)\b.+\.$"
    assert [text.say("en") for text in found if not re.search(remedy, text.say("en"))] == []
    zrob = r" (Otwórz|Popraw|Zapisz|Narysuj|Usuń|Powtórz|Współrzędne nie pasują)\b.+\.$"
    assert [text.say("pl") for text in found if not re.search(zrob, text.say("pl"))] == []
    assert not any("feature" in text.say("pl") for text in found)


def test_the_good_feature_beside_a_bad_one_is_kept(shared_data):
    with open_file(shared_data / "hostile" / "geojson" / "stringcoord.geojson") as source:
        features = list(source.features(["table"]))

    assert [(f.number, f.line, f.geometry is None) for f in features] == [(1, 4, True), (2, 15, False)]


def feature(properties=None, coordinates=(18.86, 50.19), **more):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": list(coordinates)},
    } | more


def written(given, *features, **members):
    return given("a.geojson", json.dumps({"type": "FeatureCollection", "features": list(features)} | members, indent=1))


def read(path):
    with open_file(path) as source:
        return list(source.features(["table"])), source


def test_columns_stay_as_they_are_and_objects_become_json(given):
    path = written(given, feature({"Nazwa ulicy": "Żółta", "nr": 7, "x": {"ł": 1}, "tak": True}, id="k-1"))

    (found,), source = read(path)

    assert (source.format, source.counts, source.axis_rule.value) == ("GeoJSON", {"table": 1}, "xy")
    assert found.fields == {"id": "k-1", "Nazwa ulicy": "Żółta", "nr": 7, "x": '{"ł": 1}', "tak": True}
    assert (found.name, found.srs, found.line) == ("k-1", "CRS84", 4)


def test_the_old_crs_member_is_believed_and_said(given):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2180"}}
    path = written(given, feature(coordinates=(490000, 258000)), crs=crs)

    (found,), source = read(path)
    placement = decide(
        sample([found.geometry]), found.srs, LngLatBbox(18.776, 50.146, 18.948, 50.246), source.axis_rule, file="a"
    )

    assert found.srs == "urn:ogc:def:crs:EPSG::2180"
    assert [finding.code for finding in source.findings] == ["old-crs"]
    assert (placement.srid, placement.swapped, placement.finding.severity) == (2180, False, "note")


def test_mojibake_is_mended_with_a_warning(given):
    (found,), _ = read(written(given, feature({"klasa": "droga gĹ‚Ăłwna", "kto": "Zażółć", "x": "Łódź, Ęą"})))

    assert found.fields == {"klasa": "droga główna", "kto": "Zażółć", "x": "Łódź, Ęą"}
    assert [f.code for f in found.findings] == ["mojibake"]
    assert "główna" in found.findings[0].text.say("en")


def test_every_polish_letter_is_mended_and_correct_polish_is_left_alone():
    letters = "ąćęłńóśźż ĄĆĘŁŃÓŚŹŻ"

    broken = "".join(
        chr(byte) if byte in {0x81, 0x83, 0x88, 0x90, 0x98} else bytes((byte,)).decode("cp1250")
        for byte in letters.encode()
    )
    assert mend(broken) == letters
    assert mend(letters) == letters


def test_bytes_that_are_no_utf8_are_named_with_their_line(given):
    text = json.dumps(
        {"type": "FeatureCollection", "features": [feature({"a": "Mikołów"})]}, indent=1, ensure_ascii=False
    )

    with pytest.raises(Unreadable, match=r"Line 7 is not UTF-8 \(byte 0xb3\)"):
        open_file(given("a.geojson", text.encode("cp1250")))


def test_a_byte_order_mark_does_no_harm(given):
    path = given("a.geojson", b"\xef\xbb\xbf" + json.dumps(feature()).encode())

    (found,), _ = read(path)

    assert found.findings == []


def test_what_says_the_same_of_every_feature_is_said_once(given):
    (first, second), _ = read(written(given, *[feature(coordinates=(18.12345678912345, 50.1))] * 2))

    assert [finding.code for finding in first.findings] == ["long-numbers"]
    assert second.findings == []


def test_the_mark_of_synthetic_data_is_seen_even_after_the_features(given):
    _, source = read(written(given, feature(), synthetic=True))

    assert source.synthetic


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"type": "FeatureCollection", "features": [', "line 1, column 44"),
        ('{"type": "FeatureCollection",\n "features": [{"type": "Feat', "line 2, column 24 "),
        ('{"type": "FeatureCollection", "features": []} {}', "something follows"),
        ('{"type": "Point", "coordinates": [NaN, 1]}', "NaN is not allowed"),
        ("[" * 200_000, "begins with|nested too deep"),
        ('{"type": "Point", "coordinates": ' + "[" * 200_000, "The JSON from line 1 on is nested too deep"),
        ('{"type": "Topology"}', "'Topology', which GeoJSON does not know"),
        ("[1, 2]", "must be an object"),
    ],
)
def test_broken_texts_are_refused_with_their_place(given, text, sentence):
    with pytest.raises(Unreadable, match=sentence):
        open_file(given("a.geojson", text))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(given, monkeypatch):
    monkeypatch.setattr("geo.layers.reader.geojson.LARGEST_FILE", 100)

    with pytest.raises(Unreadable, match="Export it as GeoPackage"):
        open_file(written(given, feature({"a": "x" * 100})))


def test_lines_stay_true_when_the_window_slides(given, monkeypatch):
    monkeypatch.setattr(json_stream, "BLOCK", 64)
    path = written(given, *[feature({"n": n, "s": "ł" * n}) for n in range(100)])

    features, _ = read(path)

    lines = path.read_text().splitlines()
    assert [f.fields["n"] for f in features] == list(range(100))
    assert {lines[f.line - 1].strip() for f in features} == {"{"}
    assert all(f'"n": {f.number - 1},' in lines[f.line + 2 - 1 + 1] for f in features)


def test_a_key_that_stands_twice_in_a_feature_refuses_it(given):
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"geometry":null,"properties":{}}]}'
    )

    (found,), _ = read(given("a.geojson", text))

    assert [f.text.say("en") for f in found.findings] == [
        "The member 'geometry' stands twice. Remove one of the two; readers would not agree on which counts."
    ]


def test_of_a_geometry_alone_it_is_said_to_make_it_a_feature(given):
    with open_file(given("a.geojson", '{"type": "Point", "coordinates": [18.9, 50.1]}')) as source:
        said = [finding.text.say("en") for finding in source.findings]

    remedies = [
        text.say("en") for text in of([*source.findings, Finding(Severity.REFUSED, "missing-value", Text("x"))])
    ]
    assert "make it the geometry of a Feature" in said[0]
    assert not [text for text in remedies if "layers.yaml" in text]
