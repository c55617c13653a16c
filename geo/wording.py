"""Features in words: a heading for each, names for codes, dates and numbers as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from geo.feature import Collection, Field
from geo.templates import fields_of, fill
from geo.texts import Text

# English as in Europe: the day before the month.
_LOCALES = {"pl": "pl_PL", "en": "en_GB"}
# Nine decimals, where binary fractions begin to show.
_EXACT = "#,##0.#########"
# "RIVb 0.0489; B 0.03": what stands alone; a mark or an identifier holds no such figure.
_FIGURES = re.compile(r"(?<![^ ;])\d+\.\d+(?![^ ;])", re.ASCII)
_POLAND = ZoneInfo("Europe/Warsaw")
_UNITS = {"m2": "m²", "km2": "km²"}
# So many names of layers still fit into a line.
_FEW = 2


@dataclass(frozen=True, slots=True)
class Notice:
    """What must be known before anything else of what a page shows: that it is invented."""

    sentence: str
    # Some of it is real.
    partly: bool = False
    # The titles of the invented layers, where they are too many for the sentence.
    layers: tuple[str, ...] = ()


def label(collection: Collection, fields: Mapping[str, Any]) -> str:
    """A feature's name as its register knows it, from the registry's template; empty when nothing fills it."""
    return fill(collection.label, fields)


def heading(collection: Collection, fields: Mapping[str, Any], language: str) -> str:
    """What stands above a feature, in words of a language: codes are said, units stay away; empty when unknown."""
    # A picture's file name is its maker's affair; people know the flight.
    if collection.raster:
        return collection.title[language]
    template = collection.heading.get(language, "")
    if not template:
        return label(collection, fields)
    known = {field.name: field for field in collection.type.fields}
    said = {name: say(known[name], value, language) for name, value in fields.items() if name in known}
    # "obręb {obreb}" says nothing where the value is missing.
    clauses = [
        clause
        for clause in template.split(", ")
        if not (names := fields_of(clause)) or any(said.get(name) for name in names)
    ]
    words = fill(", ".join(clauses), said)
    return words[:1].upper() + words[1:]


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
            return _measured(str(value), field.unit, language)


def _measured(text: str, unit: str | None, language: str) -> str:
    """A text whose figures have a unit, written as numbers; any other as it is."""
    return _FIGURES.sub(lambda found: f"{number(Decimal(found[0]), language)} {unit}", text) if unit else text


def day(when: date, language: str) -> str:
    """A day as people write it: 12 listopada 2026."""
    return format_date(when, format="long", locale=_LOCALES[language])


def moment(when: datetime, language: str) -> str:
    """A moment as people in Poland write it: 24 listopada 2026, 04:50."""
    local = when.astimezone(_POLAND)
    return f"{day(local.date(), language)}, {local:%H:%M}"


def dated(shown: Iterable[Collection], language: str) -> str:
    """How old the layers among these collections are: one day, or the span from the oldest to the newest.

    Of layers whose date is not known it says when they were published, in words that say so. Empty without any.
    Flights say their year themselves; an old photograph makes no register old.
    """
    layers = [collection for collection in shown if not collection.raster]
    known = [layer.data_date for layer in layers if layer.data_date is not None]
    published = [layer.published_at.date() for layer in layers if layer.data_date is None]
    sentences: list[Text] = []
    if known:
        oldest, newest = day(min(known), language), day(max(known), language)
        sentences.append(
            Text("Data as of {day}.", day=newest)
            if oldest == newest
            else Text("Data from {oldest} to {newest}; each layer has a date of its own.", oldest=oldest, newest=newest)
        )
    # The day of publication says nothing of how old the data is.
    if published:
        first, last = day(min(published), language), day(max(published), language)
        if known:
            sentences.append(Text("Layers whose date is not known were published by {day}.", day=last))
        elif first == last:
            sentences.append(Text("Published on {day}.", day=last))
        else:
            sentences.append(Text("Published from {oldest} to {newest}.", oldest=first, newest=last))
    return " ".join(sentence.say(language) for sentence in sentences)


def provenance(collection: Collection, language: str) -> str:
    """Source and age of one collection: the day of its data when that is known, else the day of publication."""
    source = collection.attribution[language]
    if collection.data_date is not None:
        text = Text("Source: {source}, as of {day}.", source=source, day=day(collection.data_date, language))
    else:
        published = day(collection.published_at.date(), language)
        text = Text("Source: {source}, published on {day}.", source=source, day=published)
    return text.say(language)


def number(value: float | Decimal, language: str) -> str:
    """A number as people write it, with every decimal that it has: 0,0615 ha is not 0,062 ha."""
    return str(format_decimal(value, _EXACT, _LOCALES[language]))


def size(length: int, language: str) -> str:
    """A file's size as people write it: 12,3 MB."""
    for unit, bytes_of in (("GB", 10**9), ("MB", 10**6)):
        if length >= bytes_of:
            return f"{number(round(length / bytes_of, 1), language)} {unit}"
    return f"{number(-(-length // 1000), language)} kB"


def invented(shown: Iterable[Collection], language: str) -> Notice | None:
    """What must be said above these collections: that all or some of it is invented; None when nothing is."""
    collections = list(shown)
    made_up = [collection.title[language] for collection in collections if collection.synthetic]
    if not made_up:
        return None
    if len(collections) == 1:
        return Notice(Text("This data is invented; no such place exists.").say(language))
    if len(made_up) == len(collections):
        return Notice(Text("The town is invented: its streets, parcels and buildings do not exist.").say(language))
    if len(made_up) <= _FEW:
        text = Text("Invented here: {layers}. The other layers are real.", layers=", ".join(made_up))
        return Notice(text.say(language), partly=True)
    counted = Text("Invented layers: {part} of {all}. The others are real.", part=len(made_up), all=len(collections))
    return Notice(counted.say(language), partly=True, layers=tuple(made_up))
