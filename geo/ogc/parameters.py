"""The query string of items, strictly: what is not understood is said, never ignored."""

from __future__ import annotations

from collections.abc import Iterable

from geo.config_file import nearest
from geo.copy_text import is_storable
from geo.crs import CRS84, Crs
from geo.feature import FeatureType, Field
from geo.ogc import values
from geo.ogc.condition import Condition
from geo.ogc.cql2 import parse_json
from geo.ogc.cql2.parse import parse as parse_text
from geo.ogc.cql2.to_sql import to_sql
from geo.ogc.query import DEFAULT_LIMIT, ItemQuery, ItemsQuery, PropertyValue
from geo.ogc.wrong import quoted, wrong
from geo.texts import Text

FORMATS = ("json", "html")
FILTER_LANGUAGES = ("cql2-text", "cql2-json")
RESULT_TYPES = ("results", "hits")
ITEM_PARAMETERS = ("crs", "f", "lang")
ITEMS_PARAMETERS = (
    "limit",
    "offset",
    "after",
    "bbox",
    "bbox-crs",
    "datetime",
    "crs",
    "properties",
    "skipGeometry",
    "sortby",
    "filter",
    "filter-lang",
    "filter-crs",
    "resultType",
    "f",
    "lang",
)


_OF_ITEMS = frozenset(ITEMS_PARAMETERS)


def parse_items(pairs: Iterable[tuple[str, str]], feature_type: FeatureType) -> ItemsQuery:
    """What a request for items asks for; `pairs` are the decoded parameters in the order sent.

    What `f` and `lang` say is for `geo.http` to read.

    Raises:
        BadRequest: a parameter is unknown, stands twice, or cannot be understood; it is named.
    """
    sent = tuple(pairs)
    # Most ask for no property, and need none of their names.
    is_plain = _OF_ITEMS.issuperset([name for name, _ in sent])
    properties = () if is_plain else ("id", *(field.name for field in feature_type.fields))
    given = _given(sent, (*ITEMS_PARAMETERS, *properties))
    box_crs = _crs(given, "bbox-crs")
    filter_crs = _crs(given, "filter-crs")
    sortby = _sortby(given["sortby"], feature_type) if "sortby" in given else ()
    place = values.place(given["after"]) if "after" in given else None
    if sortby and place and "offset" in given:
        raise wrong("after", Text("It cannot stand together with '{other}'.", other="offset"))
    counted = values.count("offset", given["offset"]) if "offset" in given else 0
    return ItemsQuery(
        pairs=sent,
        limit=values.limit(given["limit"]) if "limit" in given else DEFAULT_LIMIT,
        offset=place.reached if sortby and place else counted,
        after=place.reached if place and not sortby else None,
        edition=place.edition if place else None,
        area=values.bbox(given["bbox"], box_crs) if "bbox" in given else None,
        period=values.period(given["datetime"]) if "datetime" in given else None,
        crs=_crs(given, "crs"),
        properties=_properties(given["properties"], feature_type) if "properties" in given else None,
        skip_geometry=values.boolean("skipGeometry", given.get("skipGeometry", "false")),
        sortby=sortby,
        filter=_filter(given, feature_type, filter_crs),
        where=() if is_plain else _where(given, feature_type),
        hits=values.choice("resultType", given.get("resultType", "results"), RESULT_TYPES) == "hits",
    )


def parse_item(pairs: Iterable[tuple[str, str]]) -> ItemQuery:
    """What a request for one feature asks for.

    Raises:
        BadRequest: a parameter is unknown, stands twice, or cannot be understood; it is named.
    """
    sent = tuple(pairs)
    given = _given(sent, ITEM_PARAMETERS)
    return ItemQuery(sent, _crs(given, "crs"))


def _given(pairs: tuple[tuple[str, str], ...], known: tuple[str, ...]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            hint = nearest(name, known)
            raise wrong(name, Text("{problem} {hint}", problem=Text("It is not known here."), hint=hint))
        if name in given:
            raise wrong(name, Text("It stands twice."))
        if not is_storable(value):
            raise wrong(name, Text("It holds a character that no text may hold."))
        given[name] = value
    return given


def _crs(given: dict[str, str], parameter: str) -> Crs:
    return values.crs(parameter, given[parameter]) if parameter in given else CRS84


def _properties(text: str, feature_type: FeatureType) -> tuple[str, ...]:
    known = [field.name for field in feature_type.fields]
    wanted = [name for name in text.split(",") if name]
    for name in wanted:
        if name not in known:
            raise _unknown_property("properties", name, known)
    return tuple(name for name in known if name in wanted)


def _sortby(text: str, feature_type: FeatureType) -> tuple[tuple[str, bool], ...]:
    known = [*(field.name for field in feature_type.fields), "id"]
    keys: dict[str, bool] = {}
    for key in text.split(","):
        # An unencoded plus arrives as a space.
        name = key[1:] if key[:1] in {"+", "-", " "} else key
        if name not in known:
            raise _unknown_property("sortby", name, known)
        keys.setdefault(name, key.startswith("-"))
    return tuple(keys.items())


def _unknown_property(parameter: str, name: str, known: Iterable[str]) -> Exception:
    problem = Text("There is no property '{name}' here.", name=quoted(name))
    return wrong(parameter, Text("{problem} {hint}", problem=problem, hint=nearest(name, known)))


def _filter(given: dict[str, str], feature_type: FeatureType, crs: Crs) -> Condition | None:
    language = values.choice("filter-lang", given.get("filter-lang", "cql2-text"), FILTER_LANGUAGES)
    if "filter" not in given:
        return None
    parse = parse_json.parse if language == "cql2-json" else parse_text
    return to_sql(parse(given["filter"]), feature_type, crs)


def _where(given: dict[str, str], feature_type: FeatureType) -> tuple[tuple[Field, PropertyValue], ...]:
    identifier = Field("id", "text", {})
    fields = [*feature_type.fields, *([] if feature_type.field("id") else [identifier])]
    return tuple(
        (field, values.property_value(field, given[field.name]))
        for field in fields
        if field.name in given and field.name not in ITEMS_PARAMETERS
    )
