"""Shapely with its many return types narrowed to what we ask it for."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.demo.noise import Floats, Shapes

Area = Polygon | MultiPolygon


def areas_united(shapes: Shapes | Sequence[BaseGeometry]) -> Area:
    """The union of areas."""
    return cast("Area", shapely.union_all(shapes))


def mosaic_united(faces: Shapes) -> Area:
    """The union of faces that meet edge to edge."""
    return cast("Area", shapely.coverage_union_all(faces))


def smallest_box(shape: Polygon) -> Floats:
    """The five corners of the smallest box around a shape, at any angle."""
    return shapely.get_coordinates(shapely.oriented_envelope(shape))


def many(shapes: object) -> Shapes:
    """What shapely returns for arrays, which its types cannot tell from single shapes."""
    return cast("Shapes", shapes)


def collected(shapes: Sequence[BaseGeometry]) -> Shapes:
    """Shapes as an array of objects."""
    array: Shapes = np.array(shapes, dtype=object)
    return array
