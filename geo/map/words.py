"""Features as a page or a screen reader says them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from geo import wording
from geo.gazetteer import Found
from geo.map.facts import Fact
from geo.texts import Text

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

# What to try when nothing is found, by what the query held.
_ADVICE = {
    "names": Text("Nothing was found. Check the spelling."),
    "numbers": Text("Nothing has this number. Check it, or choose the place on the map."),
    "both": Text("Nothing was found. Check the spelling, or leave out the number."),
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
    # The feature itself for programs, and its page for people: paths on this host, from its root.
    link: str
    page: str
    # Degrees, WGS 84; None for what nobody has drawn.
    lng: float | None
    lat: float | None
    # Whether the data is invented, for demonstration.
    synthetic: bool


def describe(fact: Fact, language: str, root: str) -> Words:
    """A feature in words of a language; what has no value, or repeats the name, is left out.

    `root` is the path under which the reader reaches us, such as `` or `/geo`.
    """
    collection = fact.collection
    name = wording.heading(collection, fact.fields, language) or fact.id
    rows = [
        Row(field.title[language], said)
        for field in collection.type.fields
        if field.name not in _MACHINE_FIELDS
        and not field.name.endswith(_MACHINE_ENDING)
        and (said := wording.say(field, fact.fields.get(field.name), language))
        and said != name
    ]
    return Words(
        layer=collection.id,
        layer_title=_picture(fact, language) if collection.raster else collection.title[language],
        id=fact.id,
        label=name,
        rows=rows,
        link=f"{root}/ogc/collections/{collection.id}/items/{quote(fact.id, safe='')}",
        page=page(collection.id, fact.id, root),
        lng=None if fact.lng is None else round(fact.lng, 7),
        lat=None if fact.lat is None else round(fact.lat, 7),
        synthetic=collection.synthetic,
    )


def _picture(fact: Fact, language: str) -> str:
    """What a picture is: when it was taken and how fine it is, as far as that is known."""
    known = {field.name: field for field in fact.collection.type.fields}
    flown, pixel = (wording.say(known[name], fact.fields.get(name), language) for name in ("data_nalotu", "piksel_m"))
    parts = [Text("Orthophoto").say(language), flown]
    if pixel:
        parts.append(Text("pixel {size}", size=pixel).say(language))
    return ", ".join(part for part in parts if part)


def page(layer: str, feature_id: str, root: str) -> str:
    """The address of a feature's page."""
    return f"{root}/obiekt/{layer}/{quote(feature_id, safe='')}"


def kind(name: str, language: str) -> str:
    """What a hit of the gazetteer is: "address", "parcel"."""
    return _KINDS[name].say(language) if name in _KINDS else name


def note(found: Found, language: str) -> str | None:
    """What must be said of a search's hits; None when they speak for themselves."""
    if found.asked == "nothing":
        return Text("Write a name, a number or a postcode.").say(language)
    if not found.hits:
        return _ADVICE[found.asked].say(language)
    if found.missing is None:
        return None
    if found.instead == "begun":
        return Text("There is no number {number} here; these numbers begin with it.", number=found.missing).say(
            language
        )
    place = found.hits[0]
    if found.instead == "nearest" and place.kind in {"street", "locality"}:
        text = Text("{place} has no number {number}; here are the nearest.", place=place.label, number=found.missing)
        return text.say(language)
    return Text("Nothing has the number {number}; this was found without it.", number=found.missing).say(language)
