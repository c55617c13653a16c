"""The OpenAPI document: self-contained, complete, and true of what is served."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient


@pytest.fixture(scope="module", params=["pl", "en"])
def document(request: pytest.FixtureRequest, client: FlaskClient) -> dict[str, Any]:
    return client.get("/ogc/openapi", query_string={"lang": request.param}).json


def references(content: object) -> Iterator[str]:
    if isinstance(content, dict):
        yield from ([content["$ref"]] if isinstance(content.get("$ref"), str) else [])
        for one in content.values():
            yield from references(one)
    elif isinstance(content, list):
        for one in content:
            yield from references(one)


def resolved(document: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in entry:
        return entry
    target: Any = document
    for step in entry["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return target


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every GET; there is one POST, whose test is with the searches."""
    for path, item in document["paths"].items():
        assert list(item) == ["post"] if path.endswith("/search") else ["get"]
        if "get" in item:
            yield path, item["get"]


def test_it_is_served_as_its_link_promises(client: FlaskClient) -> None:
    assert client.get("/ogc/openapi").content_type == "application/vnd.oai.openapi+json;version=3.0"
    assert client.get("/ogc/openapi").json["openapi"].startswith("3.0.")


def test_no_reference_leaves_it_and_each_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))

    assert found
    assert all(reference.startswith("#/components/") for reference in found)
    assert all(resolved(document, {"$ref": reference}) for reference in found)


def test_every_parameter_says_all_that_the_conformance_suites_read(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        known = [resolved(document, one) for one in operation["parameters"]]
        for parameter in known:
            if parameter["in"] == "query":
                assert (parameter["style"], parameter["explode"], parameter["required"]) == ("form", False, False)
            else:
                assert parameter["required"] is True
            assert parameter["schema"]["type"]
        in_path = {parameter["name"] for parameter in known if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert len({(one["in"], one["name"]) for one in known}) == len(known)
        assert {"200", "400", "404", "500"} <= set(operation["responses"])
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)


def test_no_operation_names_a_parameter_or_itself_as_another_does(document: dict[str, Any]) -> None:
    every = [operation for item in document["paths"].values() for operation in item.values()]

    for operation in every:
        known = [resolved(document, one) for one in operation["parameters"]]
        names = [(one["in"], one["name"]) for one in known]
        assert sorted(names) == sorted(set(names)), operation["operationId"]
    ids = [operation["operationId"] for operation in every]
    assert sorted(ids) == sorted(set(ids))


def test_qgis_finds_its_page_size(document: dict[str, Any]) -> None:
    schema = document["components"]["parameters"]["limit"]["schema"]

    assert (schema["minimum"], schema["maximum"], schema["default"]) == (1, 10_000, 100)


def test_the_variables_of_a_tile_have_the_standards_names(document: dict[str, Any]) -> None:
    path = "/collections/parcels/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"

    assert list(document["paths"][path]["get"]["responses"]["200"]["content"]) == ["application/vnd.mapbox-vector-tile"]


def test_every_path_is_served_and_takes_what_it_declares(document: dict[str, Any], client: FlaskClient) -> None:
    features = {"addresses": "adr-2", "parcels": "240802_1.0001.1", "ortho-2024": "zdjecie-1"}
    for path, operation in operations(document):
        values = {"tileMatrixSetId": "WebMercatorQuad"}
        if "{tileMatrix}" in path:
            tileset = client.get(f"/ogc{path.partition('/{tileMatrix}')[0]}".format(**values)).json
            first = tileset["tileMatrixSetLimits"][0]
            values |= {
                "tileMatrix": first["tileMatrix"],
                "tileRow": first["minTileRow"],
                "tileCol": first["minTileCol"],
            }
        address = path.replace("{featureId}", features.get(operation["tags"][0], "")).format(**values)
        for media_type in operation["responses"]["200"]["content"]:
            answer = client.get(f"/ogc{address.removesuffix('/')}", headers={"Accept": media_type.split(";")[0]})
            assert (answer.status_code, answer.mimetype) == (200, media_type.split(";")[0]), address
        for parameter in (resolved(document, one) for one in operation["parameters"]):
            if parameter["in"] == "query" and "default" in parameter["schema"]:
                value = json.dumps(parameter["schema"]["default"]).strip('"')
                answer = client.get(f"/ogc{address.removesuffix('/')}", query_string={parameter["name"]: value})
                assert answer.status_code == 200, (address, parameter["name"], answer.text)


def test_every_collection_takes_every_parameter_that_the_core_demands(document: dict[str, Any]) -> None:
    for collection in ("addresses", "parcels", "ortho-2024"):
        operation = document["paths"][f"/collections/{collection}/items"]["get"]
        known = {resolved(document, one)["name"]: resolved(document, one) for one in operation["parameters"]}
        assert known["datetime"]["schema"]["type"] == "string"
        assert known["bbox"]["schema"]["minItems"] == 4
        assert known["limit"]["schema"]["maximum"] == 10_000


def test_a_property_is_a_parameter_of_its_collection(document: dict[str, Any]) -> None:
    names = {
        resolved(document, one)["name"]
        for one in document["paths"]["/collections/addresses/items"]["get"]["parameters"]
    }

    assert {"bbox", "bbox-crs", "crs", "limit", "offset", "datetime", "filter", "filter-crs", "sortby"} <= names
    assert {"numer_porzadkowy", "ulica"} <= names
    assert "vendorSpecificParameters" not in names


def test_its_schemas_fit_what_is_served(document: dict[str, Any], client: FlaskClient) -> None:
    for path, name in {
        "/ogc": "landingPage",
        "/ogc/conformance": "confClasses",
        "/ogc/collections": "collections",
        "/ogc/collections/parcels": "collection",
        "/ogc/collections/parcels/items": "featureCollectionGeoJSON",
        "/ogc/collections/parcels/items/240802_1.0001.1": "featureGeoJSON",
        "/ogc/collections/parcels/schema": "jsonSchema",
        "/ogc/collections/parcels/tiles": "tileSets",
        "/ogc/collections/parcels/tiles/WebMercatorQuad": "tileSet",
        "/ogc/tileMatrixSets": "tileMatrixSets",
        "/ogc/tileMatrixSets/WebMercatorQuad": "tileMatrixSet",
        "/ogc/collections/nothing": "problem",
    }.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(client.get(path).json)
