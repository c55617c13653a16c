"""The OpenAPI 3.0 document: pygeoapi's, made self-contained, complete, and true of what is served."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from geo.feature import Collection
from geo.http import Offer
from geo.ogc import openapi_parameters as parameters
from geo.ogc import search, tiles
from geo.ogc.cql2.problems import MAX_BYTES
from geo.ogc.formats import table
from geo.ogc.items import GEOJSON
from geo.ogc.providers import Document
from geo.ogc.schemas import MEDIA_TYPE as SCHEMA
from geo.ogc.schemas import said
from geo.ogc.shell import Shell
from geo.texts import Text

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
VERSION = "1.0.0"
_COMMON = ("f", "lang")
_TILE = "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"


@dataclass(frozen=True, slots=True)
class _Operation:
    """A GET: what it is called, what it takes, what it gives."""

    name: str
    summary: Text
    schema: str
    media_type: str = "application/json"
    path_parameters: tuple[str, ...] = ()
    query_parameters: tuple[str, ...] = _COMMON


_SERVICE = {
    "/": _Operation("getLandingPage", Text("The landing page"), "landingPage"),
    "/openapi": _Operation("getOpenapi", Text("This description"), "openapi", MEDIA_TYPE),
    "/conformance": _Operation("getConformanceDeclaration", Text("What the service conforms to"), "confClasses"),
    "/collections": _Operation("getCollections", Text("All collections"), "collections"),
    "/tileMatrixSets": _Operation("getTileMatrixSets", Text("Tile grids"), "tileMatrixSets"),
    "/tileMatrixSets/{tileMatrixSetId}": _Operation(
        "getTileMatrixSet", Text("A tile grid"), "tileMatrixSet", path_parameters=("tileMatrixSetId",)
    ),
}
_TOWN_TILES = {
    "/tiles": _Operation("dataset.vector.getTileSetsList", Text("Tilesets of all layers"), "tileSets"),
    "/tiles/{tileMatrixSetId}": _Operation(
        "dataset.vector.getTileSet", Text("The tileset of all layers"), "tileSet", path_parameters=("tileMatrixSetId",)
    ),
}
_COLLECTION = {
    "": _Operation("describe", Text("The collection"), "collection"),
    "/items": _Operation("getFeatures", Text("Features"), "featureCollectionGeoJSON", GEOJSON),
    "/items/{featureId}": _Operation(
        "getFeature", Text("A feature"), "featureGeoJSON", GEOJSON, ("featureId",), ("crs", *_COMMON)
    ),
    "/schema": _Operation("getSchema", Text("Schema of the features"), "jsonSchema", SCHEMA),
    "/queryables": _Operation("getQueryables", Text("What items can be filtered by"), "jsonSchema", SCHEMA),
    "/sortables": _Operation("getSortables", Text("What items can be sorted by"), "jsonSchema", SCHEMA),
    "/tiles": _Operation("getTileSetsList", Text("Tilesets"), "tileSets"),
    "/tiles/{tileMatrixSetId}": _Operation(
        "getTileSet", Text("A tileset"), "tileSet", path_parameters=("tileMatrixSetId",)
    ),
}


def document(shell: Shell, language: str) -> Document:
    """The whole document, in a language; no reference leaves it."""
    made = deepcopy(shell.openapi[language])
    known = shell.catalog.collections
    made["openapi"] = "3.0.3"
    made["info"]["version"] = VERSION
    made["servers"] = [{"url": shell.base}]
    made["tags"] = [
        {"name": "server", "description": Text("The service").say(language)},
        *({"name": one.id, "description": said(one.title, language, one.id)} for one in known.values()),
    ]
    made["paths"] = {
        path: {"get": _get(operation, operation.name, "server", operation.summary.say(language))}
        for path, operation in (_SERVICE | _TOWN_TILES).items()
    }
    title = Text("All vector layers").say(language)
    made["paths"][_TILE] = {"get": _tile("dataset.vector", "server", tiles.VECTOR_OFFERS, title, language)}
    made["paths"][_TILE]["get"]["parameters"].append(parameters.reference("collections"))
    for collection in known.values():
        made["paths"].update(_of_collection(collection, language))
    made["components"] = {
        "parameters": parameters.components(language),
        "schemas": json.loads(Path(__file__).with_name("components.json").read_text(encoding="utf-8")),
        "responses": _problems(language),
    }
    return made


def _of_collection(collection: Collection, language: str) -> Document:
    home = f"/collections/{quote(collection.id, safe='')}"
    title = said(collection.title, language, collection.id)
    paths: Document = {}
    for path, operation in _COLLECTION.items():
        summary = f"{title}: {operation.summary.say(language)}"
        is_of_tiles = operation.name in {"getTileSetsList", "getTileSet"}
        name = f"{_tiles_of(collection)}.{operation.name}" if is_of_tiles else f"{operation.name}.{collection.id}"
        get = _get(operation, name, collection.id, summary)
        if path == "/items":
            get["parameters"] = parameters.of_items(collection, language)
            get["responses"]["200"]["content"].update(_files())
        paths[home + path] = {"get": get}
    paths[home + "/search"] = {"post": _search(collection, title, language)}
    paths[home + _TILE] = {
        "get": _tile(_tiles_of(collection), collection.id, tiles.offers(collection), title, language)
    }
    return paths


def _files() -> Document:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {one.offer.media_type: binary for one in table.ON_REQUEST}


def _tiles_of(collection: Collection) -> str:
    """How names of operations on a collection's tiles begin (OGC 20-057, table 11)."""
    return f"{collection.id}.collection.{'map' if collection.raster else 'vector'}"


def _get(operation: _Operation, name: str, tag: str, summary: str) -> Document:
    names = (*operation.path_parameters, *operation.query_parameters)
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": [parameters.reference(one) for one in names],
        "responses": {
            "200": {
                "description": summary,
                "content": {
                    operation.media_type: {"schema": {"$ref": f"#/components/schemas/{operation.schema}"}},
                    "text/html": {"schema": {"type": "string"}},
                },
            },
            **_failures(),
        },
    }


def _search(collection: Collection, title: str, language: str) -> Document:
    """Items by POST: the filter is the body, so the parameters are those of items without it."""
    in_body = [parameters.reference(name) for name in ("filter", "filter-lang")]
    of_items = parameters.of_items(collection, language)
    # A search has no files and no page, so another `f`.
    taken = [one for one in of_items if one not in in_body and one.get("name") != "f"]
    summary = f"{title}: {Text('Features by a filter in the body').say(language)}"
    bodies: Document = {
        **{one: {"schema": {"$ref": "#/components/schemas/cql2"}} for one in search.JSON_TYPES},
        **{one: {"schema": {"type": "string", "maxLength": MAX_BYTES}} for one in search.TEXT_TYPES},
    }
    answer = {"schema": {"$ref": "#/components/schemas/featureCollectionGeoJSON"}}
    return {
        "operationId": f"searchFeatures.{collection.id}",
        "tags": [collection.id],
        "summary": summary,
        "parameters": [*taken, parameters.format_of(["json"], language)],
        "requestBody": {"required": True, "content": bodies},
        "responses": {
            "200": {"description": summary, "content": {GEOJSON: answer}},
            **_failures(),
            **{status: {"$ref": f"#/components/responses/{name}"} for status, (name, _) in _BODY_FAILURES.items()},
        },
    }


def _tile(name: str, tag: str, offers: tuple[Offer, ...], title: str, language: str) -> Document:
    names = ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": f"{name}.getTile",
        "tags": [tag],
        "summary": f"{title}: {Text('A tile').say(language)}",
        "parameters": [
            *(parameters.reference(one) for one in names),
            parameters.format_of([offer.word for offer in offers], language),
        ],
        "responses": {
            "200": {"description": title, "content": {offer.media_type: binary for offer in offers}},
            **_failures(),
        },
    }


_FAILURES = {
    "400": ("InvalidParameter", Text("A parameter is wrong; it is named.")),
    "404": ("NotFound", Text("There is no such resource.")),
    "406": ("NotAcceptable", Text("The resource cannot be had in the form that Accept demands.")),
    "500": ("ServerError", Text("The server failed.")),
    "503": ("Unavailable", Text("The service is busy; try again in a moment.")),
}
_BODY_FAILURES = {
    "413": ("ContentTooLarge", Text("The filter is too large.")),
    "415": ("UnsupportedMediaType", Text("The body is not a filter in CQL2 JSON or text.")),
}


def _failures() -> Document:
    return {status: {"$ref": f"#/components/responses/{name}"} for status, (name, _) in _FAILURES.items()}


def _problems(language: str) -> Document:
    content = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}},
        "text/html": {"schema": {"type": "string"}},
    }
    return {
        name: {"description": text.say(language), "content": content}
        for name, text in (_FAILURES | _BODY_FAILURES).values()
    }
