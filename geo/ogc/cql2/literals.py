"""Geometries and times as both encodings give them, checked as they become nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from math import isfinite
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)
from shapely.geometry.base import BaseGeometry

from geo.ogc import instants
from geo.ogc.cql2.nodes import Instant, Node, Open, Position, Shape
from geo.ogc.cql2.problems import bad
from geo.texts import Text

# Coordinates as nested sequences, the shape of GeoJSON's `coordinates`. Any: how deep they nest depends on the kind.
type Coordinates = Sequence[Any]


def day(text: str, at: Position) -> Instant:
    """A full date."""
    return _instant(text, at, instants.day, Text("'{text}' is no date such as 2026-11-23.", text=text[:40]))


def moment(text: str, at: Position) -> Instant:
    """A date with time and zone."""
    problem = Text("'{text}' is no time such as 2026-11-23T08:00:00Z.", text=text[:40])
    return _instant(text, at, instants.moment, problem)


def end_of_interval(text: str, at: Position) -> Node:
    """One end of an interval: a day, a moment or `..`."""
    if text == "..":
        return Open(at)
    return moment(text, at) if "T" in text.upper() else day(text, at)


def _instant(text: str, at: Position, read: Callable[[str], date | datetime], problem: Text) -> Instant:
    try:
        return Instant(read(text), at)
    except ValueError as exc:
        raise bad(problem, at) from exc


def coordinate(number: float, at: Position) -> float:
    """One number of a position or box, which floating point can hold."""
    try:
        value = float(number)
    except OverflowError as exc:
        raise bad(Text("The number is too large."), at) from exc
    if not isfinite(value):
        raise bad(Text("The number is too large."), at)
    return value


def shape(kind: str, coordinates: Coordinates, at: Position) -> Shape:
    """A geometry from its kind ("point", "multipolygon", case ignored) and its coordinates."""
    builders: dict[str, Callable[[Coordinates], BaseGeometry]] = {
        "point": _point,
        "linestring": LineString,
        "polygon": _polygon,
        "multipoint": lambda members: MultiPoint([_point(member) for member in members]),
        "multilinestring": MultiLineString,
        "multipolygon": lambda members: MultiPolygon([_polygon(member) for member in members]),
    }
    try:
        geometry = builders[kind.lower()](coordinates)
    except _OpenRingError as exc:
        raise bad(Text("A ring of a polygon ends where it begins; repeat its first position at its end."), at) from exc
    except (KeyError, ValueError, TypeError, IndexError, OverflowError, GEOSException) as exc:
        raise bad(Text("The geometry cannot be read."), at) from exc
    return _finite(geometry, at)


def collection(members: Sequence[Shape], at: Position) -> Shape:
    """A geometry collection."""
    return _finite(GeometryCollection([member.geometry for member in members]), at)


def _point(position: Coordinates) -> Point:
    return Point([float(number) for number in position])


class _OpenRingError(ValueError):
    """A ring whose last position is not its first."""


def _polygon(rings: Coordinates) -> Polygon:
    # Shapely would close it: of a polygon cut short something else would be found than was meant.
    if any(list(ring[0]) != list(ring[-1]) for ring in rings):
        raise _OpenRingError
    if any(len(ring) < 4 for ring in rings):
        raise ValueError(rings)
    return Polygon(rings[0], rings[1:])


def _finite(geometry: BaseGeometry, at: Position) -> Shape:
    coordinates = shapely.get_coordinates(geometry)
    if not len(coordinates) or not bool((abs(coordinates) < float("inf")).all()):
        raise bad(Text("The geometry cannot be read."), at)
    return Shape(geometry, at)
