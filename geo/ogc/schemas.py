"""JSON Schemas of a collection: /schema, /queryables and /sortables (OGC 23-058, Features Part 3 and Part 5).

Draft 2020-12, as Part 5 demands. Geometries have no "type"; their "format" is one of Part 5's list. Editions hold a
parcel as Polygon and one with two parts as MultiPolygon, so lines and polygons say `…-or-multi…`: QGIS then
makes a Multi layer, into which both fit.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from geo.feature import Collection, Field, GeometryKind, Localised
from geo.texts import LANGUAGES, Text

# Any: JSON documents.
type Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE = "application/schema+json"
GEOMETRY_FORMATS: dict[GeometryKind, str] = {
    "point": "geometry-point",
    "line": "geometry-linestring-or-multilinestring",
    "polygon": "geometry-polygon-or-multipolygon",
    "any": "geometry-any",
}
# Units as UCUM writes them, where it writes them otherwise.
UCUM = {"ha": "har"}
TYPES: dict[str, Schema] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number", "format": "double"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def schema(collection: Collection, language: str, base: str) -> Schema:
    """What the features hold: identifier, geometry and every field, with what is required of them."""
    kind = collection.type
    document = _document(collection, "schema", language, base, _properties(collection, language))
    required = [field.name for field in kind.fields if field.required]
    document["required"] = ["id", *(["geometry"] if kind.geometry_required else []), *required]
    return document


def queryables(collection: Collection, language: str, base: str) -> Schema:
    """What a filter may name. Nothing else may be: `additionalProperties` is false."""
    return _document(collection, "queryables", language, base, _properties(collection, language))


def sortables(collection: Collection, language: str, base: str) -> Schema:
    """What `sortby` may name: everything with an order, so not the geometry."""
    properties = _properties(collection, language)
    del properties["geometry"]
    return _document(collection, "sortables", language, base, properties)


def said(texts: Localised, language: str, otherwise: str = "") -> str:
    """The text in a language, else in the other, else a name."""
    return next((texts[one] for one in (language, *LANGUAGES) if texts.get(one)), otherwise)


def _document(collection: Collection, name: str, language: str, base: str, properties: Schema) -> Schema:
    return {
        "$schema": DRAFT,
        "$id": f"{base}/collections/{quote(collection.id, safe='')}/{name}",
        "type": "object",
        "title": said(collection.title, language, collection.id),
        "description": said(collection.description, language),
        "properties": properties,
        "additionalProperties": False,
    }


def _properties(collection: Collection, language: str) -> Schema:
    kind = collection.type
    own_names = {field.name for field in kind.fields}
    properties: Schema = {}
    if "id" not in own_names:
        identifier = Text("Identifier").say(language)
        properties["id"] = {"title": identifier, "type": "string", "readOnly": True, "x-ogc-role": "id"}
    properties["geometry"] = {
        "title": Text("Geometry").say(language),
        "format": GEOMETRY_FORMATS[kind.geometry],
        "x-ogc-role": "primary-geometry",
    }
    for field in kind.fields:
        properties[field.name] = _field(field, language, is_time=field.name == kind.time_field)
    for position, entry in enumerate(properties.values(), start=1):
        entry["x-ogc-propertySeq"] = position
    return properties


def _field(field: Field, language: str, *, is_time: bool) -> Schema:
    entry: Schema = {"title": said(field.title, language, field.name), **TYPES[field.type]}
    if field.enum:
        entry["oneOf"] = [
            {"const": _constant(field, value), "title": said(title, language, value)}
            for value, title in field.enum.items()
        ]
    if field.unit and field.type != "text":
        entry["x-ogc-unit"] = UCUM.get(field.unit, field.unit)
    role = field.role or ("primary-instant" if is_time else None)
    if role:
        entry["x-ogc-role"] = role
    return entry


def _constant(field: Field, value: str) -> str | int | float:
    """The registry writes every value as a text; the schema has them as the field's type."""
    if field.type == "integer":
        return int(value)
    return float(value) if field.type == "number" else value
