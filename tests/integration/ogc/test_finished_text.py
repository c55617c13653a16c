"""Finished text beside an edition: the same bytes as a page made anew."""

from dataclasses import replace

import psycopg
import pytest
from ogc_places import Api

from geo.crs import CRS84
from geo.feature import FeatureType
from geo.ogc import finished, statements
from geo.ogc.parameters import parse_items


@pytest.fixture(scope="module", params=["places", "areas", "faraway"])
def both(request, items_database) -> tuple[Api, Api]:
    """A collection without finished text and with it."""
    made: Api = request.getfixturevalue(request.param)
    with psycopg.connect(items_database.owner) as owner:
        # The making of text depends on its session as little as that of a page.
        owner.execute("SET TimeZone = 'Asia/Tokyo'")
        finished.write(owner, made.collection)
    collection = replace(made.collection, text_column=statements.text_column(made.collection))
    return made, Api(made.connection, collection)


PAGES = [
    {},
    {"limit": "10000"},
    {"limit": "3", "offset": "2"},
    {"limit": "2", "after": "1.1"},
    {"limit": "1", "offset": "100000"},
    {"bbox": "18.895,50.165,18.925,50.175"},
    {"bbox": "18.8,50.1,19.0,50.25", "limit": "500", "offset": "10"},
    {"bbox": "18.8,50.1,19.0,50.25", "limit": "50", "after": "1.3"},
    {"sortby": "-id", "limit": "50"},
    {"filter": "id LIKE 'd%' OR id = '100%'"},
]


@pytest.mark.parametrize("parameters", PAGES, ids=str)
def test_a_page_is_the_same_made_anew_and_read_from_finished_text(both, parameters):
    made, read = both

    assert read.document(**parameters).body == made.document(**parameters).body


def _reads_text(api: Api, **parameters: str) -> bool:
    query = parse_items(parameters.items(), api.collection.type)
    return b"_e1_text" in statements.page(api.collection, query)[0].text


def test_text_is_read_where_it_says_what_is_asked_for_and_nowhere_else(both):
    made, read = both

    assert all(_reads_text(read, **parameters) for parameters in PAGES)
    assert _reads_text(read, crs=CRS84.uri)
    assert not _reads_text(read, crs="http://www.opengis.net/def/crs/EPSG/0/4326")
    assert not _reads_text(read, skipGeometry="true")
    assert not _reads_text(made)


def test_text_of_other_fields_is_not_read(both):
    _, read = both
    fields = read.collection.type.fields[1:]
    other = replace(read.collection, type=FeatureType(fields, read.collection.type.geometry))

    changed = bool(read.collection.type.fields)

    assert _reads_text(Api(read.connection, other)) is not changed
    assert finished.missing([other]) == ([other.id] if changed else [])
    assert finished.missing([read.collection]) == []
