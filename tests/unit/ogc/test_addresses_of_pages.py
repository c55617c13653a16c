"""Links of a page repeat the parameters as any client may send them back."""

from urllib.parse import parse_qsl, quote, urlencode

import pytest

from geo.ogc.envelope import address_with, own_links


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
