"""Features as a confined reader says them, and as they are heard: checked, because their sender may be taken over."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from geo.confine import Garbled, Json, Message
from geo.confine.frames import packed
from geo.confine.limits import HEAD_BYTES, MESSAGE_BYTES
from geo.confine.told import MOST_WHOLE, storable, text_from_json
from geo.copy_text import is_storable
from geo.layers.model import Features, Finding, RawValue, Severity
from geo.layers.reader import wire_columns, wire_shapes

# Some hundred kilobytes: the child writes the next while we work on this.
BATCH = 2000
# What an integer of the database holds.
MOST_LINE = (1 << 31) - 1
_COLUMNS: tuple[tuple[str, frozenset[type]], ...] = (
    ("numbers", frozenset({int})),
    ("names", frozenset({str})),
    ("lines", frozenset({int, type(None)})),
    ("srs", frozenset({str, type(None)})),
    ("teryt", frozenset({str, type(None)})),
)


def messages(batch: Features) -> list[Message]:
    """Features as one message, or as more where they are larger than a message may be."""
    if len(batch) > BATCH or (len(batch) > 1 and batch.size > MESSAGE_BYTES // 2):
        return _halves(batch)
    head = packed(_head(batch))
    blobs = wire_shapes.to_blobs(batch.geometries)
    if len(batch) > 1 and (len(head) > HEAD_BYTES // 2 or sum(map(len, blobs)) > MESSAGE_BYTES // 2):
        return _halves(batch)
    return [Message(head, blobs)]


def _halves(batch: Features) -> list[Message]:
    first = np.arange(len(batch)) < len(batch) // 2
    return [*messages(batch.only(first)), *messages(batch.only(~first))]


def features(message: Message, kinds: Collection[str]) -> Features:
    """The features of a message; `kinds` are those that were asked for.

    Raises:
        Garbled: it is no batch of such features.
    """
    head = message.head
    if not isinstance(head, dict) or type(head.get("count")) is not int or not 0 <= head["count"] <= BATCH:
        raise Garbled("a batch has a count")
    count: int = head["count"]
    columns = {name: _column(head, name, types, count) for name, types in _COLUMNS}
    if columns["numbers"] and not 0 <= min(columns["numbers"]) <= max(columns["numbers"]) <= MOST_WHOLE:
        raise Garbled("a feature has a number")
    if any(line is not None and not 0 <= line <= MOST_LINE for line in columns["lines"]):
        raise Garbled("a feature has a line")
    columns["names"] = list(map(storable, columns["names"]))
    if not isinstance(head.get("kind"), str) or head["kind"] not in kinds:
        raise Garbled("features are of a kind that was not asked for")
    heard = Features(
        kind=head["kind"],
        fields=_fields(head, count),
        geometries=wire_shapes.from_blobs(message.blobs, count),
        findings=_findings(head, count),
        **columns,
    )
    # A text is sent once and may stand in each feature: what counts is what the rows will take.
    if heard.size > MESSAGE_BYTES + HEAD_BYTES:
        raise Garbled("a batch written out is larger than a message may be")
    return heard


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
        if not is_storable(code) or (line is not None and not 0 <= line <= MOST_LINE):
            raise Garbled("a finding has a code and a line")
        named = None if feature is None else storable(feature)
        return Finding(Severity(severity), code, text_from_json(text), named, line)
    except (ValueError, TypeError) as exc:
        raise Garbled(f"no finding: {exc}"[:200]) from exc


def _head(batch: Features) -> Json:
    return {
        "kind": batch.kind,
        "count": len(batch),
        **{name: wire_columns.to_json(getattr(batch, name)) for name, _ in _COLUMNS},
        "fields": [[name, wire_columns.to_json(column)] for name, column in batch.fields.items()],
        "findings": [
            [position, finding_as_json(one)] for position, found in batch.findings.items() for one in found
        ],
    }  # fmt: skip


def _column(head: dict[str, Any], name: str, types: frozenset[type], count: int) -> list[Any]:
    values = wire_columns.from_json(head.get(name), count)
    if not set(map(type, values)) <= types:
        raise Garbled(f"{name} is of another type")
    return values


def _fields(head: dict[str, Any], count: int) -> dict[str, list[RawValue]]:
    found: dict[str, list[RawValue]] = {}
    try:
        for name, column in head["fields"]:
            if not isinstance(name, str):
                raise Garbled("a column has a name")
            found[name] = wire_columns.from_json(column, count)
    except (KeyError, ValueError, TypeError) as exc:
        raise Garbled(f"no fields: {exc}"[:200]) from exc
    return found


def _findings(head: dict[str, Any], count: int) -> dict[int, list[Finding]]:
    told = head.get("findings")
    if not isinstance(told, list):
        raise Garbled("a batch has findings")
    found: dict[int, list[Finding]] = {}
    for entry in told:
        if not isinstance(entry, list) or len(entry) != 2 or type(entry[0]) is not int or not 0 <= entry[0] < count:
            raise Garbled("a finding is of a feature")
        found.setdefault(entry[0], []).append(finding_from_json(entry[1]))
    return found
