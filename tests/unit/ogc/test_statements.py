"""The SQL of pages: one for each shape of request, remembered within limits."""

from datetime import UTC, datetime

from geo.feature import Collection, FeatureType, Field, TileRules
from geo.ogc import statements
from geo.ogc.parameters import parse_items
from geo.ogc.query import ItemsQuery

ROADS = Collection(
    id="roads",
    title={"en": "Roads"},
    description={"en": "Roads of the tests of statements."},
    type=FeatureType((Field("nazwa", "text", {}), Field("dlugosc", "number", {})), "line"),
    table="roads_of_statements_e1",
    edition=1,
    version="1",
    count=2,
    extent=None,
    published_at=datetime(2026, 11, 23, tzinfo=UTC),
    tiles=TileRules(10, 16),
)


def _query(**parameters: str) -> ItemsQuery:
    return parse_items(parameters.items(), ROADS.type)


def _statement(query: ItemsQuery) -> object:
    return statements.page(ROADS, query)[0]


def test_a_flood_of_long_filters_does_not_push_out_the_pages_that_all_ask_for():
    asked = [_query(), _query(sortby="-nazwa"), _query(bbox="18,50,19,51")]
    long = _query(filter=" OR ".join(["nazwa='x'"] * 120))
    kept = [_statement(query) for query in asked]

    for limit in range(1, 200):
        _statement(long._replace(limit=limit))

    assert all(_statement(query) is known for query, known in zip(asked, kept, strict=True))


def test_a_filter_of_another_value_is_the_same_statement():
    one, other, less = (_query(filter=text) for text in ("nazwa = 'Lipowa'", "nazwa = 'Polna'", "nazwa < 'Lipowa'"))

    assert _statement(one) is _statement(other)
    assert _statement(one) is not _statement(less)
