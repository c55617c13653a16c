"""PRG addresses, model of 2021 (`prgad`): the XML is parsed once, then every feature is linked.

Kinds `prg.address`, `prg.street`, `prg.locality`. Points name their locality and street only by links to
gml:ids, which may stand anywhere in the file. A voivodeship has millions of points but some ten thousand
localities and streets, so those alone are kept in memory; the features wait on disk, a third as long as
their XML, which costs a quarter of parsing that again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import Unreadable
from geo.layers.model import RawFeature, RawValue
from geo.layers.reader import unpacked
from geo.layers.reader.links import Links, Locality, Street
from geo.layers.reader.register import Notes, child, count_members, dated, place, versioned
from geo.layers.reader.source import AxisRule, Source
from geo.layers.reader.spool import Spool
from geo.layers.reader.xml_stream import XLINK_HREF, Element, counted, features, gml_id, line_of, local_name
from geo.texts import Text

KINDS = {"AD_PunktAdresowy": "prg.address", "AD_UlicaPlac": "prg.street", "AD_Miejscowosc": "prg.locality"}
LINKS = frozenset({"miejscowosc", "ulica2", "miejsce"})
HOLDERS = frozenset({"georeferencja", "geometria"})
SHORTER = 3  # times as long is the XML as its features on disk
START = "poczatekWersjiObiektu"


class Flat(NamedTuple):
    """A feature as it stands in the file, its links not followed."""

    kind: str
    number: int
    key: str  # gml:id
    name: str
    line: int | None
    values: dict[str, str]
    point: tuple[float, float] | None  # a plain point; any other geometry is read at once
    other: RawFeature | None  # which carries that geometry and what was found in it


def open_prg2021(
    path: Path, file: str, *, synthetic: bool, scratch: Path | None, progress: Callable[[int], None]
) -> Source:
    """Parse a file (which also finds whether it is whole) and learn its localities and streets.

    Raises:
        Unreadable: not well-formed or cut off, or there is no room for what waits on disk.
    """
    links = Links()
    tally: Counter[str] = Counter()
    spool = Spool(Flat._make, scratch)
    try:
        unpacked.check_room(path.stat().st_size // SHORTER, Path(spool.folder.name), file)
    except Unreadable:
        spool.folder.cleanup()
        raise
    spool.fill(_flattened(counted(features(path, file), progress), links, tally))

    def read(kinds: frozenset[str], closed: Counter[str]) -> Iterator[RawFeature]:
        return _read(spool, links, kinds, closed)

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
        folders=[spool.folder],
    )


def _flattened(elements: Iterator[Element], links: Links, tally: Counter[str]) -> Iterator[Flat]:
    for number, element in enumerate(elements, 1):
        cls = local_name(element.tag)
        tally[cls] += 1
        if cls not in KINDS:
            continue
        key, (values, points) = gml_id(element) or "", _flat(element)
        if cls == "AD_Miejscowosc":
            _learn_locality(links, key, values, element)
        elif cls == "AD_UlicaPlac":
            _learn_street(links, key, values)
        name = values.get("lokalnyId") or key or f"#{number}"
        flat = Flat(KINDS[cls], number, key, name, line_of(element), values, _plain_point(points), None)
        yield flat if flat.point else flat._replace(other=_placed(flat, element))


def _learn_locality(links: Links, key: str, values: dict[str, str], element: Element) -> None:
    links.localities.add(key, Locality(values.get("nazwa"), values.get("identyfikatorSIMC"), values.get("TERYTGminy")))
    for node in element:
        if local_name(node.tag) == "ulica1" and (link := node.get(XLINK_HREF)):
            links.locality_of.setdefault(link.removeprefix("#"), key)


def _learn_street(links: Links, key: str, values: dict[str, str]) -> None:
    street = Street(
        values.get("nazwaPelna"), values.get("identyfikatorULIC"), values.get("rodzaj"), values.get("miejsce")
    )
    links.streets.add(key, street)


def _flat(element: Element) -> tuple[dict[str, str], list[Element]]:
    """The texts below a feature by local name, of links the gml:id, of a point its srsName; and the points.

    One walk over everything, because the names are unique within a feature: this is where the time goes.
    """
    found: dict[str, str] = {}
    points: list[Element] = []
    for node in element.iter():
        name = local_name(node.tag)
        if name in LINKS:
            found[name] = (node.get(XLINK_HREF) or "").removeprefix("#")
        elif name == "Point":
            found["srsName"] = node.get("srsName") or ""
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


def _placed(flat: Flat, element: Element) -> RawFeature:
    """What the general reader makes of a geometry."""
    carrier = RawFeature(flat.kind, flat.number, flat.name, {}, None, None, flat.line)
    place(carrier, child(element, HOLDERS))
    return carrier


def _read(spool: Spool[Flat], links: Links, kinds: frozenset[str], closed: Counter[str]) -> Iterator[RawFeature]:
    for batch in spool.batches():
        wanted = [flat for flat in batch if flat.kind in kinds]
        closed.update(flat.kind for flat in wanted if _is_closed(flat))
        open_ones = [flat for flat in wanted if not _is_closed(flat)]
        # Points made at once take 0.1 us each, shapely.Point 4 us.
        coordinates = np.array([flat.point for flat in open_ones if flat.point]).reshape(-1, 2)
        # An array, as what goes in is one; shapely's types cannot say so.
        points = iter(cast("NDArray[np.object_]", shapely.points(coordinates)))
        for flat in open_ones:
            feature = _linked(flat, links)
            if flat.point:
                feature.geometry, feature.srs = next(points), flat.values["srsName"] or None
            elif flat.other is not None:
                feature.geometry, feature.srs = flat.other.geometry, flat.other.srs
                feature.findings += flat.other.findings
            yield feature


def _is_closed(flat: Flat) -> bool:
    return "koniecWersjiObiektu" in flat.values


def _linked(flat: Flat, links: Links) -> RawFeature:
    notes = Notes(flat.name, flat.line)
    fields = versioned(flat.values, START, notes)
    if flat.kind == "prg.address":
        fields |= _address(flat.values, links, notes)
    elif flat.kind == "prg.street":
        fields |= _street(flat.key, flat.values, links, notes)
    else:
        fields |= _locality(flat.values)
    teryt = fields["teryt"]
    if teryt is None:
        notes.warn("gmina-unknown", Text("The locality is not known, so the feature cannot prove its gmina."))
    return RawFeature(
        flat.kind,
        flat.number,
        flat.name,
        fields,
        None,
        None,
        flat.line,
        None if teryt is None else str(teryt),
        notes.found,
    )


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


def _street(key: str, values: dict[str, str], links: Links, notes: Notes) -> dict[str, RawValue]:
    place_id = values.get("miejsce") or links.locality_of.get(key)
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
