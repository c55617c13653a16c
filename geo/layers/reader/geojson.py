"""GeoJSON as RFC 7946 says, a feature at a time; kind `table`.

A wrong feature becomes a RawFeature with a REFUSED finding; a wrong file is Unreadable.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.errors import Unreadable
from geo.layers.model import Finding, RawFeature, RawValue, Severity
from geo.layers.reader import mojibake
from geo.layers.reader.geojson_rules import DEPTHS, DRAW_AGAIN, Broken, check_feature, geometry_of
from geo.layers.reader.json_stream import JsonStream
from geo.layers.reader.register import Notes
from geo.layers.reader.source import AxisRule, Source
from geo.texts import Text

KIND = "table"
LARGEST_FILE = 500 * 1024**2
GEOMETRIES = frozenset({*DEPTHS, "GeometryCollection"})
# Findings that say the same of every feature of a file: once is enough.
ONCE = frozenset({"long-numbers", "ring-order"})
WGS84 = "CRS84"  # the only CRS of RFC 7946


@dataclass(slots=True)
class _Outline:
    """What the members of the root say, `features` only counted."""

    kind: str | None = None
    srs: str = WGS84
    synthetic: bool = False
    features: int = 0
    has_features: bool = False
    findings: list[Finding] = field(default_factory=list)


def open_geojson(path: Path, file: str) -> Source:
    """Check the whole text once and read what the root says.

    Raises:
        Unreadable: too large, not valid JSON or UTF-8, or no GeoJSON.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise _unreadable(
            file,
            Text("GeoJSON of more than {size} MB is not read.", size=LARGEST_FILE // 1024**2),
            Text("Export it as GeoPackage."),
        )
    outline = _outline(path, file)
    if outline.kind == "FeatureCollection" and not outline.has_features:
        raise _unreadable(
            file, Text("The collection has no member 'features'."), Text("Export the file again, or correct it there.")
        )

    def read(kinds: frozenset[str], _: Counter[str]) -> Iterator[RawFeature]:
        if KIND in kinds:
            yield from _read(path, file, outline)

    return Source(
        file=file,
        format="GeoJSON",
        kinds=frozenset({KIND}),
        axis_rule=AxisRule.XY,
        read=read,
        synthetic=outline.synthetic,
        counts={KIND: outline.features},
        findings=outline.findings,
    )


def _outline(path: Path, file: str) -> _Outline:
    outline = _Outline()
    with closing(JsonStream(path, file)) as stream:
        if stream.peek() != "{":
            found = json.dumps(stream.value())[:40]
            raise _unreadable(
                file,
                Text("A GeoJSON text must be an object; this begins with {found}.", found=found),
                Text("Export the file again, or correct it there."),
            )
        seen: set[str] = set()
        for line, key in stream.members():
            if key in seen:
                raise _unreadable(
                    file,
                    Text("Line {line}: the member '{key}' stands twice.", line=line, key=key),
                    Text("Remove one of the two; readers would not agree on which counts."),
                )
            seen.add(key)
            _learn(outline, key, line, stream)
        stream.end()
    if outline.kind not in {"FeatureCollection", "Feature", *GEOMETRIES}:
        raise _unreadable(
            file,
            Text("The type of the root is '{kind}', which GeoJSON does not know.", kind=outline.kind),
            Text("Export the file again, or correct it there."),
        )
    if outline.kind in GEOMETRIES:
        text = Text("A geometry alone has no properties: make it the geometry of a Feature that has them.")
        outline.findings.append(Finding(Severity.WARNING, "bare-geometry", text))
    return outline


def _learn(outline: _Outline, key: str, line: int, stream: JsonStream) -> None:
    if key == "features" and stream.peek() == "[":
        outline.has_features = True
        outline.features = sum(1 for _ in stream.items())
        return
    value = stream.value()
    if key == "features":
        raise _unreadable(
            stream.file,
            Text("Line {line}: 'features' must be an array.", line=line),
            Text("Export the file again, or correct it there."),
        )
    if key == "type":
        outline.kind = value if isinstance(value, str) else str(value)
    elif key == "synthetic":
        outline.synthetic = value is True
    elif key == "crs" and value is not None:
        outline.srs = _old_crs(value, stream.file, line)
        text = Text("The old member 'crs' names {srs}; it was believed.", srs=outline.srs)
        outline.findings.append(Finding(Severity.WARNING, "old-crs", text, line=line))


def _old_crs(value: Any, file: str, line: int) -> str:
    """The CRS name of GeoJSON 2008, section 3; coordinates keep x before y there too."""
    name = value.get("properties", {}).get("name") if isinstance(value, dict) else None
    if not isinstance(name, str):
        raise _unreadable(
            file,
            Text("Line {line}: the member 'crs' names no CRS.", line=line),
            Text("Remove it if the coordinates are degrees of WGS 84, else export the file again."),
        )
    return name


def _read(path: Path, file: str, outline: _Outline) -> Iterator[RawFeature]:
    said: set[str] = set()
    with closing(JsonStream(path, file)) as stream:
        if outline.kind != "FeatureCollection":
            line = stream.peek() and stream.line
            yield _feature(1, int(line), stream.value(), outline, said)
            return
        for _, key in stream.members():
            if key != "features":
                stream.value()
                continue
            for number, (line, value) in enumerate(stream.items(), 1):
                yield _feature(number, line, value, outline, said)


def _feature(number: int, line: int, value: Any, outline: _Outline, said: set[str]) -> RawFeature:
    identifier = value.get("id") if isinstance(value, dict) else None
    name = f"#{number}" if identifier is None or isinstance(identifier, dict | list) else str(identifier)
    notes = Notes(name, line)
    feature = RawFeature(KIND, number, name, {}, None, outline.srs, line, None, notes.found)
    try:
        if outline.kind in GEOMETRIES:
            feature.geometry = geometry_of(value, notes)
        else:
            properties = check_feature(value)
            feature.fields = _fields(properties, identifier, notes)
            feature.geometry = geometry_of(value["geometry"], notes)
    except Broken as exc:
        notes.refuse("geojson", exc.text)
    except (ValueError, TypeError) as exc:
        problem = Text("The geometry cannot be built ({detail}).", detail=str(exc)[:80])
        notes.refuse("geojson", Text("{problem} {remedy}", problem=problem, remedy=DRAW_AGAIN))
    feature.findings = [f for f in notes.found if f.code not in ONCE or f.code not in said]
    said.update(f.code for f in notes.found)
    return feature


def _fields(properties: dict[str, Any], identifier: str | float | None, notes: Notes) -> dict[str, RawValue]:
    """The columns as they are; an object or array as JSON text; the feature's id as `id` if no column is."""
    fields: dict[str, RawValue] = {}
    if identifier is not None and "id" not in properties:
        fields["id"] = identifier
    for key, value in properties.items():
        fields[key] = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
    return mojibake.mended(fields, notes)


def _unreadable(file: str, problem: Text, remedy: Text) -> Unreadable:
    return Unreadable(file=file, problem=problem, remedy=remedy)
