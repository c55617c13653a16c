"""Pages, links, counts and the text of features."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from ogc_places import BASE, NAMED, Api

from geo.ogc.items import ItemNotFound, item, items
from geo.ogc.parameters import parse_item, parse_items


def _follow(api, **parameters):
    """Every page from the first to the last, by its `next` links alone."""
    pairs = list(parameters.items())
    while True:
        page = json.loads(items(api.connection, api.collection, parse_items(pairs, api.collection.type), BASE).body)
        yield page
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return
        pairs = parse_qsl(urlsplit(following[0]).query, keep_blank_values=True)


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "400"},
        {"limit": "188"},
        {"limit": "300", "sortby": "-nazwa"},
        {"limit": "300", "sortby": "rodzaj,-liczba"},
        {"limit": "100", "bbox": "18.85,50.12,18.95,50.2"},
        {"limit": "100", "offset": "700"},
        {"limit": "250", "filter": "liczba > 500"},
    ],
)
def test_following_next_gives_every_match_once_and_each_count_is_exact_or_absent(places, parameters):
    everything = places.ids(**{name: value for name, value in parameters.items() if name not in {"limit", "offset"}})
    expected = everything[int(parameters.get("offset", 0)) :]

    pages = list(_follow(places, **parameters))

    assert [feature["id"] for page in pages for feature in page["features"]] == expected
    whole = not {"bbox", "filter"} & set(parameters)
    assert {page.get("numberMatched") for page in pages} == ({len(everything)} if whole else {None})
    assert places.json(**parameters, resultType="hits")["numberMatched"] == len(everything)
    assert all(page["numberReturned"] == len(page["features"]) for page in pages)
    assert all(page["features"] for page in pages)


def test_the_default_page_has_a_hundred_and_the_largest_ten_thousand(places):
    assert places.json()["numberReturned"] == 100
    assert places.json(limit="99999999999999999999")["numberReturned"] == places.collection.count


@pytest.mark.parametrize("beginning", [{}, {"offset": "20"}])
def test_a_page_that_is_not_full_says_how_many_match_a_filter(places, beginning):
    page = places.json(filter="liczba <= 50", limit="100", **beginning)

    assert page["numberMatched"] == len(places.ids(filter="liczba <= 50"))
    assert page["numberReturned"] < 100


def test_an_offset_behind_the_end_is_an_empty_page_without_a_wrong_count(places):
    page = places.json(offset="1000000", bbox="18.85,50.12,18.95,50.2")

    assert (page["features"], "numberMatched" in page) == ([], False)
    assert places.json(offset="1000000")["numberMatched"] == places.collection.count
    assert "next" not in [link["rel"] for link in page["links"]]


def test_hits_count_without_features(places):
    page = places.json(resultType="hits", filter="liczba <= 3")

    assert (page["numberMatched"], page["numberReturned"], page["features"]) == (3, 0, [])


def test_the_envelope_says_when_the_edition_was_published_and_where_to_go(places):
    page = places.json(limit="2", lang="pl")

    assert page["timeStamp"] == "2026-11-23T08:00:00Z"
    links = {link["rel"]: link for link in page["links"]}
    assert links["self"]["href"] == f"{BASE}/collections/miejsca/items?limit=2&lang=pl"
    assert links["alternate"] == {
        "rel": "alternate",
        "type": "text/html",
        "href": f"{BASE}/collections/miejsca/items?limit=2&lang=pl&f=html",
    }
    assert links["next"]["href"] == f"{BASE}/collections/miejsca/items?limit=2&lang=pl&after=1.2"
    assert links["collection"]["href"] == f"{BASE}/collections/miejsca"


def test_features_are_written_in_the_registrys_order_with_polish_letters_as_they_are(places):
    body = places.document(id="centrum").body

    assert (
        '"properties":{"nazwa":"Łąka „Zażółć gęślą jaźń”","rodzaj":"park","liczba":1,"wysokosc":1.5,"czynny":true,'
        '"od_dnia":"2020-01-01","zmieniono":"2024-05-01T10:00:00Z"}'
    ).encode() in body
    assert b"\\u" not in body


def test_properties_are_chosen_and_geometry_left_out(places):
    feature = places.json(id="centrum", properties="liczba,nazwa", skipGeometry="true")["features"][0]

    assert list(feature["properties"]) == ["nazwa", "liczba"]
    assert feature["geometry"] is None
    assert places.json(id="centrum", properties="")["features"][0]["properties"] == {}


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row[0])
def test_each_feature_is_found_by_its_id_whatever_letters_it_has(places, row):
    feature = json.loads(item(places.connection, places.collection, row[0], parse_item([]), BASE).body)

    assert feature["id"] == row[0]
    assert feature["properties"]["nazwa"] == row[1]
    assert feature["links"][0]["href"].isascii()
    assert " " not in feature["links"][0]["href"]


@pytest.mark.parametrize("wanted", ["nic", "", "\0", "\ud800", "x" * 10_000, "' OR '1'='1", "1"])
def test_an_unknown_id_is_not_found(places, wanted):
    with pytest.raises(ItemNotFound):
        item(places.connection, places.collection, wanted, parse_item([]), BASE)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2024-05-01", ["centrum", "o'hara"]),
        ("2024-05-01T10:00:00Z", ["centrum"]),
        ("2024-05-01T12:00:00+02:00", ["centrum"]),
        ("2024-05-01T10:00:01Z/..", ["o'hara", "a/b?c#ł"]),
        ("../2024-05-01", ["centrum", "o'hara"]),
        ("/2024-05-01", ["centrum", "o'hara"]),
        ("2024-05-02/", ["a/b?c#ł"]),
        ("2024-05-01/2024-05-02", ["centrum", "o'hara", "a/b?c#ł"]),
        ("../..", ["centrum", "o'hara", "a/b?c#ł"]),
        ("0000-01-01T00:00:00Z/2024-05-01T10:00:00Z", ["centrum"]),
        ("2024-05-01T10:00:01Z/9999-12-31T00:00:00Z", ["o'hara", "a/b?c#ł"]),
        ("1999-12-31", []),
        ("2024-04-30/P2D", ["centrum", "o'hara", "a/b?c#ł"]),
        ("2024-05-01T10:00:00Z/PT1H30M", ["centrum"]),
        ("P1M1DT1S/2024-05-01T23:59:59Z", ["centrum"]),
        ("2020-02-29/P4Y2M2D", ["centrum", "o'hara"]),
    ],
)
def test_datetime_finds_what_happened_then(places, asked, expected):
    assert places.ids(datetime=asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2021-06-15", ["o'hara"]),
        ("2021-06-15T12:00:00Z", ["o'hara"]),
        ("2021-06-16/..", ["100%"]),
        ("../2021-06-15T00:00:00Z", ["centrum", "o'hara"]),
        ("0000-01-01T00:00:00Z/2020-12-31T23:59:59Z", ["centrum"]),
    ],
)
def test_datetime_on_days_counts_whole_days(places, asked, expected):
    by_day = replace(places.collection, type=replace(places.collection.type, time_field="od_dnia"))

    assert Api(places.connection, by_day).ids(datetime=asked) == expected


def test_datetime_leaves_a_collection_without_time_as_it_is(areas):
    assert len(areas.ids(datetime="1999-01-01")) == 5


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"nazwa": "łąka"}, ["a/b?c#ł"]),
        ({"liczba": "2"}, ["o'hara"]),
        ({"wysokosc": "-2"}, ["o'hara"]),
        ({"czynny": "true"}, ["centrum", "100%"]),
        ({"od_dnia": "2022-12-31"}, ["100%"]),
        ({"zmieniono": "2024-05-02T00:00:00Z"}, ["a/b?c#ł"]),
        ({"rodzaj": "park", "liczba": "1"}, ["centrum"]),
    ],
)
def test_a_property_is_a_parameter_of_its_own_type(places, parameters, expected):
    assert places.ids(**parameters) == expected


INJECTION = "x'; DROP TABLE layers.miejsca_e1; SELECT '%s %(limit)s {0} \" \\"


@pytest.mark.parametrize(
    "parameter",
    ["limit", "offset", "after", "bbox", "bbox_crs", "datetime", "crs", "properties", "skipGeometry", "sortby",
     "filter", "filter_lang", "filter_crs", "resultType", "liczba", "czynny", "od_dnia", INJECTION],
)  # fmt: skip
def test_sql_in_a_parameter_is_refused_by_its_name(places, refusal, parameter):
    name, _ = refusal(places, **{parameter: INJECTION})

    assert name.replace("-", "_") == parameter or (parameter, name) == (INJECTION, INJECTION[:60] + "…")
    assert places.json()["numberMatched"] == places.collection.count


@pytest.mark.parametrize("parameter", ["nazwa", "id"])
def test_sql_in_a_text_is_a_text(places, parameter):
    assert places.ids(**{parameter: INJECTION}) == []
    assert places.ids(nazwa="O'Hara; DROP TABLE") == ["o'hara"]
