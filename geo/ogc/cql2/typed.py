"""An expression in SQL with its kind, and what kinds may meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from geo.errors import BadRequest
from geo.ogc.condition import Bounds, written
from geo.ogc.cql2.nodes import Position
from geo.ogc.cql2.problems import bad
from geo.texts import Text

type Kind = Literal["text", "number", "boolean", "date", "datetime", "interval", "geometry"]


@dataclass(frozen=True, slots=True)
class Typed:
    """SQL that yields a value of a kind. An interval has two expressions, of one kind, in `ends`."""

    sql: sql.SQL
    kind: Kind
    at: Position = None
    ends: tuple[Typed, Typed] | None = None
    # A geometry that the filter spells out and that most of PostGIS's predicates do not take.
    mixed_collection: bool = False
    # Of a geometry that the filter spells out its bounds; of a condition on the place alone the box that all it finds
    # meets. Longitude, latitude.
    within: Bounds | None = None


def kind_name(kind: Kind) -> Text:
    """The kind in words."""
    names = {
        "text": Text("text"),
        "number": Text("number"),
        "boolean": Text("yes or no"),
        "date": Text("date"),
        "datetime": Text("date and time"),
        "interval": Text("interval"),
        "geometry": Text("geometry"),
    }
    return names[kind]


def expect(value: Typed, *kinds: Kind) -> Typed:
    """The value itself, when its kind is one of these.

    Raises:
        BadRequest: it is of another kind.
    """
    if value.kind not in kinds:
        wanted, found = kind_name(kinds[0]), kind_name(value.kind)
        raise bad(
            Text("A value of the kind '{wanted}' is needed, not '{found}'.", wanted=wanted, found=found), value.at
        )
    return value


def mismatch(left: Typed, right: Typed) -> BadRequest:
    """The error for two kinds that cannot be compared."""
    problem = Text(
        "'{left}' cannot be compared with '{right}'.", left=kind_name(left.kind), right=kind_name(right.kind)
    )
    if {left.kind, right.kind} == {"text", "number"}:
        problem = Text("{problem} Texts stand in single quotes, numbers do not.", problem=problem)
    if "text" in {left.kind, right.kind} and {left.kind, right.kind} & {"date", "datetime"}:
        problem = Text("{problem} Write DATE('2026-11-23') or TIMESTAMP('2026-11-23T08:00:00Z').", problem=problem)
    return bad(problem, right.at)


def as_day(value: Typed) -> Typed:
    """A moment as its day in UTC; days stay."""
    if value.kind == "date":
        return value
    return Typed(written("({} AT TIME ZONE 'UTC')::date", value.sql), "date", value.at)


def matched(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """Two scalar values made comparable. A day and a moment are compared as days, the coarser of the two.

    Raises:
        BadRequest: their kinds cannot be compared.
    """
    if left.kind == right.kind and left.kind not in {"interval", "geometry"}:
        return left, right
    if {left.kind, right.kind} == {"date", "datetime"}:
        return as_day(left), as_day(right)
    raise mismatch(left, right)
