"""CQL2 text: what is understood, what is refused and where, and that no text can hurt."""

import inspect
import sys
from dataclasses import replace

import pytest
import shapely

from geo.crs import CRS84
from geo.errors import BadRequest
from geo.feature import FeatureType, Field
from geo.ogc.cql2.nodes import Node, Op
from geo.ogc.cql2.parse import parse
from geo.ogc.cql2.problems import MAX_DEPTH
from geo.ogc.cql2.to_sql import to_sql

KIND = FeatureType(
    fields=(
        Field("n", "text", {}),
        Field("łąka", "text", {}),
        Field("date", "date", {}),
        Field("point", "text", {}),
        Field("notes", "text", {}),
        Field("a.b:c", "text", {}),
        Field("or", "text", {}),
        Field("count", "integer", {}),
        Field("height", "number", {}),
        Field("open", "boolean", {}),
        Field("changed", "datetime", {}),
    ),
    geometry="polygon",
)


def _sql(text: str) -> str:
    return to_sql(parse(text), KIND, CRS84).sql.as_string(None)


ACCEPTED = [
    "n='x'", "n = 'O''Hara'", r"n = 'O\'Hara'", "n = ''", "n = 'AND ( NOT'", "łąka = 'Łąka'", '"łąka" = \'x\'',
    "date = DATE('2020-02-29')", "point = 'x'", "notes LIKE 'x%'", "a.b:c = 'x'", '"or" = \'x\'', "n = point",
    "count = 1", "count = -1", "count = +1", "count=1.5e3", "count > .5", "height < 1.", "count <> 0", "1 < count",
    "count = 99999999999999999999999999", "open", "NOT open", "open = TRUE", "open <> false", "open = (count > 1)",
    "TRUE", "not(open)", "open and(open)or(not open)", "n not like 'x' and n is not null", "n NOT IN ('a','b')",
    "count NOT BETWEEN 1 AND 2 AND open", "count BETWEEN height AND height * 2", "count IN (1, height, 2 + 2)",
    "count + 1 * 2 - 3 / 4 % 5 > 6 ^ 2 div 7", "-(count) < 0", "(count) = (1)", "((count + 1)) * 2 = 4",
    "\n n\t=\r\n'x' ", "n IS NULL", "geometry IS NULL", "geom IS NOT NULL", "id = 'x'", "CASEI(n) = casei('X')",
    "n LIKE CASEI(ACCENTI('x%'))", "changed > TIMESTAMP('2020-01-01T00:00:00Z')",
    "changed = TIMESTAMP('2020-01-01T00:00:00.123456789+01:00')", "changed < date", "T_EQUALS(date, changed)",
    "T_DURING(INTERVAL(date, changed), INTERVAL('2020-01-01', '..'))", "date BETWEEN DATE('2020-01-01') AND changed",
    "T_OVERLAPS(INTERVAL('..', '2020-01-01T00:00:00Z'), INTERVAL(changed, '..'))",
    "S_INTERSECTS(geometry, POINT(1 2))", "S_INTERSECTS(geometry, POINT Z (1 2 3))", "s_within(geom, bbox(1,2,3,4))",
    "S_INTERSECTS(BBOX(1,2,0,3,4,9), geometry)", "S_CROSSES(geom, LINESTRING(0 0, -1.5 +2e0))",
    "S_TOUCHES(geom, POLYGON((0 0,1 0,1 1,0 0),(.1 .1,.2 .1,.2 .2,.1 .1)))", "S_EQUALS(geom, MULTIPOINT(0 0, 1 1))",
    "S_EQUALS(geom, MULTIPOINT((0 0), (1 1)))", "S_OVERLAPS(geom, MULTILINESTRING((0 0,1 1),(2 2,3 3)))",
    "S_CONTAINS(geom, MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5))))",
    "S_DISJOINT(geom, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(0 0,1 1)))", "BBOX(170,0,-170,1) IS NULL",
]  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED)
def test_it_is_understood(text):
    assert _sql(text)


@pytest.mark.parametrize("text", ACCEPTED)
def test_its_values_are_bound_and_never_written_into_the_sql(text):
    condition = to_sql(parse(text), KIND, CRS84)

    written = condition.sql.as_string(None)
    assert "Hara" not in written
    assert "2020" not in written
    for name in condition.values:
        assert f"%({name})s" in written


# What is wrong, at which character (None: the whole filter), and a word of what is said.
REFUSED = [
    ("", None, "empty"),
    ("   ", None, "empty"),
    ("nn = 'x'", 1, "no property"),
    ("open AND cuont > 1", 10, "'count'"),
    ("count > 'abc'", 9, "single quotes"),
    ("n = 5", 5, "single quotes"),
    ("S_INTERSECTS(geometry, POINT(" + "9" * 350 + " 50))", 30, "too large"),
    ("S_INTERSECTS(geometry, LINESTRING(1 1, 2 -" + "9" * 400 + "))", 43, "too large"),
    ("S_INTERSECTS(geometry, BBOX(1, 2, 3, 1e999))", 38, "too large"),
    ("date = '2020-01-01'", 8, "DATE("),
    ("open > TRUE", 1, "order"),
    ("count", 1, "needed"),
    ("'x'", 1, "needed"),
    ("NOT count", 5, "needed"),
    ("open AND 1", 10, "needed"),
    ("foo(1) = 1", 1, "no function"),
    ("S_INTERSECT(geometry, POINT(1 2))", 1, "s_intersects"),
    ("A_CONTAINS(n, 'x')", 1, "no function"),
    ("S_INTERSECTS(geometry)", 1, "arguments"),
    ("CASEI(n, n) = 'x'", 1, "arguments"),
    ("S_INTERSECTS(n, POINT(1 2))", 14, "needed"),
    ("S_INTERSECTS(geometry, 'POINT(1 2)')", 24, "needed"),
    ("S_TOUCHES(geometry, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(0 0,1 1)))", 21, "mixed"),
    ("geometry = POINT(1 2)", 12, "cannot be compared"),
    ("geometry > 1", 12, "cannot be compared"),
    ("CASEI(count) = 'x'", 7, "needed"),
    ("n + 1 = 2", 1, "needed"),
    ("n LIKE n", 8, "pattern"),
    ("n LIKE 5", 8, "pattern"),
    ("n LIKE 'x\\'", 8, "escape"),
    ("n LIKE 'x\\\\\\", 8, "not expected"),
    ("count LIKE 'x'", 1, "needed"),
    ("n BETWEEN 1 AND 2", 11, "cannot be compared"),
    ("count IN ('a')", 11, "cannot be compared"),
    ("count IN ()", 11, "not expected"),
    ("count = 1e999", 9, "too large"),
    ("count = " + "9" * 500, 9, "too large"),
    ("date = DATE('2020-02-30')", 8, "no date"),
    ("date = DATE('20200101')", 8, "no date"),
    ("changed = TIMESTAMP('2020-01-01')", 11, "no time"),
    ("changed = TIMESTAMP('2020-01-01T00:00:00')", 11, "no time"),
    ("T_AFTER(n, date)", 9, "cannot be compared"),
    ("T_AFTER(date, INTERVAL('x', '..'))", 24, "no date"),
    ("T_AFTER(date, INTERVAL(1, 2))", 24, "interval"),
    ("T_AFTER(date, INTERVAL(n, '..'))", 24, "needed"),
    ("INTERVAL('..', '..') IS NULL", 1, "needed"),
    ("date = INTERVAL('..', '..')", 8, "cannot be compared"),
    ("S_WITHIN(geom, LINESTRING(0 0))", 16, "cannot be read"),
    ("S_WITHIN(geom, POLYGON((0 0,1 1)))", 16, "ends where it begins"),
    ("S_WITHIN(geom, POLYGON((0 0,1 1,0 0)))", 16, "cannot be read"),
    ("S_WITHIN(geom, POLYGON((0 0,1 0,1 1)))", 16, "ends where it begins"),
    ("S_WITHIN(geom, POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2)))", 16, "ends where it begins"),
    ("S_WITHIN(geom, MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6))))", 16, "ends where it begins"),
    ("S_WITHIN(geom, POLYGON(0 0,1 1,1 0,0 0))", 16, "cannot be read"),
    ("S_WITHIN(geom, POINT(1e999 0))", 22, "too large"),
    ("S_WITHIN(geom, POINT(1))", 23, "not expected"),
    ("S_WITHIN(geom, POINT EMPTY)", 22, "not expected"),
    ("S_WITHIN(geom, BBOX(1,2,3))", 16, "4 or 6"),
    ("S_WITHIN(geom, BBOX(1,5,3,4))", 16, "4 or 6"),
    ("n = 'x", 5, "not expected"),
    ("n = 'x' n = 'y'", 9, "not expected"),
    ("n == 'x'", 4, "not expected"),
    ("n = 'x' && open", 9, "not expected"),
    ("n = 'x'; DROP TABLE x", 8, "not expected"),
    ("n = 'x' -- comment", 5, "needed"),
    ("(open", 5, "too early"),
    ("INTERSECTS(geom, POINT(1 2))", 1, "Did you mean 'S_INTERSECTS'?"),
    ("S_DWITHIN(geom, POINT(1 2), 5)", 1, "give the polygon to S_INTERSECTS"),
    ('n = "Mokre"', 5, "a text stands in single quotes"),
    ("n ILIKE 'x%'", 3, "write CASEI(…) LIKE CASEI(…)"),
    ("open AND n not ilike 'x%'", 16, "write CASEI(…) LIKE CASEI(…)"),
    ("ILIKE(n, 'x%')", 1, "write CASEI(…) LIKE CASEI(…)"),
    ("open)", 5, "not expected"),
    ("open AND", 8, "too early"),
    ("NOT NOT open", 9, "not expected"),
    ("n = 'x' AND", 11, "too early"),
    ("[1,2]", 1, "not expected"),
    ("n = \x00", 5, "not expected"),
]


@pytest.mark.parametrize(("text", "at", "said"), REFUSED)
def test_it_is_refused_at_its_place(text, at, said):
    with pytest.raises(BadRequest) as caught:
        _sql(text)

    assert caught.value.values["parameter"] == "filter"
    message = str(caught.value)
    assert said in message
    if at is not None:
        assert f"(At character {at}.)" in message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1800 + "open" + ")" * 1800,
        "(" * 8000,
        "NOT (" * 1500 + "open" + ")" * 1500,
        "NOT " * 2000 + "open",
        "-" * 8000 + "1 = 1",
        "casei(" * 1300 + "n" + ")" * 1300 + "='x'",
        "+".join(["1"] * 4000) + " = 1",
        "^".join(["1"] * 4000) + " = 1",
        "S_INTERSECTS(geom, " + "GEOMETRYCOLLECTION(" * 300 + "POINT(1 2)" + ")" * 301,
        "S_INTERSECTS(geom, POLYGON" + "(" * 3000 + "1 2" + ")" * 3001,
        "n = '" + "x" * 9000 + "'",
        "ą" * 5000,
        '"a\'" = ' + "(" * 3000 + "'x'" + ")" * 3000,
        "n = " + "\\'" * 4000,
        "'" * 8191,
    ],
)
def test_nothing_long_or_deep_can_hurt(text):
    with pytest.raises(BadRequest):
        _sql(text)


@pytest.mark.parametrize(
    ("opening", "closing"), [("(", ")"), ("NOT (", ")"), ("1 = (", ")"), ("casei(", ")"), ("n IN (", ")")]
)
def test_what_is_nested_as_deep_as_permitted_is_read_in_two_thirds_of_pythons_stack(opening, closing):
    frames = len(inspect.stack())
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames + before * 2 // 3)
    try:
        parse(opening * MAX_DEPTH + "open" + closing * MAX_DEPTH)
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("written", ["0 0, 1 0, 1 1, 0 0", "0 0,1 0,1 1,0 -0.", "+.0 0 5 ,1e0\t0 5,\n1 1 5,- 0 0 5"])
def test_positions_mean_the_same_however_they_are_written(written):
    plain = parse("S_INTERSECTS(geom, POLYGON((0 0,1 0,1 1,0 0)))")

    read = parse(f"S_INTERSECTS(geom, POLYGON(({written})))")

    assert shapely.equals(shapely.force_2d(read.args[1].geometry), plain.args[1].geometry)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("2 ^ 3 ^ 2", "2^(3^2)"),
        ("2 - 3 - 4", "(2-3)-4"),
        ("2 - 3 * 4 + 5", "(2-(3*4))+5"),
        ("2 * 3 ^ 2 div 5", "(2*(3^2)) div 5"),
        ("-2 ^ 2", "(-2)^2"),
        ("NOT open AND open", "(NOT open) AND open"),
        ("count BETWEEN 1 AND 2 AND open OR open", "((count BETWEEN 1 AND 2) AND open) OR open"),
    ],
)
def test_operators_bind_as_in_the_standard(text, tree):
    assert _shape(parse(text)) == _shape(parse(tree))


def test_of_two_mistakes_the_first_is_said():
    with pytest.raises(BadRequest, match="too large"):
        parse("count = 1e999 n")


def _shape(node: Node) -> object:
    """A tree without its places in the text."""
    return (node.name, *map(_shape, node.args)) if isinstance(node, Op) else replace(node, at=None)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("S_INTERSECTS(geometry, POLYGON((1 2,3 2,3 4,1 2)))", (1, 2, 3, 4)),
        ("S_WITHIN(BBOX(1,2,3,4), geom)", (1, 2, 3, 4)),
        ("S_DISJOINT(geometry, POINT(1 2))", None),
        ("S_INTERSECTS(geometry, geometry)", None),
        ("S_INTERSECTS(POINT(1 2), POINT(1 2))", None),
        ("NOT S_INTERSECTS(geometry, POINT(1 2))", None),
        ("open AND S_INTERSECTS(geometry, POINT(1 2))", None),
    ],
)
def test_a_filter_says_where_all_that_it_finds_lies_when_it_asks_for_a_place_alone(text, within):
    assert to_sql(parse(text), KIND, CRS84).within == within


def test_equal_shapes_give_equal_sql():
    assert _sql("n = 'x' AND count > 5") == _sql("n = 'y''y' AND count > 70000")


def test_and_binds_closer_than_or():
    assert _sql("open OR open AND open") == '("open" OR ("open" AND "open"))'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("count > 'abc'", "apostrofach"),
        ('n = "Mokre"', "tekst pisze się w apostrofach"),
        ("n ILIKE 'x%'", "Nie ma ILIKE; napisz CASEI(…) LIKE CASEI(…)."),
        ("S_DWITHIN(geom, POINT(1 2), 5)", "podaj ten wielokąt funkcji S_INTERSECTS"),
    ],
)
def test_the_polish_reader_is_told_in_polish(text, said):
    with pytest.raises(BadRequest) as caught:
        _sql(text)

    assert caught.value.text.say("pl").startswith("Parametr filter: ")
    assert said in caught.value.text.say("pl")
    assert "znak" in caught.value.text.say("pl").lower()
