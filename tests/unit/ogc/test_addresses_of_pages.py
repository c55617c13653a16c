"""Links of a page repeat the parameters as any client may send them back."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from geo.feature import Collection, FeatureType, TileRules
from geo.ogc.envelope import Envelope, Link, Page, address_with, as_it_is, own_links
from geo.ogc.query import ItemsQuery

ROADS = Collection(
    id="roads",
    title={"en": "Roads"},
    description={"en": "Roads of the tests of links."},
    type=FeatureType((), "line"),
    table="roads_of_links_e1",
    edition=1,
    version="1",
    count=2,
    extent=None,
    published_at=datetime(2026, 11, 23, tzinfo=UTC),
    tiles=TileRules(10, 16),
)


def by_post(one: Link) -> Link | None:
    """Links to pages are followed by POST, with quotes in their body; the others are left out."""
    return {**one, "method": "POST", "body": "ulica='\"Łąka\"'"} if one["rel"] in {"next", "prev"} else None


@pytest.mark.parametrize(
    "pairs",
    [
        (("limit", "10"), ("f", "json")),
        (("filter", "ulica='Łąka & Co' AND a<>\"b\"/+%"), ("empty", "")),
        (("bbox", "18.9,50.1,19,50.2"),),
    ],
)
def test_an_address_spells_its_parameters_so_that_they_are_read_the_same(pairs):
    address = address_with("https://gis.example/ogc/x", pairs)

    assert address == f"https://gis.example/ogc/x?{urlencode(pairs, quote_via=quote)}"
    assert tuple(parse_qsl(address.partition("?")[2], keep_blank_values=True)) == pairs


def test_the_page_for_people_is_the_same_query_in_another_form():
    itself, page = own_links("https://gis.example/x", (("f", "json"), ("limit", "5")))

    assert itself["href"] == "https://gis.example/x?f=json&limit=5"
    assert page["href"] == "https://gis.example/x?limit=5&f=html"


@pytest.mark.parametrize("relink", [as_it_is, by_post])
@pytest.mark.parametrize("base", ["https://gis.example/ogc", 'https://gis.example/a"b\\c/łąka\n/ogc'])
def test_the_links_of_a_page_are_written_as_they_are(base, relink):
    query = ItemsQuery(pairs=(("limit", "5"), ("offset", "5"), ("nazwa", 'Łąka & "Co"')), limit=5, offset=5)
    envelope = Envelope.of(ROADS, query, base, relink)

    document = envelope.around(Page(b'{"id":1}', 1, more=True, last_fid=6), 12)

    written = json.loads(document.body)
    assert written["links"] == list(document.links)
    assert [one["rel"] for one in written["links"]][-2:] == ["next", "prev"]
    assert (written["numberMatched"], written["numberReturned"], written["features"]) == (12, 1, [{"id": 1}])
