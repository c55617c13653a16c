"""The parameters of the service as OpenAPI components: each with style, explode, required, bounds and default.

The conformance suites read all of them; QGIS takes its page size from `limit` here and nowhere else.
"""

from __future__ import annotations

from geo.crs import CRS84, SERVED
from geo.feature import Collection, Field
from geo.ogc.formats import table
from geo.ogc.parameters import FILTER_LANGUAGES, FORMATS, ITEMS_PARAMETERS, RESULT_TYPES
from geo.ogc.providers import JSON_TYPES, Document
from geo.ogc.query import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from geo.ogc.schemas import said
from geo.ogc.tiles import MATRIX_SET
from geo.texts import LANGUAGES, Text

_CRS = {"type": "string", "format": "uri", "enum": [crs.uri for crs in SERVED], "default": CRS84.uri}
_NAMES = {"type": "array", "items": {"type": "string"}}
_COUNT = {"type": "integer", "minimum": 0}

_QUERY: dict[str, tuple[Text, Document]] = {
    "f": (Text("The form of the answer."), {"type": "string", "enum": list(FORMATS), "default": "json"}),
    "lang": (
        Text("The language of the answer; without it Accept-Language decides."),
        {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
    ),
    "limit": (
        Text("How many features at most."),
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    "offset": (
        Text("How many features to pass over first."),
        {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
    ),
    "after": (
        Text("Where the page before ended; take it from the link `next`."),
        {"type": "string", "pattern": "^[0-9]{1,9}[.][0-9]{1,18}$"},
    ),
    "bbox": (
        Text("Only features that meet this box; axes in the order of `bbox-crs`."),
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
    ),
    "bbox-crs": (Text("The coordinate reference system of `bbox`."), _CRS),
    "datetime": (
        Text("Only features of this day, moment or period, such as `2024-05-01`, `2024-01-01/..`."),
        {"type": "string"},
    ),
    "crs": (Text("The coordinate reference system of the answer; axes in its authority's order."), _CRS),
    "properties": (Text("Only these properties, separated by commas."), _NAMES),
    "skipGeometry": (Text("Leave the geometries out."), {"type": "boolean", "default": False}),
    "sortby": (Text("Properties to sort by, separated by commas; `-` before a name sorts downward."), _NAMES),
    "filter": (Text("A filter in CQL2."), {"type": "string"}),
    "filter-lang": (
        Text("The language of `filter`."),
        {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]},
    ),
    "filter-crs": (Text("The coordinate reference system of the geometries in `filter`."), _CRS),
    "collections": (Text("Only these collections, separated by commas."), _NAMES),
    "resultType": (
        Text("`hits` gives only the count."),
        {"type": "string", "enum": list(RESULT_TYPES), "default": RESULT_TYPES[0]},
    ),
}
_PATH: dict[str, tuple[Text, Document]] = {
    "featureId": (Text("The identifier of a feature, percent-encoded."), {"type": "string"}),
    "tileMatrixSetId": (Text("The grid of the tiles."), {"type": "string", "enum": [MATRIX_SET]}),
    "tileMatrix": (Text("The zoom."), {"type": "string"}),
    "tileRow": (Text("The row, from the north, from 0."), _COUNT),
    "tileCol": (Text("The column, from the west, from 0."), _COUNT),
}


def components(language: str) -> Document:
    """Every parameter by its name."""
    query = {
        name: {**_entry(name, "query", schema), "description": text.say(language)}
        for name, (text, schema) in _QUERY.items()
    }
    path = {
        name: {
            "name": name,
            "in": "path",
            "required": True,
            "style": "simple",
            "explode": False,
            "description": text.say(language),
            "schema": schema,
        }
        for name, (text, schema) in _PATH.items()
    }
    return {**query, **path}


def of_items(collection: Collection, language: str) -> list[Document]:
    """The parameters of a collection's items: the shared ones and one for each property."""
    # `datetime` too where there is no time: every collection takes it (OGC 17-069r4, req/core/fc-time-definition).
    others = [name for name in ITEMS_PARAMETERS if name != "f"]
    words = [*FORMATS, *(one.word for one in table.ON_REQUEST)]
    shared = [*map(reference, others), format_of(words, language)]
    return [*shared, *(_of_field(field, language) for field in collection.type.fields if _is_free(field))]


def format_of(words: list[str], language: str) -> Document:
    """The `f` of an answer that comes in these forms."""
    schema = {"type": "string", "enum": words, "default": words[0]}
    return {**_entry("f", "query", schema), "description": _QUERY["f"][0].say(language)}


def reference(name: str) -> Document:
    """A parameter that stands in the components."""
    return {"$ref": f"#/components/parameters/{name}"}


def _is_free(field: Field) -> bool:
    """A field that is called like a parameter can be asked for by `filter` only."""
    return field.name not in ITEMS_PARAMETERS


def _of_field(field: Field, language: str) -> Document:
    schema: Document = dict(JSON_TYPES[field.type])
    if field.enum and field.type == "text":
        schema["enum"] = list(field.enum)
    return {**_entry(field.name, "query", schema), "description": said(field.title, language, field.name)}


def _entry(name: str, place: str, schema: Document) -> Document:
    return {"name": name, "in": place, "required": False, "style": "form", "explode": False, "schema": schema}
