"""Boxes and shapes in any served CRS, as geometries in longitude and latitude.

Outside a projection's domain coordinates mean nothing: they become the empty geometry, which meets no feature.
What reaches into the domain is cut at its rim first, so that a box over half of Europe still finds the town.
"""

from __future__ import annotations

from functools import cache
from math import ceil, isfinite

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.crs import Crs, transform
from geo.geometry import GridBbox, LngLatBbox, outline

NOWHERE: BaseGeometry = Polygon()

# A chord of 100 m leaves a straight line of PL-2000 or PL-1992 by 0.2 mm at most in Polish latitudes.
PIECE_M = 100.0
MOST_PIECES = 512
# Degrees beyond a CRS's area of use in which its formulas are still good to a millimetre.
MARGIN_DEG = 3.0
# Far more than any longitude, small enough for exact arithmetic.
FAR_DEG = 1000.0


@cache
def domain(crs: Crs) -> GridBbox | LngLatBbox:
    """The box of coordinates (x first) in which a CRS means something."""
    if crs.is_geographic:
        return LngLatBbox(-FAR_DEG, -90.0, FAR_DEG, 90.0)
    area = LngLatBbox(*crs.area).grown(MARGIN_DEG)
    ring = outline(area, 4326, crs.srid)
    ring = ring[np.isfinite(ring).all(axis=1)]
    return GridBbox(*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist())


def box_area(values: tuple[float, ...], crs: Crs, *, grown: bool) -> BaseGeometry:
    """The area of a box of 4 or 6 numbers in the authority's axis order; heights are ignored.

    A geographic box whose west lies east of its east crosses the 180th meridian. A `grown` box is larger by half of
    the last digit that we serve, so that a box typed from served coordinates meets the feature that they are of;
    in a filter a box means exactly the polygon of its corners (OGC 21-065r2, conf/spatial-functions/s_within).

    Raises:
        ValueError: not 4 or 6 finite numbers, or a minimum above its maximum.
    """
    if len(values) not in {4, 6} or not all(isfinite(value) for value in values):
        raise ValueError(values)
    half = len(values) // 2
    low, high = values[:2], values[half : half + 2]
    if crs.northing_first:
        low, high = low[::-1], high[::-1]
    (left, bottom), (right, top) = low, high
    if bottom > top or (left > right and not crs.is_geographic):
        raise ValueError(values)
    around = 0.5 * 10.0**-crs.decimals if grown else 0.0
    if left > right:
        halves = (
            _clipped(GridBbox(left, bottom, 180.0, top), crs, around),
            _clipped(GridBbox(-180.0, bottom, right, top), crs, around),
        )
        return shapely.union_all(halves)
    return _clipped(GridBbox(left, bottom, right, top), crs, around)


def shape_area(geometry: BaseGeometry, crs: Crs) -> BaseGeometry:
    """A geometry of the authority's axis order as one of longitude and latitude, valid and flat.

    Raises:
        ValueError: a latitude or longitude that there is none of (OGC 21-065r2, conf/basic-spatial-functions).
    """
    flat = shapely.force_2d(geometry)
    if crs.northing_first:
        flat = shapely.transform(flat, lambda points: points[:, ::-1])
    if crs.is_geographic and not (flat.is_empty or _in_domain(flat, crs)):
        raise ValueError(geometry)
    return _placed(flat, crs)


def _in_domain(flat: BaseGeometry, crs: Crs) -> bool:
    """Whether a flat geometry, x first, lies where its CRS means something; the empty one lies nowhere."""
    rim = domain(crs)
    left, bottom, right, top = flat.bounds
    return bool(rim[0] <= left and rim[1] <= bottom and right <= rim[2] and top <= rim[3])


def _placed(flat: BaseGeometry, crs: Crs) -> BaseGeometry:
    """A flat geometry, x first, as one of longitude and latitude, cut at the rim of its CRS."""
    if not flat.is_valid:
        flat = shapely.make_valid(flat, method="structure", keep_collapsed=True)
    if not _in_domain(flat, crs):
        flat = flat.intersection(box(*domain(crs)))
    if flat.is_empty or crs.is_geographic:
        return NOWHERE if flat.is_empty else flat
    piece = max(PIECE_M, flat.length / (8 * MOST_PIECES))

    def to_lng_lat(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return transform(points, crs.srid, 4326)

    placed = shapely.transform(shapely.segmentize(flat, piece), to_lng_lat)
    return placed if np.isfinite(shapely.get_coordinates(placed)).all() else NOWHERE


def _clipped(asked: GridBbox, crs: Crs, around: float) -> BaseGeometry:
    rim = domain(crs)
    left, bottom = max(asked.left - around, rim[0]), max(asked.bottom - around, rim[1])
    right, top = min(asked.right + around, rim[2]), min(asked.top + around, rim[3])
    if left > right or bottom > top:
        return NOWHERE
    if left == right or bottom == top:
        # A box without an area is what is left of it.
        return _placed(Point(left, bottom).union(Point(right, top)).convex_hull, crs)
    if crs.is_geographic:
        return box(left, bottom, right, top)
    steps = min(max(ceil(max(right - left, top - bottom) / PIECE_M), 8), MOST_PIECES)
    ring = outline(GridBbox(left, bottom, right, top), crs.srid, 4326, steps)
    ring = ring[np.isfinite(ring).all(axis=1)]
    return Polygon(ring) if len(ring) >= 4 else NOWHERE
