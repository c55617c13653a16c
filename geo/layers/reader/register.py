"""What the XML registers have in common: identifiers, versions, dates, geometries, counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from geo.layers.model import Finding, RawFeature, RawValue, Severity
from geo.layers.reader import dates, gml_geometry, numerals
from geo.layers.reader.gml_positions import BadGeometry
from geo.layers.reader.xml_stream import Element, local_name
from geo.texts import Text


class Notes:
    """The findings on one feature, each with its name and line."""

    __slots__ = ("found", "line", "name")

    def __init__(self, name: str, line: int | None) -> None:
        self.name = name
        self.line = line
        self.found: list[Finding] = []

    def warn(self, code: str, text: Text) -> None:
        """Stored, but somebody should look."""
        self.found.append(Finding(Severity.WARNING, code, text, self.name, self.line))

    def refuse(self, code: str, text: Text, line: int | None = None) -> None:
        """This feature cannot be stored."""
        self.found.append(Finding(Severity.REFUSED, code, text, self.name, line or self.line))


def count_members(tally: Counter[str], kinds: Mapping[str, str]) -> tuple[dict[str, int], list[Finding]]:
    """How many features of each kind there are, and a note on the classes that are not read.

    The names of classes are safe to say: they come from the schema, not from the data.
    """
    counts = {kind: tally[name] for name, kind in kinds.items() if tally[name]}
    others = {name: n for name, n in sorted(tally.items()) if name not in kinds}
    if not others:
        return counts, []
    listed = ", ".join(f"{name} ({n})" for name, n in list(others.items())[:12])
    text = Text("Objects of these classes are not read: {classes}.", classes=listed)
    return counts, [Finding(Severity.NOTE, "classes-not-read", text)]


def versioned(values: Mapping[str, str], start: str, notes: Notes) -> dict[str, RawValue]:
    """The identifier (IIP) and the version of an object; `start` names the element of its beginning."""
    begun = values.get(start)
    try:
        poczatek = dates.local_time(begun)
    except ValueError:
        poczatek = None
        notes.warn("bad-date", Text("{field}: '{value}' is no date.", field=start, value=begun))
    return {
        "lokalny_id": values.get("lokalnyId"),
        "przestrzen_nazw": values.get("przestrzenNazw"),
        "wersja_id": values.get("wersjaId"),
        "poczatek_wersji": poczatek,
    }


def dated(values: Mapping[str, str], name: str, notes: Notes) -> date | None:
    """A date; one that is none gives a warning and None."""
    try:
        return dates.day(values.get(name))
    except ValueError:
        notes.warn("bad-date", Text("{field}: '{value}' is no date.", field=name, value=values.get(name)))
        return None


def numbered(values: Mapping[str, str], name: str, notes: Notes) -> float | None:
    """A decimal number, with point or comma; one that is none gives a warning and None."""
    text = values.get(name)
    if text is None:
        return None
    try:
        return numerals.number(text)
    except ValueError:
        notes.warn("bad-number", Text("{field}: '{value}' is no number.", field=name, value=text))
        return None


def place(feature: RawFeature, holder: Element | None) -> None:
    """Give a feature the geometry inside an element (None and empty: no geometry).

    A geometry that breaks GML's rules refuses the feature.
    """
    found = None if holder is None else gml_geometry.geometry_in(holder)
    if found is None:
        return
    try:
        read = gml_geometry.read(found)
    except BadGeometry as exc:
        finding = Finding(Severity.REFUSED, exc.code, exc.problem, feature.name, exc.line or feature.line)
        feature.findings.append(finding)
        return
    feature.geometry, feature.srs = read.geometry, read.srs
    if read.flattened:
        text = Text("The heights were left out.")
        feature.findings.append(Finding(Severity.NOTE, "heights-dropped", text, feature.name, feature.line))


def child(element: Element, names: Collection[str]) -> Element | None:
    """The first child with one of some local names."""
    return next((node for node in element if local_name(node.tag) in names), None)
