"""Features as a confined reader says them, and as they are heard: checked, because their sender may be taken over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from geo.confine import Garbled, Json, Message
from geo.confine.frames import packed
from geo.confine.limits import HEAD_BYTES, MESSAGE_BYTES
from geo.confine.told import text_from_json
from geo.layers.model import Finding, RawFeature, RawValue, Severity
from geo.layers.reader import wire_columns, wire_shapes

# Some hundred kilobytes: the child writes the next while we work on this.
BATCH = 1000
_COLUMNS: tuple[tuple[str, frozenset[type]], ...] = (
    ("kind", frozenset({str})),
    ("number", frozenset({int})),
    ("name", frozenset({str})),
    ("srs", frozenset({str, type(None)})),
    ("line", frozenset({int, type(None)})),
    ("teryt", frozenset({str, type(None)})),
)


def messages(batch: Sequence[RawFeature]) -> list[Message]:
    """A batch as one message, or as more where it is larger than a message may be."""
    head = packed(_head(batch))
    blobs = wire_shapes.to_blobs([raw.geometry for raw in batch])
    if len(batch) > 1 and (len(head) > HEAD_BYTES // 2 or sum(map(len, blobs)) > MESSAGE_BYTES // 2):
        middle = len(batch) // 2
        return [*messages(batch[:middle]), *messages(batch[middle:])]
    return [Message(head, blobs)]


def features(message: Message, kinds: Collection[str]) -> list[RawFeature]:
    """The features of a message; `kinds` are those that were asked for.

    Raises:
        Garbled: it is no batch of such features.
    """
    head = message.head
    if not isinstance(head, dict) or type(head.get("count")) is not int or not 0 <= head["count"] <= BATCH:
        raise Garbled("a batch has a count")
    count: int = head["count"]
    columns = {name: _column(head, name, types, count) for name, types in _COLUMNS}
    if not set(columns["kind"]) <= set(kinds):
        raise Garbled("a feature is of a kind that was not asked for")
    geometries = wire_shapes.from_blobs(message.blobs, count)
    found = [
        RawFeature(kind, number, name, fields, geometry, srs, line, teryt)
        for kind, number, name, srs, line, teryt, fields, geometry in zip(
            *columns.values(), _fields(head, count), geometries, strict=True
        )
    ]
    for position, told in _findings_by_feature(head, count):
        found[position].findings.append(finding_from_json(told))
    return found


def finding_as_json(finding: Finding) -> Json:
    """A finding with its sentence."""
    return [finding.severity, finding.code, finding.text.to_json(), finding.feature, finding.line]


def finding_from_json(told: Json) -> Finding:
    """The inverse of `finding_as_json`.

    Raises:
        Garbled: it is no finding.
    """
    try:
        severity, code, text, feature, line = told
        if not isinstance(code, str) or not isinstance(feature, str | None) or type(line) not in {int, type(None)}:
            raise Garbled("a finding has a code, a feature and a line")
        return Finding(Severity(severity), code, text_from_json(text), feature, line)
    except (ValueError, TypeError) as exc:
        raise Garbled(f"no finding: {exc}"[:200]) from exc


def _head(batch: Sequence[RawFeature]) -> Json:
    # Features of one table have the same columns; only GeoJSON may give each others.
    layouts: dict[tuple[str, ...], list[int]] = {}
    for position, raw in enumerate(batch):
        layouts.setdefault(tuple(raw.fields), []).append(position)
    return {
        "count": len(batch),
        **{name: wire_columns.to_json([getattr(raw, name) for raw in batch]) for name, _ in _COLUMNS},
        "fields": [
            [names, positions if len(layouts) > 1 else None, _values([batch[at] for at in positions], names)]
            for names, positions in layouts.items()
        ],
        "findings": [
            [position, finding_as_json(one)] for position, raw in enumerate(batch) for one in raw.findings
        ],
    }  # fmt: skip


def _values(batch: Sequence[RawFeature], names: Sequence[str]) -> Json:
    return [wire_columns.to_json([raw.fields[name] for raw in batch]) for name in names]


def _column(head: dict[str, Any], name: str, types: frozenset[type], count: int) -> list[Any]:
    values = wire_columns.from_json(head.get(name), count)
    if not set(map(type, values)) <= types:
        raise Garbled(f"{name} is of another type")
    return values


def _fields(head: dict[str, Any], count: int) -> list[dict[str, RawValue]]:
    try:
        return _laid_out(head["fields"], count)
    except (KeyError, ValueError, TypeError) as exc:
        raise Garbled(f"no fields: {exc}"[:200]) from exc


def _laid_out(told: Json, count: int) -> list[dict[str, RawValue]]:
    found: list[dict[str, RawValue] | None] = [None] * count
    for names, positions, columns in told:
        if set(map(type, names)) - {str}:
            raise Garbled("a column has a name")
        places = range(count) if positions is None else positions
        values = [wire_columns.from_json(column, len(places)) for column in columns]
        rows = zip(*values, strict=True) if values else iter([()] * len(places))
        for place, row in zip(places, rows, strict=True):
            if not 0 <= place < count:
                raise Garbled("a feature is outside of its batch")
            found[place] = dict(zip(names, row, strict=True))
    if None in found:
        raise Garbled("a feature has no fields")
    return [fields for fields in found if fields is not None]


def _findings_by_feature(head: dict[str, Any], count: int) -> list[tuple[int, Json]]:
    told = head.get("findings")
    if not isinstance(told, list):
        raise Garbled("a batch has findings")
    for entry in told:
        if not isinstance(entry, list) or len(entry) != 2 or type(entry[0]) is not int or not 0 <= entry[0] < count:
            raise Garbled("a finding is of a feature")
    return [(position, finding) for position, finding in told]
