"""CQL2 JSON makes the same tree as CQL2 text."""

import json

import pytest

from geo.crs import CRS84
from geo.errors import BadRequest
from geo.feature import FeatureType, Field
from geo.ogc.cql2 import parse, parse_json
from geo.ogc.cql2.to_sql import to_sql

KIND = FeatureType((Field("n", "text", {}), Field("count", "integer", {}), Field("day", "date", {})), "point")
N, COUNT, DAY = ({"property": name} for name in ("n", "count", "day"))

SAME = [
    ("n = 'x'", {"op": "=", "args": [N, "x"]}),
    ("n LIKE 'x%' AND NOT count > 5", {"op": "and", "args": [
        {"op": "like", "args": [N, "x%"]}, {"op": "not", "args": [{"op": ">", "args": [COUNT, 5]}]}]}),
    ("count IN (1,2)", {"op": "in", "args": [COUNT, [1, 2]]}),
    ("count BETWEEN 1 AND 2", {"op": "between", "args": [COUNT, 1, 2]}),
    ("n IS NULL", {"op": "isNull", "args": [N]}),
    ("T_AFTER(day, INTERVAL('..','2020-01-01'))", {"op": "t_after", "args": [DAY, {"interval": ["..", "2020-01-01"]}]}),
    ("day > DATE('2020-01-01')", {"op": ">", "args": [DAY, {"date": "2020-01-01"}]}),
    ("S_INTERSECTS(geometry, BBOX(1,2,3,4))",
     {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [1, 2, 3, 4]}]}),
    ("S_INTERSECTS(geometry, MULTIPOINT(1 2, 3 4))",
     {"op": "s_intersects", "args": [{"property": "geometry"},
                                     {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}]}),
    ("S_INTERSECTS(geometry, POLYGON((0 0,1 0,0 1,0 0)))",
     {"op": "s_intersects", "args": [{"property": "geometry"},
                                     {"bbox": [0, 0, 1, 1], "type": "Polygon",
                                      "coordinates": [[[0, 0], [1, 0], [0, 1], [0, 0]]]}]}),
    ("CASEI(n) = CASEI('x')", {"op": "=", "args": [{"op": "casei", "args": [N]}, {"op": "casei", "args": ["x"]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "content"), SAME, ids=[text for text, _ in SAME])
def test_json_means_what_the_text_means(text, content):
    from_text = to_sql(parse.parse(text), KIND, CRS84)
    from_json = to_sql(parse_json.parse(json.dumps(content)), KIND, CRS84)

    assert from_json.sql.as_string(None) == from_text.sql.as_string(None)
    assert from_json.values == from_text.values


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "null", "[]", "{}", "[" * 5000, '{"op":' * 1200, '{"op":"="}', '{"op":5,"args":[]}',
        '{"op":"=","args":1}',
        '{"op":"=","args":[1]}', '{"op":"foo","args":[]}', '{"property":5}', '{"op":"=","args":[{"property":"x"},1]}',
        '{"op":"=","args":[{"property":"count"},NaN]}', '{"op":"=","args":[{"property":"count"},1e999]}',
        '{"op":"=","args":[{"property":"count"},' + "9" * 5000 + "]}", '{"op":"=","args":[{"property":"n"},null]}',
        '{"op":"t_after","args":[{"property":"day"},{"interval":"x"}]}', '{"bbox":"x"}', '{"bbox":[true,1,2,3]}',
        '{"op":"s_within","args":[{"property":"geometry"},{"type":"Point","coordinates":["a",1]}]}',
        '{"op":"s_within","args":[{"property":"geometry"},{"type":"Point","coordinates":[[[1]]]}]}',
        '{"op":"s_within","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[]}]}',
        '{"op":"s_within","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[]}]}',
        '{"op":"s_within","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[5]}]}',
        '{"op":"s_within","args":[{"property":"geometry"},{"type":7,"coordinates":[]}]}',
        '{"op":"in","args":[{"property":"count"},[]]}', '{"op":"between","args":[{"property":"count"},[1]]}',
        '{"date":5}', '{"timestamp":null}', "9" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_cql2_json_is_refused(text):
    with pytest.raises(BadRequest) as caught:
        to_sql(parse_json.parse(text), KIND, CRS84)

    assert caught.value.values["parameter"] == "filter"


@pytest.mark.parametrize(
    "geometry",
    [
        '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}',
        '{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]],[[1,1],[2,1],[2,2],[1,2]]]]}',
    ],
)
def test_a_polygon_that_is_not_closed_is_refused_in_words(geometry):
    with pytest.raises(BadRequest) as caught:
        parse_json.parse('{"op":"s_intersects","args":[{"property":"geometry"},' + geometry + "]}")

    assert "ends where it begins" in caught.value.text.say("en")
    assert "kończy się tam" in caught.value.text.say("pl")


FAR = "9" * 350


@pytest.mark.parametrize(
    "geometry",
    [
        '{"type":"Point","coordinates":[%s,1]}',
        '{"type":"LineString","coordinates":[[0,0],[%s,1]]}',
        '{"type":"Polygon","coordinates":[[[0,0],[%s,0],[1,1],[0,0]]]}',
        '{"type":"MultiPoint","coordinates":[[0,0],[%s,1]]}',
        '{"bbox":[0,0,%s,1]}',
        '{"bbox":[0,0,1e999,%s]}',
    ],
)
def test_a_coordinate_beyond_every_number_is_refused(geometry):
    with pytest.raises(BadRequest) as caught:
        parse_json.parse('{"op":"s_intersects","args":[{"property":"geometry"},' + geometry % FAR + "]}")

    assert caught.value.values["parameter"] == "filter"


@pytest.mark.parametrize("letter", [r"\u0000", r"\ud800", r"\udfff\ud83d"])
@pytest.mark.parametrize(
    "text",
    [
        '{"op":"%s","args":[]}',
        '{"%s":1}',
        '{"property":"%s"}',
        '{"date":{"%s":1}}',
        '{"op":"=","args":[{"property":"n"},"%s"]}',
        '{"op":"in","args":[{"property":"n"},["x","%s"]]}',
        '{"type":"%s","coordinates":[]}',
    ],
)
def test_a_letter_that_no_text_may_hold_is_refused_wherever_it_stands(text, letter):
    with pytest.raises(BadRequest) as caught:
        parse_json.parse(text % letter)

    assert "a character that no text may hold" in caught.value.values["problem"].say("en")


def test_letters_that_json_writes_as_two_halves_are_read():
    condition = to_sql(parse_json.parse(r'{"op":"=","args":[{"property":"n"},"\ud83d\ude00"]}'), KIND, CRS84)

    assert list(condition.values.values()) == ["😀"]
