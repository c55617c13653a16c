"""What a confined reader says arrives as it was, and what no reader says is not believed."""

import json
import struct
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.confine import Garbled, Message
from geo.confine.frames import packed
from geo.errors import Unreadable
from geo.layers.model import Features, Finding, RawFeature, Severity
from geo.layers.reader import open_file, wire, wire_columns, wire_shapes
from geo.layers.reader.confined import open_confined
from geo.texts import Number, Text
from tests.fixtures.gml import PRGAD, collection, member

ROOT = Path(__file__).parents[3]
HERE = timezone(timedelta(hours=2))
EVIL = {"msgid": "{x.__class__}", "plural": None, "values": {"x": 1}}
OURS = {"msgid": "The file is empty.", "plural": None, "values": {}}
SHAPES = [
    None,
    shapely.Point(1.5, -2),
    shapely.Point(),
    shapely.LineString([(0, 0), (1, 1)]),
    shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2)),
    shapely.Polygon(),
    shapely.MultiPoint([(0, 0), (1, 1)]),
    shapely.MultiLineString([[(0, 0), (1, 1)]]),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]),
    shapely.GeometryCollection([shapely.Point(0, 0), shapely.GeometryCollection([shapely.Point(1, 1)])]),
]


def heard(column):
    return wire_columns.from_json(wire_columns.to_json(column), len(column))


def feature(number, fields, geometry=None, findings=()):
    return RawFeature("table", number, f"#{number}", fields, geometry, None, number, None, list(findings))


def through_the_pipe(batch):
    (message,) = wire.messages(Features.of("table", batch))
    return wire.features(Message(json.loads(message.head), message.blobs), {"table"})


@pytest.mark.parametrize(
    "column",
    [
        ["a", "b", None, "ż\ud800"],
        ["a"] * 10 + ["b"] * 10,
        [1, 1.0, True, None, 0, False, 2**62, float("inf")],
        [date(2026, 1, 2), None] * 5,
        [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 5, 4, 5, tzinfo=HERE)] * 5,
        [datetime(2026, 1, 2, 3, 4, tzinfo=UTC), date(2026, 1, 2), 1, "1"],
        [],
    ],
)
def test_a_column_keeps_its_values_and_their_types(column):
    assert [(type(value), str(value)) for value in heard(column)] == [(type(value), str(value)) for value in column]


def test_every_kind_of_geometry_arrives_as_it_was():
    given = np.full(len(SHAPES), None, dtype=object)
    given[:] = SHAPES

    found = wire_shapes.from_blobs(wire_shapes.to_blobs(given), len(SHAPES))

    assert [None if one is None else one.wkb for one in found] == [None if one is None else one.wkb for one in SHAPES]


def test_features_arrive_with_their_own_columns_and_findings():
    text = Text("{field}: {problem}", field="x", problem=Number(1.5, 1))
    finding = Finding(Severity.WARNING, "odd", text, "#1", 4)
    batch = [feature(1, {"a": 1, "b": "x"}, findings=[finding]), feature(2, {}), feature(3, {"b": "y", "a": None})]

    found = through_the_pipe(batch)

    assert found.fields == {"a": [1, None, None], "b": ["x", None, "y"]}
    assert (found.numbers, found.names, found.lines) == ([1, 2, 3], ["#1", "#2", "#3"], [1, 2, 3])
    assert found.findings == {0: [finding]}


def test_a_batch_that_is_too_large_for_a_message_is_sent_in_parts():
    batch = [feature(n, {"a": str(n) * 1_000_000}) for n in range(10)]

    sent = wire.messages(Features.of("table", batch))

    assert len(sent) > 1
    assert all(len(message.head) < 8 << 20 for message in sent)


def nested(depth):
    return struct.pack("<BII", 1, 7, 1) * depth + struct.pack("<BIdd", 1, 1, 0, 0)


@pytest.mark.parametrize(
    "wkb",
    [
        nested(100_000),
        b"",
        b"\x00" * 21,
        struct.pack("<BII", 1, 2, 1 << 31),
        struct.pack("<BII", 1, 4, 1) + struct.pack("<BII", 1, 4, 0),
        struct.pack("<BII", 1, 3, 1) + struct.pack("<Idd", 1, 0, 0),
        struct.pack("<BIdd", 1, 0x80000001, 0, 0),
        struct.pack("<BII", 1, 7, 0) + b"more",
    ],
)
def test_wkb_that_no_reader_writes_does_not_reach_geos(wkb):
    lengths = np.array([len(wkb)], dtype="<u4").tobytes()

    with pytest.raises(Garbled):
        wire_shapes.from_blobs([bytes([wire_shapes.WKB]), b"", lengths, wkb], 1)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        ["plain", "text"],
        ["plain", [[1]]],
        ["plain", [{}]],
        ["date", ["no date"]],
        ["date", [1]],
        ["other", [1]],
        ["plain", ["a"], [0, 1]],
        ["plain", ["a"], [-1]],
        ["plain", ["a"], ["0"]],
        ["mixed", [["mixed", 1]]],
        ["plain", ["a", "b"]],
    ],
)
def test_what_is_no_column_is_not_believed(told):
    with pytest.raises(Garbled):
        wire_columns.from_json(told, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 2},
        {"count": -1},
        {"count": "1"},
        {"count": 1 << 40},
        {"kind": "prg.address"},
        {"kind": []},
        {"kind": None},
        {"numbers": ["plain", ["1"]]},
        {"names": ["plain", [None]]},
        {"lines": ["plain", [1.5]]},
        {"numbers": ["plain", [10**60]]},
        {"numbers": ["plain", [-1]]},
        {"lines": ["plain", [10**30]]},
        {"findings": [[0, ["warning", "odd\0", OURS, None, 1]]]},
        {"findings": [[0, ["warning", "odd", OURS, None, 10**30]]]},
        {"fields": None},
        {"fields": [["a"]]},
        {"fields": [[1, ["plain", [1]]]]},
        {"fields": [["a", ["plain", [1, 2]]]]},
        {"findings": None},
        {"findings": [[3, []]]},
        {"findings": [[0, ["warning", "odd", EVIL, None, 1]]]},
        {"findings": [[0, ["no severity", "odd", None, None, 1]]]},
    ],
)
def test_what_is_no_batch_is_not_believed(changed):
    (message,) = wire.messages(Features.of("table", [feature(1, {"a": 1})]))
    head = json.loads(message.head) | changed

    with pytest.raises(Garbled):
        wire.features(Message(json.loads(packed(head)), message.blobs), {"table"})


def test_a_name_arrives_as_the_database_can_hold_it():
    finding = Finding(Severity.WARNING, "odd", Text("The file is empty."), "b\ud800", 4)
    (message,) = wire.messages(Features.of("table", [feature(1, {}, findings=[finding])]))
    head = json.loads(packed(json.loads(message.head)).decode("utf-8", "surrogatepass"))
    head["names"] = ["plain", ["a\0b"]]

    found = wire.features(Message(head, message.blobs), {"table"})

    assert found.names == ["a?b"]
    assert found.findings[0][0].feature == "b?"


def test_a_confined_reader_says_what_a_free_one_does(given, tmp_path):
    members = "".join(member("p:AD_Miejscowosc", f"l{n}", "<p:nazwa>Wymyślin</p:nazwa>") for n in range(2500))
    path, heard_of = given("a.gml", collection(members, PRGAD, "p")), []

    with open_file(path) as free, open_confined(path, scratch=tmp_path, progress=heard_of.append) as walled:
        expected, found = list(free.features(free.kinds)), list(walled.features(walled.kinds))

    assert found == expected
    assert (walled.format, walled.kinds, walled.counts) == (free.format, free.kinds, free.counts)
    assert (walled.findings, walled.closed) == (free.findings, free.closed)
    assert [each.name for each in tmp_path.iterdir()] == ["a.gml"]


def test_a_confined_reader_refuses_in_the_words_of_a_free_one(given):
    path = given("a.gml", collection("<gml:featureMember>", PRGAD, "p"))

    with pytest.raises(Unreadable) as free:
        open_file(path)
    with pytest.raises(Unreadable) as walled:
        open_confined(path)

    assert (type(walled.value), str(walled.value)) == (type(free.value), str(free.value))


def test_of_gdals_drivers_only_those_that_are_needed_are_registered():
    program = "from geo.layers.reader.gdal import pyogrio; print(sorted(pyogrio().list_drivers()))"

    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert said.strip() == "['ESRI Shapefile', 'GPKG', 'MEM']"
