"""What a reader hands over, and what a finding says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from geo.texts import Text

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
