"""What a reader hands over, and what a finding says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import compress
from typing import Self, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.texts import Text

_POSITION_BYTES = 16

type RawValue = str | int | float | bool | date | datetime | None


class Severity(StrEnum):
    """How much a finding matters."""

    REFUSED = "refused"  # this feature is not in the edition
    WARNING = "warning"  # stored, but somebody should look
    NOTE = "note"  # a decision that the loader took, such as the axis order


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the officer should know of a file: what, where, and what to do."""

    severity: Severity
    code: str
    text: Text
    # How a person finds the feature in the file: its lokalnyId, gml:id, key or "#17".
    feature: str | None = None
    line: int | None = None


@dataclass(slots=True)
class RawFeature:
    """A feature as a reader found it; nothing is decided yet.

    `geometry` has the coordinates in the order of the file: which axis is which is decided for the whole
    file (`reader.placement`). `fields` have the names that `reader` documents for the kind.
    """

    kind: str  # such as "prg.address", "egib.parcel", "wfs.dzialki", "table"
    number: int  # ordinal in the file, from 1
    name: str
    fields: Mapping[str, RawValue]
    geometry: BaseGeometry | None
    srs: str | None  # srsName or CRS as written; None when the file says nothing
    line: int | None = None
    teryt: str | None = None  # gmina, seven digits; None when the feature does not say
    # What the reader itself found wrong or odd; a REFUSED one refuses the feature.
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Features:
    """Features of one kind as columns of one length, in the order of the file: each as a `RawFeature` would have it."""

    kind: str
    numbers: Sequence[int]
    names: Sequence[str]
    lines: Sequence[int | None]
    # What no feature has, or a refused one alone, is not there.
    fields: Mapping[str, Sequence[RawValue]]
    geometries: NDArray[np.object_]
    srs: Sequence[str | None]
    teryt: Sequence[str | None]
    findings: Mapping[int, list[Finding]]  # by position

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def size(self) -> int:
        """What its texts and coordinates take written out, roughly, in bytes; a shared text counts each time."""
        columns = (self.names, self.srs, self.teryt, *self.fields.values())
        texts = sum(sum(map(len, texts_of(column))) for column in columns)
        return texts + _POSITION_BYTES * int(shapely.get_num_coordinates(self.geometries).sum())

    @classmethod
    def of(cls, kind: str, raws: Sequence[RawFeature]) -> Self:
        """From features that were read one by one."""
        geometries = np.full(len(raws), None, dtype=object)
        geometries[:] = [raw.geometry for raw in raws]
        # Of a feature that its reader refused nothing may have been read.
        whole = (raw for raw in raws if not any(one.severity is Severity.REFUSED for one in raw.findings))
        fields = dict.fromkeys(name for raw in whole for name in raw.fields)
        return cls(
            kind=kind,
            numbers=[raw.number for raw in raws],
            names=[raw.name for raw in raws],
            lines=[raw.line for raw in raws],
            fields={name: [raw.fields.get(name) for raw in raws] for name in fields},
            geometries=geometries,
            srs=[raw.srs for raw in raws],
            teryt=[raw.teryt for raw in raws],
            findings={position: raw.findings for position, raw in enumerate(raws) if raw.findings},
        )

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Several of one kind as one."""
        if len(parts) == 1:
            return parts[0]
        names = dict.fromkeys(name for part in parts for name in part.fields)
        findings: dict[int, list[Finding]] = {}
        before = 0
        for part in parts:
            findings |= {before + position: found for position, found in part.findings.items()}
            before += len(part)
        return cls(
            kind=parts[0].kind,
            numbers=[number for part in parts for number in part.numbers],
            names=[name for part in parts for name in part.names],
            lines=[line for part in parts for line in part.lines],
            fields={
                name: [value for part in parts for value in part.fields.get(name, [None] * len(part))] for name in names
            },
            geometries=np.concatenate([part.geometries for part in parts]),
            srs=[name for part in parts for name in part.srs],
            teryt=[code for part in parts for code in part.teryt],
            findings=findings,
        )

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """Those at some positions."""
        if kept.all():
            return self
        now = {int(position): place for place, position in enumerate(np.flatnonzero(kept))}
        return type(self)(
            kind=self.kind,
            numbers=list(compress(self.numbers, kept)),
            names=list(compress(self.names, kept)),
            lines=list(compress(self.lines, kept)),
            fields={name: list(compress(column, kept)) for name, column in self.fields.items()},
            geometries=self.geometries[kept],
            srs=list(compress(self.srs, kept)),
            teryt=list(compress(self.teryt, kept)),
            findings={now[position]: found for position, found in self.findings.items() if position in now},
        )

    def each(self) -> Iterator[RawFeature]:
        """One by one."""
        for position, number in enumerate(self.numbers):
            yield RawFeature(
                self.kind,
                number,
                self.names[position],
                {name: column[position] for name, column in self.fields.items()},
                self.geometries[position],
                self.srs[position],
                self.lines[position],
                self.teryt[position],
                self.findings.get(position, []),
            )


def texts_of(column: Sequence[RawValue]) -> Iterable[str]:
    """The texts among a column's values, empty ones perhaps left out."""
    kinds = set(map(type, column))
    if kinds <= {str, type(None)}:
        # Nearly every column: without a test of each value.
        return cast("Iterable[str]", filter(None, column))
    some = any(issubclass(kind, str) for kind in kinds)
    return (value for value in column if isinstance(value, str)) if some else ()
