"""What is wrong with a geometry that could be built."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geo.texts import Number, Text

# Degrees east and north; farther on, tiles have no place and PostGIS no coordinates.
REACH = (180.0, 85.0511)
PLACE = re.compile(r"\[(\S+) (\S+)\]")
# GEOS speaks English only; these are its words, with what a person may do with them.
REASONS = {
    "Self-intersection": Text("the outline crosses itself"),
    "Ring Self-intersection": Text("a ring touches or crosses itself"),
    "Hole lies outside shell": Text("a hole lies outside"),
    "Holes are nested": Text("a hole lies in another"),
    "Interior is disconnected": Text("holes cut it in two"),
    "Nested shells": Text("one part lies in another"),
    "Duplicate Rings": Text("two rings are the same"),
    "Too few points in geometry component": Text("a part has too few points"),
    "Too few distinct points in geometry component": Text("a part has too few points"),
    "Invalid Coordinate": Text("a coordinate is no number"),
    "Ring is not closed": Text("a ring is not closed"),
}


def doubtful(geometries: NDArray[np.object_], kinds: Collection[str] = ()) -> NDArray[np.bool_]:
    """Which of many geometries `problem_of` would not let pass: all are tested at once, the few then explained."""
    sound = shapely.is_valid(geometries) & ~shapely.is_empty(geometries)
    if kinds:
        sound &= np.isin(shapely.get_type_id(geometries), [shapely.GeometryType[kind.upper()] for kind in kinds])
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    # No number is smaller than another: NaN fails here too.
    sound[owners[~(np.abs(coordinates) <= REACH).all(axis=1)]] = False
    return ~sound


def problem_of(geometry: BaseGeometry | None, kinds: Collection[str] = ()) -> Text | None:
    """Why a geometry in WGS 84 (longitude first) cannot be stored; None when it can.

    Args:
        geometry: placed already, so that the place of a fault is said in degrees.
        kinds: permitted geometry types, such as `Polygon` and `MultiPolygon`; empty permits all.
    """
    if geometry is None or geometry.is_empty:
        return Text("It has no geometry.")
    if kinds and geometry.geom_type not in kinds:
        return Text(
            "It is a {found}; the layer takes {wanted}.", found=geometry.geom_type, wanted=", ".join(sorted(kinds))
        )
    if not (np.abs(shapely.get_coordinates(geometry)) <= REACH).all():
        return Text("A coordinate is no finite number, or lies where its CRS or the map does not reach.")
    if geometry.is_valid:
        return None
    said = explain_validity(geometry)
    reason = REASONS.get(said.partition("[")[0].strip(), Text("GEOS says: {detail}", detail=said.partition("[")[0]))
    place = PLACE.search(said)
    if place is None:
        return Text("The geometry is not valid: {reason}.", reason=reason)
    return Text(
        "The geometry is not valid: {reason} at {lng}° E {lat}° N.",
        reason=reason,
        lng=Number(float(place[1]), 6),
        lat=Number(float(place[2]), 6),
    )
