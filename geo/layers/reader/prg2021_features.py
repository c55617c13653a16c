"""The features of a PRG 2021 file as the parser finds them: texts by name, a point, links to be followed later."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from geo.layers.model import RawFeature
from geo.layers.reader.links import Links, Locality, Street
from geo.layers.reader.register import child, place
from geo.layers.reader.xml_shapes import GML_ID, Slots
from geo.layers.reader.xml_stream import TOLD_EACH, XLINK_HREF, Element, gml_id, line_of, local_name

ADDRESS, STREET, LOCALITY = "AD_PunktAdresowy", "AD_UlicaPlac", "AD_Miejscowosc"
LINKS = frozenset({"miejscowosc", "ulica2", "miejsce"})
HOLDERS = frozenset({"georeferencja", "geometria"})
SRS = "srsName"
_VERSION = ("lokalnyId", "przestrzenNazw", "wersjaId", "poczatekWersjiObiektu", "koniecWersjiObiektu")
SLOTS = {
    ADDRESS: Slots((*_VERSION, "numerPorzadkowy", "kodPocztowy", "dataNadania"), ("miejscowosc", "ulica2")),
    STREET: Slots((*_VERSION, "nazwaPelna", "TERYTNazwa1", "TERYTNazwa2", "rodzaj", "identyfikatorULIC"), ("miejsce",)),
    LOCALITY: Slots(
        (*_VERSION, "nazwa", "nazwaJezykMniejszosci", "rodzaj", "identyfikatorSIMC", "identyfikatorPRNG", "TERYTGminy"),
        (),
    ),
}
# The columns of a class: its gml:id, its texts, its links; then the srsName and the coordinates of a plain point, or of
# a plain line as they are written.
COLUMNS = {cls: (GML_ID, *slots.texts, *slots.links, SRS, "x", "y", "line") for cls, slots in SLOTS.items()}

type Row = tuple[str | float | None, ...]


class Rows(NamedTuple):
    """Features of one class in the order of the file, as columns of one length."""

    cls: str
    numbers: list[int]  # ordinals in the file, from 1
    lines: list[int | None]
    columns: list[list[Any]]  # COLUMNS[cls]: texts without blanks around them, None for empty ones; coordinates
    others: dict[int, RawFeature]  # by position: who carries a geometry that is no plain point, and what was said of it


class Parsed(NamedTuple):
    """What the parser found of one feature."""

    cls: str
    line: int | None
    row: Row
    other: RawFeature | None
    values: dict[str, str]


@dataclass(slots=True)
class Growing:
    """Rows that are being gathered."""

    numbers: list[int] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    others: dict[int, RawFeature] = field(default_factory=dict)

    def add(self, number: int, found: Parsed) -> None:
        """One more, from the parser."""
        if found.other is not None:
            self.others[len(self.rows)] = found.other
        self.numbers.append(number)
        self.lines.append(found.line)
        self.rows.append(found.row)

    def done(self, cls: str) -> Rows:
        """As columns, their values as the parser would have made them."""
        key, *values, srs, x, y, line = map(list, zip(*self.rows, strict=True))
        count = len(SLOTS[cls].texts)
        columns = [
            key,
            *(
                _filled([*map(str.strip, column)] if None not in column else _stripped(column))
                for column in values[:count]
            ),
            *(_filled(column) for column in values[count:]),
            srs,
            *([None if value is None else float(value) for value in column] for column in (x, y)),
            line,
        ]
        return Rows(cls, self.numbers, self.lines, columns, self.others)


def _stripped(column: list[Any]) -> list[Any]:
    if None in column:
        return [value and value.strip() for value in column]
    return list(map(str.strip, column))


def _filled(column: list[Any]) -> list[Any]:
    """With None for empty texts."""
    return [value or None for value in column] if "" in column else column


class Gathering:
    """What is learnt of a file besides its rows."""

    def __init__(self, kinds: dict[str, str], progress: Callable[[int], None]) -> None:
        self.kinds = kinds
        self.progress = progress
        self.links = Links()
        self.tally: Counter[str] = Counter()

    def told(self, before: int, now: int) -> None:
        """Say how far the reading is, each time that it has come another 5000 features."""
        for number in range(before // TOLD_EACH + 1, now // TOLD_EACH + 1):
            self.progress(number * TOLD_EACH)

    def parsed(self, element: Element, number: int, line: int) -> Parsed:
        """A feature as the parser found it, in a text that begins in a line, from 0; its links are learnt."""
        cls = local_name(element.tag)
        own = line_of(element)
        at = None if own is None else own + line
        if cls not in self.kinds:
            return Parsed(cls, at, (), None, {})
        values, points = _flat(element)
        key = values[GML_ID] = gml_id(element) or ""
        if cls == LOCALITY:
            _learn_locality(self.links, key, values, element)
        elif cls == STREET:
            _learn_street(self.links, key, values)
        point = _plain_point(points)
        name = name_of(values.get("lokalnyId"), key, number)
        other = (
            None if point else _placed(RawFeature(self.kinds[cls], number, name, {}, None, None, own), element, line)
        )
        slots = SLOTS[cls]
        texts = (values.get(name) or None for name in (*slots.texts, *slots.links))
        srs = values.get(SRS) if point else None
        return Parsed(cls, at, (key, *texts, srs, *(point or (None, None)), None), other, values)


def name_of(local: str | None, key: str, number: int) -> str:
    """How a person finds a feature in the file."""
    return local or key or f"#{number}"


def _learn_street(links: Links, key: str, values: dict[str, str]) -> None:
    names = ("nazwaPelna", "identyfikatorULIC", "rodzaj", "miejsce")
    links.streets.add(key, Street(*(values.get(name) for name in names)))


def _learn_locality(links: Links, key: str, values: dict[str, str], element: Element) -> None:
    links.localities.add(key, Locality(values.get("nazwa"), values.get("identyfikatorSIMC"), values.get("TERYTGminy")))
    for node in element:
        if local_name(node.tag) == "ulica1" and (link := node.get(XLINK_HREF)):
            links.locality_of.setdefault(link.removeprefix("#"), key)


def _flat(element: Element) -> tuple[dict[str, str], list[Element]]:
    """The texts below a feature by local name, of links the gml:id, of a point its srsName; and the points.

    One walk over everything, because the names are unique within a feature.
    """
    found: dict[str, str] = {}
    points: list[Element] = []
    for node in element.iter():
        name = local_name(node.tag)
        if name in LINKS:
            found[name] = (node.get(XLINK_HREF) or "").removeprefix("#")
        elif name == "Point":
            found[SRS] = node.get("srsName") or ""
            points.append(node)
        elif (text := node.text) and (text := text.strip()):
            found[name] = text
    return found, points


def _plain_point(points: list[Element]) -> tuple[float, float] | None:
    """The coordinates of a feature's geometry when it is one point with one pos; None for whatever else it is."""
    if len(points) != 1 or len(points[0]) != 1:
        return None
    point, pos = points[0], points[0][0]
    holder = point.getparent()
    # Not the point of a MultiPoint, which names the CRS above it; nor a pos that names it below.
    if holder is None or local_name(holder.tag) not in HOLDERS or pos.get("srsName") or local_name(pos.tag) != "pos":
        return None
    text = pos.text or ""
    parts = text.split()
    try:
        found = (float(parts[0]), float(parts[1])) if len(parts) == 2 and "_" not in text else None
    except ValueError:
        return None  # the general reader says what is wrong
    return found if found and math.isfinite(found[0]) and math.isfinite(found[1]) else None


def _placed(carrier: RawFeature, element: Element, line: int) -> RawFeature:
    """What the general reader makes of a geometry; its findings name lines of the file."""
    place(carrier, child(element, HOLDERS))
    carrier.findings = [replace(one, line=one.line and one.line + line) for one in carrier.findings]
    return carrier
