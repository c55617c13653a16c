"""The schemas of OGC API Features Part 5 (Common Part 3) by the standard's abstract tests, over every collection."""

import re
from itertools import product
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from publishing import PUBLIC_URL, make_app, publish

from geo.deps import Deps

COLLECTIONS = ("addresses", "parcels", "ortho-2024")
KINDS = ("schema", "queryables", "sortables")
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
# The units of the registry, as UCUM writes them.
UCUM = {"m", "m2", "har"}
TEMPORAL_ROLES = {"primary-instant", "primary-interval-start", "primary-interval-end"}


@pytest.fixture(params=list(product(COLLECTIONS, KINDS)), ids="/".join)
def document(request: pytest.FixtureRequest, client: FlaskClient) -> dict[str, Any]:
    collection, kind = request.param
    return client.get(f"/ogc/collections/{collection}/{kind}").json


def test_a_schema_is_a_json_schema_at_its_own_address(document: dict[str, Any], client: FlaskClient):
    jsonschema.Draft202012Validator.check_schema(document)
    answer = client.get(document["$id"].removeprefix(PUBLIC_URL), headers={"Accept": "application/schema+json"})

    assert (document["$schema"], document["type"]) == (DRAFT, "object")
    assert re.fullmatch(rf"{PUBLIC_URL}/ogc/collections/[a-z0-9-]+/(schema|queryables|sortables)", document["$id"])
    assert (answer.status_code, answer.content_type) == (200, "application/schema+json")
    assert answer.json == document


def test_every_property_has_a_type_or_the_kind_of_its_geometry(document: dict[str, Any]):
    known = {*jsonschema.Draft202012Validator.META_SCHEMA["properties"], "title", "type", "format", "oneOf", "readOnly"}

    for entry in document["properties"].values():
        assert "type" in entry or re.fullmatch("geometry-[a-z-]+", entry["format"])
        assert "$ref" not in entry
        assert all(keyword in known or keyword.startswith("x-") for keyword in entry)
        assert isinstance(entry["x-ogc-propertySeq"], int)
        if entry["type" if "type" in entry else "format"] == "string" and "format" in entry:
            assert entry["format"] in {"date", "date-time"}
        if "x-ogc-unit" in entry:
            assert entry["type"] in {"number", "integer"}
            assert entry["x-ogc-unit"] in UCUM


def test_roles_name_one_identifier_one_geometry_and_one_time(document: dict[str, Any]):
    by_role = [(entry["x-ogc-role"], entry) for entry in document["properties"].values() if "x-ogc-role" in entry]
    identifiers = [entry for role, entry in by_role if role == "id"]
    geometries = [entry for role, entry in by_role if role == "primary-geometry"]
    times = [entry for role, entry in by_role if role in TEMPORAL_ROLES]

    assert [entry["type"] for entry in identifiers] == ["string"]
    assert len(geometries) == (0 if document["$id"].endswith("sortables") else 1)
    assert all("type" not in entry for entry in geometries)
    assert len(times) <= 1
    assert all(entry["format"] in {"date", "date-time"} for entry in times)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_collection_links_its_schemas_at_the_addresses_that_the_standard_gives(
    client: FlaskClient, collection: str, kind: str
):
    home = f"/ogc/collections/{collection}"

    links = [
        link["href"]
        for link in client.get(home).json["links"]
        if link["rel"] == RELATION + kind and link["type"] == "application/schema+json"
    ]

    assert links == [f"{PUBLIC_URL}{home}/{kind}"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_feature_fits_the_schema_of_its_collection(client: FlaskClient, collection: str):
    home = f"/ogc/collections/{collection}"
    schema = client.get(f"{home}/schema").json
    # A geometry is told by its format alone, which validators pass over; a field without a value is null in GeoJSON.
    properties = {
        name: entry if name in schema["required"] else {"anyOf": [entry, {"type": "null"}]}
        for name, entry in schema["properties"].items()
    }
    flat = jsonschema.Draft202012Validator({**schema, "properties": properties})

    features = client.get(f"{home}/items?limit=1000").json["features"]

    assert features
    for feature in features:
        flat.validate({"id": feature["id"], "geometry": feature["geometry"], **feature["properties"]})
        expected = schema["properties"]["geometry"]["format"].removeprefix("geometry-").split("-or-")
        assert feature["geometry"]["type"].lower() in expected


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_what_is_sortable_sorts_and_what_is_queryable_filters(client: FlaskClient, collection: str):
    home = f"/ogc/collections/{collection}"
    sortables = client.get(f"{home}/sortables").json["properties"]
    queryables = client.get(f"{home}/queryables").json["properties"]
    everything = [told(feature) for feature in features(client, home)]

    assert sortables
    assert sortables.keys() < queryables.keys()
    for name, entry in sortables.items():
        known = sorted(one[name] for one in everything if one[name] is not None)
        upward, downward = ([told(one)[name] for one in features(client, home, sortby=sign + name)] for sign in "+-")
        assert entry["type"] in {"string", "number", "integer", "boolean"}
        assert [value for value in upward if value is not None] == known, name
        assert [value for value in downward if value is not None] == known[::-1], name
        assert len(upward) == len(downward) == len(everything)
    for name in queryables:
        found = features(client, home, filter=f'"{name}" IS NOT NULL')
        assert len(found) == sum(one[name] is not None for one in everything), name


def features(client: FlaskClient, home: str, **asked: str) -> list[dict[str, Any]]:
    answer = client.get(f"{home}/items", query_string={**asked, "limit": "10000"})
    assert answer.status_code == 200, (asked, answer.text)
    return answer.json["features"]


def told(feature: dict[str, Any]) -> dict[str, Any]:
    """All that a feature says, by the names that the schemas have."""
    return {"id": feature["id"], "geometry": feature["geometry"], **feature["properties"]}


def test_an_empty_collection_has_its_schema_its_geometry_and_an_empty_page(fresh_deps: Deps):
    publish(fresh_deps, "parcels", [])
    client = make_app(fresh_deps).test_client()
    home = "/ogc/collections/parcels"

    schema = client.get(f"{home}/schema").json
    items = client.get(f"{home}/items").json
    tileset = client.get(f"{home}/tiles/WebMercatorQuad").json

    assert schema["properties"]["geometry"]["format"] == "geometry-polygon-or-multipolygon"
    assert schema["properties"]["numer"]["type"] == "string"
    assert client.get(f"{home}/queryables").json["properties"].keys() == schema["properties"].keys()
    assert (items["features"], items["numberMatched"], items["numberReturned"]) == ([], 0, 0)
    assert client.get(home).json["extent"]["spatial"]["bbox"] == [[-180, -90, 180, 90]]
    assert client.get(home).json["itemCount"] == 0
    assert tileset["tileMatrixSetLimits"] == []
    assert tileset["layers"][0]["id"] == "parcels"
    for path in (home, f"{home}/items", f"{home}/schema", f"{home}/tiles", "/ogc/tiles", "/ogc/tiles/WebMercatorQuad"):
        assert client.get(f"{path}?f=html").status_code == 200
