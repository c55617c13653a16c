"""The requests that QGIS 3.32 to 4 sends, in its order and spelling, replayed from a table.

The QGIS of the distribution (3.22) filters by itself; newer ones push filters, CRSs and times to the server, read the
schema, and switch each ability on by the conformance classes.
"""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from publishing import PUBLIC_URL

HOME = "/ogc/collections/addresses"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
PART = "http://www.opengis.net/spec/"
# What must be declared for an ability, one entry at least of each group.
ABILITIES = {
    "CRSs": [["ogcapi-features-2/1.0/conf/crs"]],
    "filters in CQL2": [
        ["cql2/1.0/conf/cql2-text"],
        ["cql2/1.0/conf/basic-cql2"],
        ["ogcapi-features-3/1.0/conf/filter"],
        ["ogcapi-features-3/1.0/conf/features-filter"],
    ],
    "LIKE, IN, BETWEEN": [["cql2/1.0/conf/advanced-comparison-operators"]],
    "ILIKE": [["cql2/1.0/conf/case-insensitive-comparison"]],
    "spatial filters before 3.44": [["cql2/1.0/conf/basic-spatial-operators"]],
    "spatial filters from 3.44": [["cql2/1.0/conf/basic-spatial-functions"]],
    "schemas": [["ogcapi-features-5/1.0/conf/schemas"]],
}
# The 250 addresses lie at random; every second is in a street.
REQUESTS = [
    ("limit=10", 250),
    ("limit=1000", 250),
    ("limit=1000&bbox=18.8,50.15,18.94,50.24", 250),
    ("limit=1000&bbox=-180,-90,180,90&bbox-crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84", 250),
    (f"limit=1000&crs={EPSG}2180", 250),
    (f"limit=1000&crs={EPSG}2177&bbox=5550000,6550000,5580000,6580000&bbox-crs={EPSG}2177", 250),
    (f"limit=1000&crs={EPSG}4326&bbox=50.15,18.8,50.24,18.94&bbox-crs={EPSG}4326", 250),
    ("limit=1000&datetime=0000-01-01T00:00:00Z/9999-12-31T00:00:00Z", 250),
    ("limit=1000&datetime=0000-01-01T00:00:00Z/2016-12-31T23:59:59Z", 125),
    ("limit=1000&datetime=2017-01-01T00:00:00Z/9999-12-31T00:00:00Z", 125),
    ("limit=1000&datetime=2017-05-01T00:00:00Z", 25),
    # GDAL's, of a filter by a date.
    ("limit=1000&datetime=2017-05-01T", 25),
    ("limit=1000&datetime=2017-01-01T/..", 125),
    ("limit=1000&datetime=../2016-12-31T", 125),
    ("limit=1000&datetime=2017-01-01T/2017-12-31T", 25),
    ("limit=1000&ulica=%C5%BBwirki%20i%20Wigury", 125),
    ("limit=1000&filter=(%22ulica%22%20IS%20NULL)&filter-lang=cql2-text", 125),
    ("limit=1000&filter=(%22ulica%22%20IS%20NOT%20NULL)&filter-lang=cql2-text", 125),
    ("limit=1000&filter=(%22ulica%22%20=%20'%C5%BBwirki%20i%20Wigury')&filter-lang=cql2-text", 125),
    ("limit=1000&filter=(%22numer_porzadkowy%22%20IN%20('1a','2a','none'))&filter-lang=cql2-text", 2),
    ("limit=1000&filter=(%22numer_porzadkowy%22%20LIKE%20'24_a')&filter-lang=cql2-text", 10),
    ("limit=1000&filter=(CASEI(%22miejscowosc%22)%20LIKE%20CASEI('MIKO%25'))&filter-lang=cql2-text", 250),
    (
        (
            "limit=1000&filter=(%22data_nadania%22%20BETWEEN%20DATE('2017-01-01')%20AND%20DATE('2017-12-31'))"
            "&filter-lang=cql2-text"
        ),
        25,
    ),
    ("limit=1000&filter=(%22data_nadania%22%20%3E=%20DATE('2017-01-01'))&filter-lang=cql2-text", 125),
    (
        (
            "limit=1000&filter=((NOT%20(%22ulica%22%20IS%20NULL))%20AND%20(%22kod_pocztowy%22%20%3C%3E%20'00-000'))"
            "&filter-lang=cql2-text"
        ),
        125,
    ),
    ("limit=1000&filter=S_INTERSECTS(%22geometry%22,BBOX(18.8,50.15,18.94,50.24))&filter-lang=cql2-text", 250),
    (
        (
            "limit=1000&filter=S_INTERSECTS(%22geometry%22,Polygon%20((5550000%206550000,%205580000%206550000,"
            "%205580000%206580000,%205550000%206580000,%205550000%206550000)))&filter-lang=cql2-text"
            f"&filter-crs={EPSG}2177&crs={EPSG}2177"
        ),
        250,
    ),
    (
        (
            "limit=1000&bbox=18.8,50.15,18.94,50.24&filter=(%22ulica%22%20IS%20NULL)&filter-lang=cql2-text"
            f"&filter-crs={EPSG}2180&crs={EPSG}2180"
        ),
        125,
    ),
]


def linked(document: dict[str, Any], relation: str, media_type: str | None = None) -> str:
    """The path of a link, on this host."""
    href = next(
        link["href"] for link in document["links"] if link["rel"] == relation and media_type in {None, link["type"]}
    )
    return href.removeprefix(PUBLIC_URL)


def test_qgis_finds_everything_from_the_landing_page(client: FlaskClient):
    landing = client.get("/ogc", headers={"Accept": "application/json"}).json
    api = client.get(linked(landing, "service-desc")).json
    limit = api["components"]["parameters"]["limit"]["schema"]
    collection = client.get(f"{linked(landing, 'data')}/addresses").json
    schema = client.get(linked(collection, "http://www.opengis.net/def/rel/ogc/1.0/schema", "application/schema+json"))
    first = client.get(f"{HOME}/items?limit=10").json

    assert min(max(1000, limit["default"]), limit["maximum"]) == 1000
    assert linked(landing, "data") == "/ogc/collections"
    assert len(collection["extent"]["spatial"]["bbox"][0]) == 4
    assert collection["crs"][0].endswith("CRS84")
    assert collection["storageCrs"] in collection["crs"]
    assert collection["itemCount"] == first["numberMatched"] == 250
    assert schema.json["properties"]["geometry"]["format"] == "geometry-point"
    # QGIS puts more steps behind an address.
    assert not [link for link in landing["links"] if link["rel"] != "stylesheet" and link["href"].endswith(".json")]
    assert not any(isinstance(value, (dict, list)) for value in first["features"][0]["properties"].values())


@pytest.mark.parametrize("ability", ABILITIES)
def test_an_ability_is_switched_on_by_what_is_declared(client: FlaskClient, ability: str):
    declared = set(client.get("/ogc/conformance").json["conformsTo"])

    assert all(any(PART + name in declared for name in group) for group in ABILITIES[ability])


@pytest.mark.parametrize(("query", "matching"), REQUESTS)
def test_a_request_finds_what_qgis_expects(client: FlaskClient, query: str, matching: int):
    found = client.get(f"{HOME}/items?{query}&resultType=hits")
    page = client.get(f"{HOME}/items?{query}")

    assert found.json["numberMatched"] == matching, found.json
    assert page.json["numberReturned"] == min(matching, int(re.findall(r"limit=(\d+)", query)[0]))
    crs = re.findall(r"&crs=([^&]*)", query)
    assert page.headers["Content-Crs"].strip("<>") == (
        crs[0] if crs else "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    )


def test_pages_follow_by_next_and_end_without_one(client: FlaskClient):
    path, seen = f"{HOME}/items?limit=100", []
    while path:
        page = client.get(path).json
        seen += [feature["id"] for feature in page["features"]]
        path = next((link["href"].removeprefix(PUBLIC_URL) for link in page["links"] if link["rel"] == "next"), "")

    assert len(seen) == len(set(seen)) == 250


def test_editing_is_offered_neither_for_items_nor_for_one(client: FlaskClient):
    items = client.options(f"{HOME}/items").headers["Allow"]
    one = client.options(f"{HOME}/items/adr-2").headers["Allow"]

    assert not {"POST", "PUT", "PATCH", "DELETE"} & {*items.split(", "), *one.split(", ")}


def test_arcgis_pages_by_offset_and_owslib_lists_by_item_type(client: FlaskClient):
    pages = [client.get(f"{HOME}/items?limit=100&offset={offset}").json for offset in (0, 100, 200, 300)]
    features = {feature["id"] for page in pages for feature in page["features"]}
    collections = client.get("/ogc/collections").json["collections"]

    assert [page["numberReturned"] for page in pages] == [100, 100, 50, 0]
    assert len(features) == 250
    assert {one["itemType"] for one in collections} == {"feature"}
