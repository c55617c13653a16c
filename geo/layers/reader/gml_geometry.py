"""GML geometries, versions 2 and 3, as shapely geometries in the coordinate order of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.layers.reader.gml_arcs import arc, circle
from geo.layers.reader.gml_positions import BadGeometry, Points, positions_in
from geo.layers.reader.xml_stream import XLINK_HREF, Element, local_name, namespace
from geo.texts import Text

# How far the end of one curve may lie from the start of the next in a ring, in units of the CRS: the
# registers write two decimals of a metre, and rounding differs between programs.
JOINT = 0.011


@dataclass(frozen=True, slots=True)
class GmlGeometry:
    """A geometry, its srsName as written, and whether heights were left out."""

    geometry: BaseGeometry
    srs: str | None
    flattened: bool


def geometry_in(element: Element) -> Element | None:
    """The first GML geometry directly inside an element; None for an empty or nil property."""
    for child in element:
        if local_name(child.tag) in _READERS and "opengis.net/gml" in namespace(child.tag):
            return child
    return None


def read(element: Element) -> GmlGeometry:
    """Read a geometry element; a third coordinate is left out.

    Raises:
        BadGeometry: it breaks GML's rules or is of a kind that no register uses; knows the line.
    """
    names: set[str] = set()
    dimensions: set[str] = set()
    for node in element.iter():
        if name := node.get("srsName"):
            names.add(name)
        if dimension := node.get("srsDimension"):
            dimensions.add(dimension)
    if len(names) > 1:
        raise BadGeometry(Text("One geometry names two CRSs: {names}.", names=", ".join(sorted(names))), element)
    try:
        geometry = _read(element, 3 if "3" in dimensions else 2)
    except (ValueError, ArithmeticError, shapely.errors.ShapelyError) as exc:
        # What GEOS refuses (patches that cross themselves cannot be united) is a fault of this feature alone.
        raise BadGeometry(Text("The geometry cannot be built ({detail}).", detail=str(exc)[:80]), element) from exc
    return GmlGeometry(geometry, next(iter(names), None), "3" in dimensions)


def _read(element: Element, dimension: int) -> BaseGeometry:
    reader = _READERS.get(local_name(element.tag))
    if reader is None:
        raise BadGeometry(Text("{name} is a geometry that is not supported.", name=local_name(element.tag)), element)
    return reader(element, dimension)


def _inside(element: Element, *properties: str) -> Iterator[Element]:
    """The geometries inside the named property elements."""
    for child in element:
        if local_name(child.tag) not in properties:
            continue
        if child.get(XLINK_HREF) is not None:
            raise BadGeometry(Text("A part of the geometry is only a link to another one."), child)
        yield from child


def _point(element: Element, dimension: int) -> BaseGeometry:
    positions = positions_in(element, dimension)
    if len(positions) != 1:
        raise BadGeometry(Text("A point has {n} position.", "A point has {n} positions.", n=len(positions)), element)
    return shapely.Point(positions[0])


def _line(element: Element, dimension: int) -> BaseGeometry:
    positions = _curve_positions(element, dimension)
    if len(positions) < 2:
        raise BadGeometry(Text("A line has fewer than two positions."), element)
    return shapely.LineString(positions)


def _curve_positions(element: Element, dimension: int) -> Points:
    """The vertices of any curve, arcs divided into chords (`gml_arcs`)."""
    name = local_name(element.tag)
    if name == "Curve":
        segments = [segment for child in element if local_name(child.tag) == "segments" for segment in child]
        return _chained([_segment(segment, dimension) for segment in segments], element)
    if name in {"CompositeCurve", "Ring"}:
        members = _inside(element, "curveMember", "curveMembers")
        return _chained([_curve_positions(member, dimension) for member in members], element)
    if name == "OrientableCurve":
        base = next(_inside(element, "baseCurve"), None)
        if base is None:
            raise BadGeometry(Text("The geometry has no coordinates."), element)
        positions = _curve_positions(base, dimension)
        return positions[::-1] if element.get("orientation") == "-" else positions
    if name in {"LineString", "LinearRing"}:
        return positions_in(element, dimension)
    raise BadGeometry(Text("{name} is a geometry that is not supported.", name=name), element)


def _segment(element: Element, dimension: int) -> Points:
    name = local_name(element.tag)
    if name not in {"LineStringSegment", "Arc", "ArcString", "Circle"}:
        raise BadGeometry(Text("{name} is a geometry that is not supported.", name=name), element)
    positions = positions_in(element, dimension)
    if name == "LineStringSegment":
        return positions
    if len(positions) < 3 or len(positions) % 2 == 0 or (name != "ArcString" and len(positions) != 3):
        raise BadGeometry(
            Text("{name} has {n} position.", "{name} has {n} positions.", name=name, n=len(positions)), element
        )
    try:
        if name == "Circle":
            return circle(positions)
        return _chained([arc(positions[i : i + 3]) for i in range(0, len(positions) - 2, 2)], element)
    except ValueError as exc:
        raise BadGeometry(Text("The three points of a circle lie in a line."), element) from exc


def _chained(parts: list[Points], element: Element) -> Points:
    """One chain from several that follow each other."""
    if not parts:
        raise BadGeometry(Text("The geometry has no coordinates."), element)
    for before, after in pairwise(parts):
        if np.abs(before[-1] - after[0]).max() > JOINT:
            raise BadGeometry(Text("The parts of a curve do not follow each other."), element)
    return parts[0] if len(parts) == 1 else np.vstack((parts[0], *(part[1:] for part in parts[1:])))


def _ring(element: Element, dimension: int) -> Points:
    positions = _curve_positions(element, dimension)
    if len(positions) < 4:
        raise BadGeometry(
            Text(
                "A ring has {n} position; it needs four.", "A ring has {n} positions; it needs four.", n=len(positions)
            ),
            element,
        )
    if np.abs(positions[0] - positions[-1]).max() > JOINT:
        raise BadGeometry(Text("A ring does not end where it begins."), element)
    positions[-1] = positions[0]
    return positions


def _polygon(element: Element, dimension: int) -> BaseGeometry:
    shells = [_ring(ring, dimension) for ring in _inside(element, "exterior", "outerBoundaryIs")]
    holes = [_ring(ring, dimension) for ring in _inside(element, "interior", "innerBoundaryIs")]
    if len(shells) != 1:
        raise BadGeometry(
            Text("A polygon has {n} outer ring.", "A polygon has {n} outer rings.", n=len(shells)), element
        )
    return shapely.Polygon(shells[0], holes)


def _surface(element: Element, dimension: int) -> BaseGeometry:
    """A surface of patches: one polygon, or what the patches cover together."""
    patches = [_read(patch, dimension) for patch in _inside(element, "patches", "polygonPatches")]
    return _together(patches, element)


def _composite_surface(element: Element, dimension: int) -> BaseGeometry:
    return _together([_read(part, dimension) for part in _inside(element, "surfaceMember", "surfaceMembers")], element)


def _orientable_surface(element: Element, dimension: int) -> BaseGeometry:
    return _together([_read(part, dimension) for part in _inside(element, "baseSurface")], element)


def _together(parts: list[BaseGeometry], element: Element) -> BaseGeometry:
    if not parts:
        raise BadGeometry(Text("The geometry has no coordinates."), element)
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _multi(make: Callable[[Any], BaseGeometry], *properties: str) -> Callable[[Element, int], BaseGeometry]:
    def read_multi(element: Element, dimension: int) -> BaseGeometry:
        parts = [_read(part, dimension) for part in _inside(element, *properties)]
        singles = [single for part in parts for single in getattr(part, "geoms", (part,))]
        try:
            return make(singles)
        except (TypeError, ValueError, shapely.errors.ShapelyError) as exc:
            raise BadGeometry(Text("The parts of the geometry are of another kind than it says."), element) from exc

    return read_multi


_READERS: dict[str, Callable[[Element, int], BaseGeometry]] = {
    "Point": _point,
    "LineString": _line,
    "LinearRing": _line,
    "Curve": _line,
    "CompositeCurve": _line,
    "OrientableCurve": _line,
    "Polygon": _polygon,
    "PolygonPatch": _polygon,
    "Surface": _surface,
    "PolyhedralSurface": _surface,
    "CompositeSurface": _composite_surface,
    "OrientableSurface": _orientable_surface,
    "MultiPoint": _multi(shapely.MultiPoint, "pointMember", "pointMembers"),
    "MultiLineString": _multi(shapely.MultiLineString, "lineStringMember"),
    "MultiCurve": _multi(shapely.MultiLineString, "curveMember", "curveMembers"),
    "MultiPolygon": _multi(shapely.MultiPolygon, "polygonMember"),
    "MultiSurface": _multi(shapely.MultiPolygon, "surfaceMember", "surfaceMembers"),
    "MultiGeometry": _multi(shapely.GeometryCollection, "geometryMember", "geometryMembers"),
}
