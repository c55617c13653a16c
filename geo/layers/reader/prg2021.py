"""PRG addresses, model of 2021 (`prgad`): two passes, dictionaries first, then every feature.

Kinds `prg.address`, `prg.street`, `prg.locality`. Points name their locality and street only by links to
gml:ids, which may stand anywhere in the file. A voivodeship has millions of points but some ten thousand
localities and streets, so those alone are kept in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import shapely

from geo.layers.model import RawFeature, RawValue
from geo.layers.reader.links import Links, Locality, Street
from geo.layers.reader.register import Notes, child, count_members, dated, place, versioned
from geo.layers.reader.source import AxisRule, Source
from geo.layers.reader.xml_stream import XLINK_HREF, Element, features, gml_id, line_of, local_name
from geo.texts import Text

KINDS = {"AD_PunktAdresowy": "prg.address", "AD_UlicaPlac": "prg.street", "AD_Miejscowosc": "prg.locality"}
LINKS = frozenset({"miejscowosc", "ulica2", "miejsce"})
START = "poczatekWersjiObiektu"
# Points made at once: shapely.points takes 0.1 us each, shapely.Point 4 us.
BATCH = 1000


def open_prg2021(path: Path, file: str, *, synthetic: bool) -> Source:
    """Read the dictionaries of a file (the first pass, which also finds whether it is whole).

    Raises:
        Unreadable: not well-formed or cut off.
    """
    links = Links()
    tally: Counter[str] = Counter()
    for element in features(path, file):
        name = local_name(element.tag)
        tally[name] += 1
        if name == "AD_Miejscowosc":
            _learn_locality(links, element)
        elif name == "AD_UlicaPlac":
            _learn_street(links, element)

    def read(kinds: frozenset[str], closed: Counter[str]) -> Iterator[RawFeature]:
        return _read(path, file, links, kinds, closed)

    counts, findings = count_members(tally, KINDS)
    return Source(
        file=file,
        format="PRG 2021 (prgad)",
        kinds=frozenset(KINDS.values()),
        axis_rule=AxisRule.XY,  # the model writes `EPSG:2180`, easting first
        read=read,
        synthetic=synthetic,
        counts=counts,
        findings=findings,
    )


def _learn_locality(links: Links, element: Element) -> None:
    key, values = gml_id(element) or "", _flat(element)
    links.localities.add(key, Locality(values.get("nazwa"), values.get("identyfikatorSIMC"), values.get("TERYTGminy")))
    for node in element:
        if local_name(node.tag) == "ulica1" and (link := node.get(XLINK_HREF)):
            links.locality_of.setdefault(link.removeprefix("#"), key)


def _learn_street(links: Links, element: Element) -> None:
    key, values = gml_id(element) or "", _flat(element)
    street = Street(
        values.get("nazwaPelna"), values.get("identyfikatorULIC"), values.get("rodzaj"), values.get("miejsce")
    )
    links.streets.add(key, street)


def _flat(element: Element) -> dict[str, str]:
    """The texts below a feature by local name; of links the gml:id; of a point its srsName.

    One walk over everything, because the names are unique within a feature: this is where the time goes.
    """
    found: dict[str, str] = {}
    for node in element.iter():
        name = local_name(node.tag)
        if name in LINKS:
            found[name] = (node.get(XLINK_HREF) or "").removeprefix("#")
        elif name == "Point":
            found["srsName"] = node.get("srsName") or ""
        elif (text := node.text) and (text := text.strip()):
            found[name] = text
    return found


def _read(path: Path, file: str, links: Links, kinds: frozenset[str], closed: Counter[str]) -> Iterator[RawFeature]:
    batch: list[RawFeature] = []
    points: list[tuple[float, float]] = []
    for number, element in enumerate(features(path, file), 1):
        kind = KINDS.get(local_name(element.tag))
        if kind is None or kind not in kinds:
            continue
        values = _flat(element)
        if "koniecWersjiObiektu" in values:
            closed[kind] += 1
            continue
        feature = _feature(kind, number, element, values, links)
        batch.append(feature)
        points.append(_point(feature, element, values))
        if len(batch) == BATCH:
            yield from _with_points(batch, points)
            batch, points = [], []
    yield from _with_points(batch, points)


def _feature(kind: str, number: int, element: Element, values: dict[str, str], links: Links) -> RawFeature:
    name = values.get("lokalnyId") or gml_id(element) or f"#{number}"
    notes = Notes(name, line_of(element))
    fields = versioned(values, START, notes)
    if kind == "prg.address":
        fields |= _address(values, links, notes)
    elif kind == "prg.street":
        fields |= _street(gml_id(element), values, links, notes)
    else:
        fields |= _locality(values)
    teryt = fields["teryt"]
    if teryt is None:
        notes.warn("gmina-unknown", Text("The locality is not known, so the feature cannot prove its gmina."))
    return RawFeature(
        kind, number, name, fields, None, None, notes.line, None if teryt is None else str(teryt), notes.found
    )


NOWHERE = (float("nan"), float("nan"))


def _point(feature: RawFeature, element: Element, values: dict[str, str]) -> tuple[float, float]:
    """The coordinates of a plain point; any other geometry is set at once and gives NOWHERE."""
    parts = values.get("pos", "").split()
    if len(parts) == 2:
        try:
            point = float(parts[0]), float(parts[1])
        except ValueError:
            pass  # the general reader says what is wrong
        else:
            feature.srs = values["srsName"] or None
            return point
    place(feature, child(element, ("georeferencja", "geometria")))
    return NOWHERE


def _with_points(batch: list[RawFeature], points: list[tuple[float, float]]) -> Iterator[RawFeature]:
    if not batch:
        return
    for feature, point, coordinates in zip(batch, shapely.points(points), points, strict=True):
        if coordinates is not NOWHERE:
            feature.geometry = point
        yield feature


def _address(values: dict[str, str], links: Links, notes: Notes) -> dict[str, RawValue]:
    street_id = values.get("ulica2")
    street = links.streets.find(street_id, "ulica2", notes)
    locality = links.localities.find(values.get("miejscowosc"), "miejscowosc", notes)
    if locality is None and street is not None and street.locality is not None:
        locality = links.localities.find(street.locality, "ulica2/miejsce", notes)
        if locality is not None:
            notes.warn("locality-of-street", Text("The locality was taken from the street."))
    return {
        "numer_porzadkowy": values.get("numerPorzadkowy"),
        "kod_pocztowy": values.get("kodPocztowy"),
        "data_nadania": dated(values, "dataNadania", notes),
        "miejscowosc": locality.name if locality else None,
        "simc": locality.simc if locality else None,
        "miejscowosc_id": values.get("miejscowosc"),
        "ulica": street.name if street else None,
        "ulic": street.ulic if street else None,
        "ulica_id": street_id,
        "ulica_rodzaj": street.kind if street else None,
        "teryt": locality.teryt if locality else None,
    }


def _street(key: str | None, values: dict[str, str], links: Links, notes: Notes) -> dict[str, RawValue]:
    place_id = values.get("miejsce") or links.locality_of.get(key or "")
    locality = links.localities.find(place_id, "miejsce", notes)
    return {
        "nazwa": values.get("nazwaPelna"),
        "nazwa_1": values.get("TERYTNazwa1"),
        "nazwa_2": values.get("TERYTNazwa2"),
        "rodzaj": values.get("rodzaj"),
        "ulic": values.get("identyfikatorULIC"),
        "miejscowosc": locality.name if locality else None,
        "simc": locality.simc if locality else None,
        "miejscowosc_id": place_id,
        "teryt": locality.teryt if locality else None,
    }


def _locality(values: dict[str, str]) -> dict[str, RawValue]:
    return {
        "nazwa": values.get("nazwa"),
        "nazwa_mniejszosci": values.get("nazwaJezykMniejszosci"),
        "rodzaj": values.get("rodzaj"),
        "simc": values.get("identyfikatorSIMC"),
        "prng": values.get("identyfikatorPRNG"),
        "teryt": values.get("TERYTGminy"),
    }
