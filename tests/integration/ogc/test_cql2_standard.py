"""The CQL2 standard's abstract tests with its own data: every filter of its tables finds as many as it says."""

import json
import random
from collections.abc import Callable, Iterator
from itertools import islice

import psycopg
import pytest
from natural_earth import SOURCES, Expected, as_json, expected, load
from ogc_places import Api

from geo.errors import BadRequest
from geo.ogc import conformance
from geo.ogc.cql2.parse import parse

TABLE = expected()
VALUES = {
    "text": "'foo'",
    "boolean": "true",
    "integer": "1",
    "datetime": "TIMESTAMP('2022-04-14T14:48:46Z')",
    "date": "DATE('2022-04-14')",
}
SCALARS = [
    (source, f'"{name}"', VALUES[kind]) for source, (_, fields) in SOURCES.items() for name, kind in fields.items()
]
WORLD = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"


@pytest.fixture(scope="module")
def sources(items_database) -> Iterator[dict[str, Api]]:
    """The three data sources, read as the public role reads."""
    with psycopg.connect(items_database.owner) as owner:
        collections = {source: load(owner, source) for source in SOURCES}
    with psycopg.connect(items_database.public, autocommit=True) as connection:
        yield {source: Api(connection, collection) for source, collection in collections.items()}


@pytest.fixture
def found(sources) -> Callable[[str, str], set[str]]:
    """The identifiers that a filter in text finds."""
    return lambda source, text: set(sources[source].ids(filter=text))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.source}: {row.filter}"[:90])
def test_a_filter_of_the_standards_tables_finds_as_many_as_it_says_in_text_and_in_json(sources, row: Expected):
    as_text = sources[row.source].json(filter=row.filter, resultType="hits")
    written = json.dumps(as_json(parse(row.filter)))
    in_json = sources[row.source].json(filter=written, filter_lang="cql2-json", resultType="hits")

    assert as_text["numberMatched"] == in_json["numberMatched"] == row.count


def test_every_class_of_the_language_that_we_declare_has_rows_in_the_table():
    declared = {uri.rsplit("/", 1)[-1] for uri in conformance.CLASSES if "/cql2/" in uri}

    assert {row.conformance_class for row in TABLE} == declared - {
        "cql2-text",
        "cql2-json",
        "basic-spatial-operators",
    }


@pytest.mark.parametrize(("source", "name", "value"), SCALARS)
def test_opposite_comparisons_have_no_feature_in_common(found, source: str, name: str, value: str):
    operators = ("=", "<>") if value == "true" else ("=", "<>", ">", "<=", "<", ">=")
    sets = [found(source, f"{name} {operator} {value}") for operator in operators]
    turned = [found(source, f"{value} {operator} {name}") for operator in operators]

    for results in (sets, turned):
        for one, other in zip(islice(results, 0, None, 2), islice(results, 1, None, 2), strict=True):
            assert not one & other
    assert not found(source, f"{name} IS NULL") & found(source, f"{name} is not null")


@pytest.mark.parametrize(("source", "name", "value"), SCALARS)
def test_a_value_and_a_property_compared_with_themselves_are_equal(found, source: str, name: str, value: str):
    ordered = value != "true"

    for operand, all_of_them in ((name, found(source, f"{name} IS NOT NULL")), (value, found(source, "true"))):
        for operator in ("=", ">=", "<=") if ordered else ("=",):
            assert found(source, f"{operand} {operator} {operand}") == all_of_them
        for operator in ("<>", ">", "<") if ordered else ("<>",):
            assert not found(source, f"{operand} {operator} {operand}")


@pytest.mark.parametrize("source", SOURCES)
def test_true_and_false_are_filters(found, sources, source: str):
    assert len(found(source, "true")) == sources[source].collection.count
    assert not found(source, "false")


@pytest.mark.parametrize("source", SOURCES)
def test_spatial_functions_agree_with_each_other(found, source: str):
    everything = found(source, "true")

    assert found(source, "S_INTERSECTS(geom,BBOX(-180,-90,180,90))") == everything
    assert not found(source, f"S_DISJOINT(geom,{WORLD})")
    for function in ("S_WITHIN", "S_CONTAINS", "S_OVERLAPS", "S_TOUCHES", "S_CROSSES", "S_EQUALS"):
        assert found(source, f"{function}(geom,BBOX(-180,-90,180,90))") == found(source, f"{function}(geom,{WORLD})")
    for shape in ("POINT(7.02 49.92)", "LINESTRING(7 50,10 51)", "MULTIPOINT(7 50,10 51)", "BBOX(150,-90,-150,90)"):
        meeting = found(source, f"S_INTERSECTS(geom,{shape})")
        assert found(source, f"S_DISJOINT(geom,{shape})") == everything - meeting
        for function in ("S_EQUALS", "S_TOUCHES", "S_CROSSES", "S_WITHIN", "S_CONTAINS", "S_OVERLAPS"):
            assert found(source, f"{function}(geom,{shape})") <= meeting


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", ["cql2-text", "cql2-json"])
@pytest.mark.parametrize("function", ["S_INTERSECTS", "S_DISJOINT"])
def test_a_coordinate_that_the_crs_cannot_have_is_refused(sources, source: str, language: str, function: str):
    text = f"{function}(geom,POINT(90 180))"
    written = text if language == "cql2-text" else json.dumps(as_json(parse(text)))

    with pytest.raises(BadRequest) as refused:
        sources[source].document(filter=written, filter_lang=language)

    assert refused.value.values["parameter"] == "filter"


@pytest.mark.parametrize("source", SOURCES)
def test_four_filters_combined_find_what_their_parts_find(found, source: str):
    chance = random.Random(source)  # noqa: S311 - repeatable numbers are wanted
    stored = [row.filter for row in TABLE if row.source == source and " or " not in row.filter.lower()]

    for _ in range(10):
        parts = [f"({one})" for one in chance.sample(stored, 4)]
        true = [found(source, part) for part in parts]
        false = [found(source, f"NOT {part}") for part in parts]
        one, two, three, four = parts
        combined = f"((NOT {one} AND {two}) OR ({three} and NOT {four}) or not ({one} AND {four}))"
        assert found(source, combined) == (false[0] & true[1]) | (true[2] & false[3]) | (false[0] | false[3])


@pytest.mark.parametrize("name", ["name", "nameascii"])
def test_folded_texts_are_equal_whatever_their_case_and_accents(found, name: str):
    for fold in ("CASEI", "ACCENTI"):
        assert not found("places", f"{fold}({name}) = {fold.lower()}('foo')") & found(
            "places", f"{fold}({name}) <> {fold.lower()}('foo')"
        )
    assert found("places", f"CASEI({name}) LIKE casei('b%')") == found("places", f"CASEI({name}) LIKE casei('B%')")
    assert found("places", f"ACCENTI({name}) LIKE accenti('são%')") == found("places", f"ACCENTI({name}) LIKE 'sao%'")


@pytest.mark.parametrize("letter", ["''", "\\'", "\x07", "\x08", "\t", "\n", "\x0b", "\x0c", "\r"])
def test_an_escaped_character_is_the_character_itself(found, letter: str):
    meant = letter.replace("''", "\\'")

    assert found("places", f"'a{letter}b' = 'a{meant}b' AND 'a{letter}b' LIKE 'a_b'") == found("places", "true")
