"""PRG addresses, model of 2012, and raw EMUiA files (`mua`): kinds `prg.address`, `prg.street`, `prg.locality`.

Names stand in each point; codes (TERYT, SIMC, ULIC) only behind the links `komponent`, where the file holds
what they lead to. Streets and localities do not name their gmina: it is learnt from the points that do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from geo.layers.model import RawFeature, RawValue
from geo.layers.reader.register import Notes, child, count_members, dated, place, versioned
from geo.layers.reader.source import AxisRule, Source
from geo.layers.reader.xml_stream import XLINK_HREF, Element, counted, features, gml_id, line_of, local_name
from geo.texts import Text

NAMESPACES = (
    "urn:gugik:specyfikacje:gmlas:panstwowyRejestrGranicAdresy:1.0",
    "urn:gugik:specyfikacje:gmlas:ewidencjaMiejscowosciUlicAdresow:1.0",
)
KINDS = {
    "PRG_PunktAdresowy": "prg.address",
    "PRG_UlicaNazwa": "prg.street",
    "PRG_MiejscowoscNazwa": "prg.locality",
    "AD_PunktAdresowy": "prg.address",
    "AD_Ulica": "prg.street",
    "AD_Miejscowosc": "prg.locality",
}
UNITS = frozenset({"PRG_JednostkaAdministracyjnaNazwa", "AD_JednostkaAdministracyjna"})
GMINA_LEVEL = "4poziom"
START = "poczatekWersjiObiektu"
# So misspelt in the data: kraj, wojewodztwo, powiat, gmina.
UNIT_NAMES = "jednostkaAdmnistracyjna"


class Place(NamedTuple):
    """Where a point says that it lies."""

    wojewodztwo: str | None = None
    powiat: str | None = None
    gmina: str | None = None
    teryt: str | None = None
    miejscowosc: str | None = None
    simc: str | None = None
    miejscowosc_id: str | None = None


NOWHERE = Place()


@dataclass(slots=True)
class _Register:
    """What the first pass learnt, by gml:id."""

    gminas: dict[str, str] = field(default_factory=dict)  # TERYT, seven digits
    localities: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)  # name, SIMC
    streets: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)  # name, ULIC
    places: dict[str, Place] = field(default_factory=dict)  # of localities and streets


def open_prg2012(path: Path, file: str, *, synthetic: bool, progress: Callable[[int], None]) -> Source:
    """Read what the links lead to (the first pass, which also finds whether the file is whole).

    Raises:
        Unreadable: not well-formed or cut off.
    """
    register = _Register()
    tally: Counter[str] = Counter()
    linked: dict[str, tuple[list[str], list[str]]] = {}
    for element in counted(features(path, file), progress):
        name = local_name(element.tag)
        tally[name] += 1
        _learn(register, linked, name, element)
    for key, (names, links) in linked.items():
        register.places[key] = _place_of(names, links, None, register)

    def read(kinds: frozenset[str], closed: Counter[str]) -> Iterator[RawFeature]:
        return _read(path, file, register, kinds, closed)

    counts: Counter[str] = Counter()
    for name, kind in KINDS.items():
        counts[kind] += tally[name]
    _, findings = count_members(tally, KINDS | dict.fromkeys(UNITS, ""))
    return Source(
        file=file,
        format="PRG 2012",
        kinds=frozenset(KINDS.values()),
        axis_rule=AxisRule.AUTHORITY,
        read=read,
        synthetic=synthetic,
        counts=+counts,
        findings=findings,
    )


def _learn(register: _Register, linked: dict[str, tuple[list[str], list[str]]], name: str, element: Element) -> None:
    values, units, links = _collected(element)
    key = gml_id(element) or ""
    if name in UNITS and values.get("poziom") == GMINA_LEVEL and len(values.get("idTERYT", "")) == 7:
        register.gminas[key] = values["idTERYT"]
    elif KINDS.get(name) == "prg.locality":
        register.localities[key] = values.get("nazwa"), values.get("idTERYT")
        linked.setdefault(key, (units, links))
    elif KINDS.get(name) == "prg.street":
        register.streets[key] = _street_name(values), values.get("idTERYT")
        linked.setdefault(key, (units, links))
    elif KINDS.get(name) == "prg.address":
        # The first point of a street or locality tells where it lies (units and others do no harm here).
        for link in links:
            if not linked.get(link, ([], []))[1]:
                linked[link] = units, links


def _collected(element: Element) -> tuple[dict[str, str], list[str], list[str]]:
    """Texts by local name, the names of the units, and the gml:ids behind the links `komponent`."""
    values: dict[str, str] = {}
    units: list[str] = []
    links: list[str] = []
    for node in element.iter():
        name = local_name(node.tag)
        text = (node.text or "").strip()
        if name == UNIT_NAMES:
            units.append(text)
        elif name == "komponent":
            links.append(_linked_id(node.get(XLINK_HREF) or ""))
        elif text:
            values.setdefault(name, text)
    return values, units, links


def _linked_id(href: str) -> str:
    """`http://…/dane/PL.ZIPIN.4404.EMUiA/0910140` and `#PL.ZIPIN.4404.EMUiA_0910140` name the same gml:id."""
    return href.rpartition("/dane/")[2].removeprefix("#").replace("/", "_")


def _street_name(values: dict[str, str]) -> str | None:
    parts = ("przedrostek1Czesc", "przedrostek2Czesc", "nazwaCzesc", "nazwaGlownaCzesc")
    return " ".join(values[part] for part in parts if part in values) or values.get("nazwa")


def _place_of(units: list[str], links: list[str], locality: str | None, register: _Register) -> Place:
    _, wojewodztwo, powiat, gmina = (units + [None] * 4)[:4] if units else (None,) * 4
    place_id = next((link for link in links if link in register.localities), None)
    name, simc = register.localities.get(place_id or "", (None, None))
    teryt = next((register.gminas[link] for link in links if link in register.gminas), None)
    return Place(wojewodztwo, powiat, gmina, teryt, locality or name, simc, place_id)


def _read(
    path: Path, file: str, register: _Register, kinds: frozenset[str], closed: Counter[str]
) -> Iterator[RawFeature]:
    for number, element in enumerate(features(path, file), 1):
        kind = KINDS.get(local_name(element.tag))
        if kind is None or kind not in kinds:
            continue
        values, units, links = _collected(element)
        if "koniecWersjiObiektu" in values:
            closed[kind] += 1
            continue
        key = gml_id(element) or ""
        name = values.get("lokalnyId") or key or f"#{number}"
        notes = Notes(name, line_of(element))
        if kind == "prg.address":
            where = _place_of(units, links, values.get("miejscowosc"), register)
            fields = _address(values, links, register, notes)
        else:
            where = register.places.get(key, NOWHERE)
            fields = _street(values) if kind == "prg.street" else _locality(values)
        fields = versioned(values, START, notes) | where._asdict() | fields
        if where.gmina is None and where.teryt is None:
            notes.warn("gmina-unknown", Text("The locality is not known, so the feature cannot prove its gmina."))
        feature = RawFeature(kind, number, name, fields, None, None, notes.line, where.teryt, notes.found)
        place(feature, child(element, ("pozycja", "geometria")))
        yield feature


def _address(values: dict[str, str], links: list[str], register: _Register, notes: Notes) -> dict[str, RawValue]:
    street_id = next((link for link in links if link in register.streets), None)
    street, ulic = register.streets.get(street_id or "", (None, None))
    return {
        "numer_porzadkowy": values.get("numerPorzadkowy"),
        "kod_pocztowy": values.get("kodPocztowy"),
        "data_nadania": None,
        "wazny_od": dated(values, "waznyOd", notes),
        "czesc_miejscowosci": values.get("czescMiejscowosci"),
        "ulica": values.get("ulica") or street,
        "ulic": ulic,
        "ulica_id": street_id,
        "ulica_rodzaj": None,
        "status": values.get("status"),
    }


def _street(values: dict[str, str]) -> dict[str, RawValue]:
    return {
        "nazwa": _street_name(values),
        "nazwa_1": values.get("nazwaGlownaCzesc"),
        "nazwa_2": values.get("nazwaCzesc"),
        "rodzaj": values.get("typ"),
        "ulic": values.get("idTERYT"),
    }


def _locality(values: dict[str, str]) -> dict[str, RawValue]:
    return {
        "nazwa": values.get("nazwa"),
        "nazwa_mniejszosci": None,
        "rodzaj": values.get("rodzaj"),
        "simc": values.get("idTERYT"),
        "prng": values.get("idPRNG"),
    }
