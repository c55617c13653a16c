"""The service's pages for people: what stands in the documents, in words, without script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from flask import Request

from geo import http, wording
from geo.feature import Collection, Field, FieldType
from geo.ogc import items, schemas, tiles
from geo.ogc.formats import table
from geo.ogc.providers import Document
from geo.ogc.shell import Shell
from geo.settings import Settings
from geo.texts import Text
from geo.wording import Notice

TEMPLATES = Path(__file__).parent / "templates"

TYPES: dict[FieldType, Text] = {
    "text": Text("text"),
    "integer": Text("whole number"),
    "number": Text("number"),
    "boolean": Text("yes or no"),
    "date": Text("date"),
    "datetime": Text("date and time"),
}

type Crumb = tuple[str, str]  # what it says, and the path under the service


def page(
    template: str,
    request: Request,
    settings: Settings,
    shell: Shell,
    language: str,
    collection: Collection | None = None,
    # Any: what the template asks for.
    **values: Any,
) -> str:
    """A page; `collection` is the one that it belongs to, if any. Templates also get what `values` holds."""
    return http.pages.render(
        template,
        request,
        settings,
        language,
        folders=[TEMPLATES],
        shell=shell,
        dated=_dated(shell, collection, language),
        notice=_invented(shell, collection, request, language),
        collection=collection,
        collections=list(shell.catalog.collections.values()),
        crumbs=_crumbs(request, collection, language),
        href=lambda path, **query: _href(request, shell.root, path, query),
        stays=_without_host,
        said=lambda texts: schemas.said(texts, language),
        day=lambda value: wording.day(value, language),
        number=lambda value: wording.number(value, language),
        size=lambda length: wording.size(length, language),
        kind=lambda field: TYPES[field.type].say(language),
        path_id=lambda feature_id: quote(str(feature_id), safe=""),
        matrix_set=tiles.MATRIX_SET,
        wmts=shell.root + tiles.WMTS,
        **values,
    )


def of_items(answer: items.Document, collection: Collection, language: str) -> dict[str, Any]:
    """What the page of items shows: rows of words, and the pages before and after."""
    document = json.loads(answer.body)
    links = {link["rel"]: link["href"] for link in document["links"]}
    forms = {link["type"]: link["href"] for link in document["links"] if link["rel"] in {"self", "alternate"}}
    rows = [
        {
            "id": feature["id"],
            "label": heading(collection, feature, language),
            "values": [
                shown(field, feature["properties"].get(field.name), language) for field in _fields(document, collection)
            ],
        }
        for feature in document["features"]
    ]
    return {
        "document": document,
        "fields": _fields(document, collection),
        "rows": rows,
        "next": links.get("next"),
        "prev": links.get("prev"),
        "json": _as_json(links["self"]),
        "files": [(one, forms[one.offer.media_type]) for one in table.ON_REQUEST if one.offer.media_type in forms],
    }


def _as_json(address: str) -> str:
    """The address of a page of items, of the same features as GeoJSON."""
    parts = urlsplit(address)
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "f"]
    return parts._replace(query=urlencode([*pairs, ("f", "json")], quote_via=quote)).geturl()


def of_item(answer: items.Document, collection: Collection, language: str) -> dict[str, Any]:
    """What the page of one feature shows."""
    feature = json.loads(answer.body)
    return {
        "feature": feature,
        "label": heading(collection, feature, language),
        "rows": [
            (field, shown(field, feature["properties"].get(field.name), language)) for field in collection.type.fields
        ],
        "geometry": geometry_words(feature["geometry"], language),
        "map": f"#f={collection.id}/{quote(str(feature['id']), safe='')}",
    }


def map_of(collection: Collection) -> str:
    """The map at this collection, as the fragment of its address."""
    if collection.extent is None:
        return ""
    west, south, east, north = collection.extent
    zoom = min(max(collection.tiles.min_zoom, 13), collection.tiles.max_zoom)
    place = f"#map={zoom}/{(south + north) / 2:.5f}/{(west + east) / 2:.5f}"
    return f"{place}&{'ortho' if collection.raster else 'layers'}={collection.id}"


def heading(collection: Collection, feature: Mapping[str, Any], language: str) -> str:
    """What stands above a feature, else its identifier. Files of one flight are told apart by their names."""
    fields = feature["properties"]
    words = wording.heading(collection, fields, language) or str(feature["id"])
    return f"{words}: {wording.label(collection, fields) or feature['id']}" if collection.raster else words


def shown(field: Field, value: object, language: str) -> str:
    """A value in words, a code after its title; a dash for none."""
    said = wording.say(field, value, language) or "–"
    return f"{said} ({value})" if str(value) in field.enum else said


def geometry_words(geometry: Mapping[str, Any] | None, language: str) -> str:
    """What a GeoJSON geometry is, in words: a multi-geometry by its parts, a dash for none."""
    if geometry is None:
        return "–"
    name = geometry["type"]
    # Lines and polygons are stored as multi-geometries; of one part they are what people see.
    parts = len(geometry["coordinates"]) if name.startswith("Multi") else 1
    match name.removeprefix("Multi"):
        case "Point":
            return Text("point", "{n} points", n=parts).say(language)
        case "LineString":
            return Text("line", "{n} lines", n=parts).say(language)
        case "Polygon":
            return Text("polygon", "{n} polygons", n=parts).say(language)
    return Text("collection of geometries").say(language)


def _fields(document: Document, collection: Collection) -> list[Field]:
    """The columns: those that the answer carries."""
    if not document["features"]:
        return []
    carried = document["features"][0]["properties"]
    return [field for field in collection.type.fields if field.name in carried]


def _crumbs(request: Request, collection: Collection | None, language: str) -> list[Crumb]:
    crumbs = [(Text("Map").say(language), "/"), (Text("OGC API").say(language), "/ogc")]
    if request.path.startswith("/ogc/collections"):
        crumbs.append((Text("Collections").say(language), "/ogc/collections"))
    if collection is not None:
        home = f"/ogc/collections/{collection.id}"
        crumbs.append((schemas.said(collection.title, language, collection.id), home))
        if request.path.startswith(f"{home}/items/"):
            crumbs.append((Text("Features").say(language), f"{home}/items"))
        if request.path.startswith(f"{home}/tiles/"):
            crumbs.append((Text("Tiles").say(language), f"{home}/tiles"))
    return crumbs


def _href(request: Request, root: str, path: str, query: Mapping[str, str]) -> str:
    """An address on this host; the language that the reader chose stays."""
    pairs = dict(query)
    if "lang" in request.args:
        pairs["lang"] = request.args["lang"]
    path, hash_sign, fragment = path.partition("#")
    return urlsplit(root).path + path + (f"?{urlencode(pairs)}" if pairs else "") + hash_sign + fragment


def _without_host(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(scheme="", netloc="").geturl()


def _dated(shell: Shell, collection: Collection | None, language: str) -> str:
    """Source and date of what the page shows."""
    published = shell.catalog.collections.values()
    if collection is not None:
        return wording.provenance(collection, language)
    newest = max((known.published_at.date() for known in published), default=None)
    if newest is None:
        return ""
    text = Text("Data published last on {day}; each collection names its source.", day=wording.day(newest, language))
    return text.say(language)


def _invented(shell: Shell, collection: Collection | None, request: Request, language: str) -> Notice | None:
    """What is invented of what the page shows; pages on the service itself show no data."""
    if collection is not None:
        return wording.invented([collection], language)
    lists = request.path.rstrip("/") in {"/ogc", "/ogc/collections"}
    return wording.invented(shell.catalog.collections.values(), language) if lists else None
