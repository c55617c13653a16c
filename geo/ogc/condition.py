"""Parts of a WHERE clause: SQL text with named placeholders, and the values that belong to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import LiteralString

import shapely
from psycopg import sql
from shapely.geometry.base import BaseGeometry

type Bound = str | int | float | bool | bytes
# West, south, east, north in degrees.
type Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean expression over a collection's table and the values of its placeholders.

    `within` is the box that all it finds meets, where it asks for a place alone.
    """

    sql: sql.SQL
    values: dict[str, Bound] = field(default_factory=dict)
    within: Bounds | None = None


class Bindings:
    """Values under generated names.

    The names depend only on the order of binding, so that equal shapes give equal SQL: what `geo.prepared` knows a
    statement by.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.values: dict[str, Bound] = {}

    def bind(self, value: Bound, cast: str) -> sql.SQL:
        """A placeholder with its PostgreSQL type; the value travels apart from the text.

        `cast` is the name of a type, from code and never from a request.
        """
        name = f"{self._prefix}{len(self.values)}"
        self.values[name] = value
        return _placeholder(name, cast)

    def geometry(self, place: BaseGeometry) -> sql.SQL:
        """A geometry of longitudes and latitudes, SRID 4326."""
        # Its SRID travels with it: a function that gave it one would run for each feature that is looked at.
        return self.bind(shapely.to_wkb(shapely.set_srid(place, 4326), include_srid=True), "geometry")


def written(template: LiteralString, *parts: sql.SQL) -> sql.SQL:
    """SQL with other SQL in its places, as psycopg's `format` puts it there: `{}`, `{0}`, `{{`.

    Written at once. Composed first, and rendered for every request, a filter took ten times as long.
    """
    return sql.SQL(template.format(*[part.as_string(None) for part in parts]))


def joined(between: LiteralString, parts: Iterable[sql.SQL]) -> sql.SQL:
    """SQL one after the other."""
    return sql.SQL(between.join([part.as_string(None) for part in parts]))


@lru_cache(maxsize=512)
def column(name: str) -> sql.SQL:
    """A column's name in quotes."""
    return sql.SQL(sql.Identifier(name).as_string(None))


@lru_cache(maxsize=512)
def _placeholder(name: str, cast: str) -> sql.SQL:
    return sql.SQL(sql.SQL("{}::{}").format(sql.Placeholder(name), sql.Identifier(cast)).as_string(None))


def every(parts: list[sql.Composable]) -> sql.Composable:
    """All conditions at once; true when there is none."""
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")
