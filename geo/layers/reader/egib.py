"""EGiB, the register of land and buildings, model of 2021 and the older one: an allow-list.

Kinds `egib.parcel`, `egib.building`, `egib.district`. A full export also holds persons, shares and
land-register numbers: only the classes and the elements named here are ever looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from geo.layers.model import RawFeature, RawValue
from geo.layers.reader.register import Notes, child, count_members, numbered, place, versioned
from geo.layers.reader.source import AxisRule, Source
from geo.layers.reader.xml_stream import Element, features, gml_id, line_of, local_name, text_of
from geo.texts import Text

NAMESPACES = {
    "ewidencjaGruntowIBudynkow:1.0": "EGiB 2021",
    "urn:gugik:specyfikacje:gmlas:ewidencjaGruntowBudynkow:1.0": "EGiB 1.0",
}
KINDS = {
    "EGB_DzialkaEwidencyjna": "egib.parcel",
    "EGB_Budynek": "egib.building",
    "EGB_ObrebEwidencyjny": "egib.district",
}
START = "startWersjaObiekt"
ENDS = ("koniecWersjaObiekt", "koniecObiekt")
IDENTIFIER = frozenset({"lokalnyId", "przestrzenNazw", "wersjaId"})
PARCEL_ID = re.compile(r"((\d{6}_\d)\.\d{4})(?:\.(AR_[^.]+))?\.(\d+(?:/\d+)?)")
UNIT = re.compile(r"(\d{6})_(\d)(?!\d)")

type Fields = dict[str, RawValue]


def open_egib(path: Path, file: str, namespace: str, *, synthetic: bool) -> Source:
    """Offer the permitted classes; what there is, and whether the file is whole, is known when it has been read."""

    def read(kinds: frozenset[str], closed: Counter[str]) -> Iterator[RawFeature]:
        tally: Counter[str] = Counter()
        yield from _read(path, file, kinds, closed, tally)
        source.counts, found = count_members(tally, KINDS)
        source.findings += [finding for finding in found if finding not in source.findings]

    source = Source(
        file=file,
        format=NAMESPACES[namespace],
        kinds=frozenset(KINDS.values()),
        axis_rule=AxisRule.AUTHORITY,
        read=read,
        synthetic=synthetic,
    )
    return source


def gmina_of(identifier: str | None) -> str | None:
    """The gmina of any identifier that begins with its unit: `240802_1.0001.123/4` -> `2408021`."""
    found = UNIT.match(identifier or "")
    return found[1] + found[2] if found else None


def _read(
    path: Path, file: str, kinds: frozenset[str], closed: Counter[str], tally: Counter[str]
) -> Iterator[RawFeature]:
    for number, element in enumerate(features(path, file), 1):
        cls = local_name(element.tag)
        tally[cls] += 1
        kind = KINDS.get(cls)
        if kind is None or kind not in kinds:
            continue
        values = _allowed(element, kind)
        if any(name in values for name in ENDS):
            closed[kind] += 1
            continue
        key = values.get(_KEYS[kind])
        name = key or values.get("lokalnyId") or gml_id(element) or f"#{number}"
        notes = Notes(name, line_of(element))
        fields = versioned(values, START, notes) | _FIELDS[kind](values, element, notes)
        feature = RawFeature(kind, number, name, fields, None, None, notes.line, gmina_of(key), notes.found)
        if feature.teryt is None:
            notes.warn("gmina-unknown", Text("'{identifier}' names no gmina.", identifier=key))
        place(feature, child(element, ("geometria",)))
        yield feature


def _allowed(element: Element, kind: str) -> dict[str, str]:
    """The texts of the permitted children, and the parts of the identifier."""
    values: dict[str, str] = {}
    permitted = _PERMITTED[kind]
    for node in element:
        name = local_name(node.tag)
        if name == "idIIP":
            for part in node.iter():
                if local_name(part.tag) in IDENTIFIER and (text := text_of(part)):
                    values[local_name(part.tag)] = text
        elif name in permitted and (text := text_of(node)):
            values[name] = text
    return values


def _parcel(values: dict[str, str], element: Element, notes: Notes) -> Fields:
    identifier = values.get("idDzialki")
    parts = PARCEL_ID.fullmatch(identifier or "")
    if parts is None:
        notes.warn("parcel-id", Text("'{identifier}' is not formed like a parcel's identifier.", identifier=identifier))
    return {
        "id_dzialki": identifier,
        "numer": parts[4] if parts else None,
        "obreb": parts[1] if parts else None,
        "arkusz": parts[3] if parts else None,
        "jednostka": parts[2] if parts else None,
        "pole_ewidencyjne_ha": _area_ha(values, element, notes),
        "klasouzytki": _land_uses(element),
    }


def _area_ha(values: dict[str, str], element: Element, notes: Notes) -> float | None:
    for name in ("poleEwidencyjne", "powierzchniaEwidencyjna"):
        area = numbered(values, name, notes)
        if area is not None:
            holder = child(element, (name,))
            unit = (holder.get("uom") or "ha") if holder is not None else "ha"
            return area if unit.lower().endswith("ha") else area / 10_000
    return None


def _land_uses(element: Element) -> str | None:
    """Land uses and classes that stand inside the parcel, `RIVa 0.1200; B 0.0300`; None for mere links."""
    uses = []
    for holder in element:
        if not local_name(holder.tag).startswith("klasouzytek"):
            continue
        for node in holder:
            parts = {local_name(part.tag): text_of(part) or "" for part in node}
            use, contour, quality = parts.get("OFU", ""), parts.get("OZU", ""), parts.get("OZK", "")
            # Br-RIVa: the use differs from the use that was classified.
            mark = use + (f"-{contour}" if contour and contour != use else "") + quality
            uses.append(f"{mark} {parts.get('powierzchnia', '')}".strip())
    return "; ".join(uses) or None


def _building(values: dict[str, str], _: Element, notes: Notes) -> Fields:
    return {
        "id_budynku": values.get("idBudynku"),
        "rodzaj_kst": values.get("rodzajWgKST"),
        "kondygnacje_nadziemne": numbered(values, "liczbaKondygnacjiNadziemnych", notes),
        "kondygnacje_podziemne": numbered(values, "liczbaKondygnacjiPodziemnych", notes),
        "pow_zabudowy_m2": numbered(values, _footprint(values), notes),
    }


def _footprint(values: dict[str, str]) -> str:
    return "powZabudowy" if "powZabudowy" in values else "powierzchniaZabudowy"


def _district(values: dict[str, str], _: Element, __: Notes) -> Fields:
    return {"id_obrebu": values.get("idObrebu"), "nazwa": values.get("nazwaWlasna")}


_KEYS = {"egib.parcel": "idDzialki", "egib.building": "idBudynku", "egib.district": "idObrebu"}
_FIELDS: dict[str, Callable[[dict[str, str], Element, Notes], Fields]] = {
    "egib.parcel": _parcel,
    "egib.building": _building,
    "egib.district": _district,
}
_PERMITTED = {
    "egib.parcel": {START, *ENDS, "idDzialki", "poleEwidencyjne", "powierzchniaEwidencyjna"},
    "egib.building": {
        *(START, *ENDS, "idBudynku", "rodzajWgKST"),
        *("liczbaKondygnacjiNadziemnych", "liczbaKondygnacjiPodziemnych", "powZabudowy", "powierzchniaZabudowy"),
    },
    "egib.district": {START, *ENDS, "idObrebu", "nazwaWlasna"},
}
