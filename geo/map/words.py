"""Features in words: titles for fields, names for codes, dates and numbers as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from babel.dates import format_date
from babel.numbers import format_decimal

from geo.feature import Collection, Field
from geo.map.facts import Fact
from geo.registry import fill
from geo.texts import Text

# English as in Europe: the day before the month.
_LOCALES = {"pl": "pl_PL", "en": "en_GB"}
_UNITS = {"m2": "m²", "km2": "km²"}
# What the register needs to know itself by, and nobody else: kept for the OGC API.
_MACHINE_FIELDS = frozenset({"przestrzen_nazw", "wersja_id", "poczatek_wersji"})
_MACHINE_ENDING = "_id"

_KINDS = {
    "address": Text("address"),
    "street": Text("street"),
    "locality": Text("locality"),
    "parcel": Text("parcel"),
    "building": Text("building"),
    "district": Text("cadastral district"),
    "road": Text("road"),
    "place": Text("place"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of what is known."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Words:
    """A feature as a page or a screen reader says it."""

    layer: str
    layer_title: str
    id: str
    label: str
    rows: list[Row]
    # The feature itself for programs, and its page for people.
    link: str
    page: str
    # Degrees, WGS 84; None for what nobody has drawn.
    lng: float | None
    lat: float | None


def describe(fact: Fact, language: str) -> Words:
    """A feature in words of a language; what has no value, or repeats the name, is left out."""
    collection = fact.collection
    # A picture's file name is its maker's affair; people know the flight.
    name = collection.title[language] if collection.raster else label(collection, fact.fields) or fact.id
    rows = [
        Row(field.title[language], said)
        for field in collection.type.fields
        if field.name not in _MACHINE_FIELDS
        and not field.name.endswith(_MACHINE_ENDING)
        and (said := say(field, fact.fields.get(field.name), language))
        and said != name
    ]
    return Words(
        layer=collection.id,
        layer_title=Text("Orthophoto").say(language) if collection.raster else collection.title[language],
        id=fact.id,
        label=name,
        rows=rows,
        link=f"/ogc/collections/{collection.id}/items/{quote(fact.id, safe='')}",
        page=page(collection.id, fact.id),
        lng=None if fact.lng is None else round(fact.lng, 7),
        lat=None if fact.lat is None else round(fact.lat, 7),
    )


def page(layer: str, feature_id: str) -> str:
    """The address of a feature's page."""
    return f"/obiekt/{layer}/{quote(feature_id, safe='')}"


def label(collection: Collection, fields: Mapping[str, Any]) -> str:
    """A feature's name for people, from the registry's template."""
    return fill(collection.label, fields)


def kind(name: str, language: str) -> str:
    """What a hit of the gazetteer is: "address", "parcel"."""
    return _KINDS[name].say(language) if name in _KINDS else name


def say(field: Field, value: Any, language: str) -> str:
    """A value as people write it; empty when there is none. `value` is as JSON has it."""
    if value is None or value == "":
        return ""
    if str(value) in field.enum:
        return field.enum[str(value)][language]
    match field.type:
        case "boolean":
            return (Text("yes") if value else Text("no")).say(language)
        case "date" | "datetime":
            return day(datetime.fromisoformat(str(value)).date(), language)
        case "number" | "integer":
            unit = _UNITS.get(field.unit or "", field.unit or "")
            return f"{number(value, language)} {unit}".strip()
        case _:
            return str(value)


def day(when: date, language: str) -> str:
    """A day as people write it: 12 listopada 2026."""
    return format_date(when, format="long", locale=_LOCALES[language])


def number(value: float, language: str) -> str:
    """A number as people write it."""
    return str(format_decimal(value, locale=_LOCALES[language]))
