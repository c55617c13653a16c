"""The rules of RFC 7946 for one feature: what refuses it, what is only odd, and its shapely geometry.

Own rules, because GDAL reads more than half of a collection of bad files without an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.layers.reader.json_stream import RepeatedKeys
from geo.layers.reader.register import Notes
from geo.texts import Text

# How deep the positions of a type are nested (RFC 7946, 3.1).
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
DECIMALS = 9  # of a degree: a tenth of a millimetre
# Members that would change the meaning of a type (RFC 7946, 7.1).
FOREIGN = {"Feature": ("coordinates", "geometries", "features"), "geometry": ("geometry", "properties", "features")}


class Broken(Exception):
    """A rule is broken; the text says which, where in the geometry, and how to mend it."""

    def __init__(self, problem: Text, remedy: Text) -> None:
        super().__init__(problem.say("en"))
        self.text = Text("{problem} {remedy}", problem=problem, remedy=remedy)


EXPORT_AGAIN = Text("Open the file in QGIS and save it anew: Export > Save Features As > GeoJSON.")
MEND_HERE = Text("Correct it in a text editor, or export the file again from where it comes.")
AS_NUMBERS = Text("Write the coordinates as numbers without quotes, or export the file again from where it comes.")
FIT_THE_TYPE = Text(
    "The coordinates do not fit the geometry's type: correct the type or them, then load the file again."
)
DRAW_AGAIN = Text("Draw the geometry again in QGIS, or delete the feature, and save the file as GeoJSON.")
CLOSE_IT = Text("Write the ring's first position once more at its end, or draw the geometry again in QGIS.")
NO_BBOX = Text("Delete the member 'bbox': nothing needs it.")


def _delete(key: str) -> Text:
    return Text("Delete the member '{key}', or export the file again from where it comes.", key=key)


def geometry_of(value: Any, notes: Notes, where: str = "geometry") -> BaseGeometry | None:
    """The geometry of a GeoJSON object in the order of the file; None for null.

    Raises:
        Broken: against RFC 7946.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Broken(Text("{where} is {found}, not an object.", where=where, found=_kind(value)), MEND_HERE)
    for key in FOREIGN["geometry"]:
        if key in value:
            raise Broken(Text("A geometry must not have a member '{key}'.", key=key), _delete(key))
    _check_bbox(value, where)
    kind = value.get("type")
    if kind == "GeometryCollection":
        return _collection(value, notes, where)
    if kind not in DEPTHS:
        raise Broken(Text("{where} has the unknown type {kind}.", where=where, kind=_kind(kind)), MEND_HERE)
    if "coordinates" not in value:
        raise Broken(Text("{where} has no coordinates.", where=where), DRAW_AGAIN)
    coordinates = value["coordinates"]
    _check_positions(coordinates, DEPTHS[kind], "coordinates")
    return _MAKERS[kind](coordinates, notes)


def check_feature(value: Any) -> dict[str, Any]:
    """The properties of a feature.

    Raises:
        Broken: it is no feature, or its id or properties are of a wrong kind.
    """
    if not isinstance(value, dict):
        raise Broken(Text("The feature is {found}, not an object.", found=_kind(value)), MEND_HERE)
    if isinstance(value, RepeatedKeys):
        raise Broken(
            Text("The member '{key}' stands twice.", key=value.repeated),
            Text("Remove one of the two; readers would not agree on which counts."),
        )
    if value.get("type") != "Feature":
        raise Broken(Text("The type is {found}; it must be 'Feature'.", found=_kind(value.get("type"))), MEND_HERE)
    for key in FOREIGN["Feature"]:
        if key in value:
            raise Broken(Text("A feature must not have a member '{key}'.", key=key), _delete(key))
    identifier = value.get("id")
    if identifier is not None and (isinstance(identifier, bool) or not isinstance(identifier, str | int | float)):
        raise Broken(
            Text("The id is {found}; it must be a text or a number.", found=_kind(identifier)),
            Text("Delete the member 'id', or move it into the properties."),
        )
    _check_bbox(value, Text("the feature"))
    if "geometry" not in value:
        raise Broken(
            Text("The feature has no member '{key}'.", key="geometry"),
            Text('Write "geometry": null for a feature without a place, or export the file again from where it comes.'),
        )
    properties = value.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise Broken(
            Text("The properties are {found}; they must be an object or null.", found=_kind(properties)), EXPORT_AGAIN
        )
    return properties or {}


def _collection(value: dict[str, Any], notes: Notes, where: str) -> BaseGeometry:
    parts = value.get("geometries")
    if not isinstance(parts, list):
        raise Broken(Text("{where} has no geometries.", where=where), DRAW_AGAIN)
    if len(parts) == 1:
        notes.warn("single-collection", Text("A GeometryCollection of one geometry; the geometry alone would do."))
    made = [geometry_of(part, notes, f"geometries[{index}]") for index, part in enumerate(parts)]
    if None in made:
        raise Broken(Text("{where} has an empty part.", where=where), DRAW_AGAIN)
    return shapely.GeometryCollection(made)


def _check_positions(value: Any, depth: int, where: str) -> None:
    """Positions nested exactly so deep, each of two or more numbers."""
    if not isinstance(value, list):
        raise Broken(
            Text("{where} is {found}, not an array.", where=where, found=_kind(value)),
            FIT_THE_TYPE,
        )
    if depth:
        for index, part in enumerate(value):
            _check_positions(part, depth - 1, f"{where}[{index}]")
        return
    for index, number in enumerate(value):
        # bool is an int to Python, not to JSON.
        if type(number) is not float and type(number) is not int:
            raise Broken(
                Text("{where} is {found}, not a number.", where=f"{where}[{index}]", found=_kind(number)),
                FIT_THE_TYPE if isinstance(number, list) else AS_NUMBERS,
            )
    if len(value) < 2:
        problem = Text(
            "{where} has {n} number; a position needs two.",
            "{where} has {n} numbers; a position needs two.",
            where=where,
            n=len(value),
        )
        raise Broken(problem, DRAW_AGAIN)


def _check_bbox(value: dict[str, Any], where: str | Text) -> None:
    if "bbox" not in value:
        return
    box = value["bbox"]
    if not isinstance(box, list) or len(box) not in {4, 6} or not all(type(n) in {int, float} for n in box):
        raise Broken(Text("The bbox of {where} must be four or six numbers.", where=where), NO_BBOX)


def _flat(positions: list[list[float]], notes: Notes) -> NDArray[np.float64]:
    try:
        points = np.array([position[:2] for position in positions], dtype=np.float64).reshape(-1, 2)
    except OverflowError as exc:
        raise Broken(Text("A coordinate is too large."), DRAW_AGAIN) from exc
    # What is beyond all maps is refused later, with its place in the file.
    scaled = np.where(np.abs(points) < 1e9, points, 0.0) * 10.0**DECIMALS
    # A float of a degree carries about 1e-14 of noise, 1e-5 after scaling.
    if np.abs(scaled - np.rint(scaled)).max(initial=0) > 1e-4:
        notes.warn("long-numbers", Text("Coordinates have more than {count} decimals.", count=DECIMALS))
    return points


def _line(positions: list[list[float]], notes: Notes) -> shapely.LineString:
    if len(positions) < 2:
        problem = Text(
            "A line has {n} position; it needs two.", "A line has {n} positions; it needs two.", n=len(positions)
        )
        raise Broken(problem, DRAW_AGAIN)
    return shapely.LineString(_flat(positions, notes))


def _polygon(rings: list[list[list[float]]], notes: Notes) -> shapely.Polygon:
    made = []
    for index, positions in enumerate(rings):
        if len(positions) < 4:
            problem = Text(
                "Ring {ring} has {n} position; it needs four.",
                "Ring {ring} has {n} positions; it needs four.",
                ring=index + 1,
                n=len(positions),
            )
            raise Broken(problem, DRAW_AGAIN)
        if positions[0][:2] != positions[-1][:2]:
            raise Broken(Text("Ring {ring} does not end where it begins.", ring=index + 1), CLOSE_IT)
        ring = shapely.LinearRing(_flat(positions, notes))
        if ring.is_ccw != (index == 0):
            text = Text("Ring {ring} turns the wrong way round (RFC 7946, 3.1.6).", ring=index + 1)
            notes.warn("ring-order", text)
        made.append(ring)
    return shapely.Polygon(made[0], made[1:]) if made else shapely.Polygon()


_MAKERS: dict[str, Callable[[Any, Notes], BaseGeometry]] = {
    "Point": lambda position, notes: shapely.Point(_flat([position], notes)[0]),
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": lambda positions, notes: shapely.MultiPoint(_flat(positions, notes)),
    "MultiLineString": lambda lines, notes: shapely.MultiLineString([_line(line, notes) for line in lines]),
    "MultiPolygon": lambda parts, notes: shapely.MultiPolygon([_polygon(part, notes) for part in parts]),
}


def _kind(value: Any) -> str:
    """A JSON value as a person would call it, short."""
    if isinstance(value, str):
        return f"'{value[:40]}'"
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return "[…]" if value else "[]"
    return json.dumps(value)
