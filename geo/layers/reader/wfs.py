"""Replies of WFS 1.0, 1.1 and 2.0, and plain collections of simple features: kinds `wfs.<type>`.

The fields are the elements' local names in small letters, as text; the geometry is whichever element holds
GML. Objects of the state's full registers are not read here, and no field that names a land-register number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from geo.errors import Unreadable
from geo.layers.model import Finding, RawFeature, RawValue, Severity
from geo.layers.reader.egib import gmina_of
from geo.layers.reader.gml_geometry import geometry_in
from geo.layers.reader.register import Notes, place
from geo.layers.reader.source import AxisRule, Source
from geo.layers.reader.xml_head import XmlHead
from geo.layers.reader.xml_stream import Element, counted, features, gml_id, line_of, local_name, namespace
from geo.texts import Text

WFS = "http://www.opengis.net/wfs"
# Full registers hold personal data; their readers have an allow-list, this one has not.
REGISTERS = ("urn:gugik:", "ewidencjaGrunt", "https://geoportal.gov.pl/schemas/")
WITHHELD = frozenset({"numerkw", "numer_kw", "nr_kw", "nrkw", "kw", "ksiega_wieczysta", "ksiegawieczysta", "pesel"})
IDENTIFIERS = ("id_dzialki", "iddzialki", "id_budynku", "idbudynku", "id_obrebu", "idobrebu")


def open_wfs(path: Path, file: str, head: XmlHead, progress: Callable[[int], None]) -> Source:
    """Learn which types there are (which also finds whether the file is whole).

    Raises:
        Unreadable: not well-formed, cut off, or without anything that may be read.
    """
    tally: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    for element in counted(features(path, file), progress):
        if _is_register(element):
            withheld[local_name(element.tag)] += 1
        else:
            tally[_kind(element)] += 1
    listed = ", ".join(f"{name} ({n})" for name, n in sorted(withheld.items())[:12])
    findings = []
    if not tally:
        raise _nothing(file, listed)
    if withheld:
        text = Text("Objects of these classes are not read: {classes}.", classes=listed)
        findings.append(Finding(Severity.NOTE, "classes-not-read", text))

    def read(kinds: frozenset[str], _: Counter[str]) -> Iterator[RawFeature]:
        return _read(path, file, kinds)

    version, rule = _version(head)
    return Source(
        file=file,
        format=f"WFS {version}" if version else "GML",
        kinds=frozenset(tally),
        axis_rule=rule,
        read=read,
        synthetic=head.synthetic,
        counts=tally,
        findings=findings,
    )


def _nothing(file: str, withheld: str) -> Unreadable:
    if withheld:
        problem = Text("The file holds only classes that are not read here: {classes}.", classes=withheld)
    else:
        problem = Text("The collection holds no feature.")
    remedy = Text("Check what was exported or asked for.")
    return Unreadable(file=file, problem=problem, remedy=remedy)


def _version(head: XmlHead) -> tuple[str | None, AxisRule]:
    """The version of the service and how it orders axes: authority's order since 1.1.0, even for `EPSG:n`.

    1.0 and 1.1 share a namespace: the schema's location, attributes of 1.1 or GML 2 tell them apart.
    """
    where = namespace(head.root)
    if where.startswith(WFS + "/2"):
        return "2.0", AxisRule.AUTHORITY
    if where == WFS:
        schema = " ".join(value for name, value in head.attributes.items() if local_name(name) == "schemaLocation")
        newer = "1.1.0" in schema or "numberOfFeatures" in head.attributes or "timeStamp" in head.attributes
        older = "1.0.0" in schema or "WFS-basic" in schema or head.gml2
        return ("1.1", AxisRule.AUTHORITY) if newer or not older else ("1.0", AxisRule.XY)
    # Plain GML: urn names promise the authority's order, `EPSG:n` does not (GML 3.2, and the practice).
    return None, AxisRule.AUTHORITY if (head.srs or "").lower().startswith("urn:") else AxisRule.XY


def _kind(element: Element) -> str:
    return f"wfs.{local_name(element.tag).lower()}"


def _is_register(element: Element) -> bool:
    return namespace(element.tag).startswith(REGISTERS)


def _read(path: Path, file: str, kinds: frozenset[str]) -> Iterator[RawFeature]:
    for number, element in enumerate(features(path, file), 1):
        kind = _kind(element)
        if kind not in kinds or _is_register(element):
            continue
        name = gml_id(element) or f"#{number}"
        fields, holder = _fields(element)
        if gml_id(element) is not None:
            fields.setdefault("gml_id", gml_id(element))
        teryt = next((found for key in IDENTIFIERS if (found := gmina_of(str(fields.get(key))))), None)
        notes = Notes(name, line_of(element))
        feature = RawFeature(kind, number, name, fields, None, None, notes.line, teryt, notes.found)
        place(feature, holder)
        yield feature


def _fields(element: Element) -> tuple[dict[str, RawValue], Element | None]:
    """The texts of the children (a repeated one joined by `; `) and the child that holds the geometry."""
    fields: dict[str, RawValue] = {}
    holder: Element | None = None
    for node in element:
        name = local_name(node.tag).lower()
        if name == "boundedby" or name in WITHHELD:
            continue
        if geometry_in(node) is not None:
            holder = node if holder is None else holder
            continue
        text = " ".join(part.strip() for part in node.itertext() if isinstance(part, str) and part.strip()) or None
        if fields.get(name) is not None and text is not None:
            text = f"{fields[name]}; {text}"
        fields[name] = text if text is not None else fields.get(name)
    return fields, holder
