"""The tree of a filter. Both encodings of CQL2 make it; `to_sql` alone reads it.

Its shape is that of CQL2 JSON: everything that takes arguments is an `Op` with the name used there, in lower
case ("and", "<=", "like", "isNull", "s_intersects", "casei", "+"). What a name means, how many arguments it takes
and of which kind is decided in `to_sql`, so that both encodings get the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shapely.geometry.base import BaseGeometry

# Where a node begins in the text, counted from 1; None in JSON, which has no positions that a person would count.
type Position = int | None
type Node = Op | Property | Scalar | Instant | Open | Interval | Shape | Box


@dataclass(frozen=True, slots=True)
class Op:
    """An operator or function with its arguments."""

    name: str
    args: tuple[Node, ...]
    at: Position = None


@dataclass(frozen=True, slots=True)
class Property:
    """A property by its name; `quoted` when the filter has it in double quotes."""

    name: str
    at: Position = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number or boolean."""

    value: str | int | float | bool
    at: Position = None


@dataclass(frozen=True, slots=True)
class Instant:
    """A day or a moment (with its zone)."""

    value: date | datetime
    at: Position = None


@dataclass(frozen=True, slots=True)
class Open:
    """The open end of an interval, written `..`."""

    at: Position = None


@dataclass(frozen=True, slots=True)
class Interval:
    """From one instant to another, both included."""

    start: Node
    end: Node
    at: Position = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry in the filter's CRS, coordinates in the order of its authority."""

    geometry: BaseGeometry
    at: Position = None


@dataclass(frozen=True, slots=True)
class Box:
    """A box in the filter's CRS: 4 or 6 numbers in the order of its authority."""

    values: tuple[float, ...]
    at: Position = None
