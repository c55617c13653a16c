"""Where a source file has pixels: its outline in degrees, from its mask."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio import features
from rasterio.transform import Affine
from shapely.geometry import Polygon, shape
from shapely.geometry.polygon import orient

from geo.errors import Refused, Unreadable
from geo.geometry import LngLatBbox
from geo.ortho.source import Source, readable
from geo.texts import Text

# The mask is read at this many pixels along its longer side: the rim is true to a five-hundredth at worst.
_MASK_PIXELS = 1024
# Straight edges of the file's CRS bend in another: each is divided into this many parts of the longer side.
_EDGE_PARTS = 32
_SPECK = 0.01


class OutsideTown(Refused):
    """{file} lies around {lng} E {lat} N, outside the municipality. Check its CRS, or use --anywhere."""

    code = "ortho-outside-town"


def footprint(source: Source) -> Polygon:
    """The outline of the valid pixels in degrees, longitude first, without specks; holes are kept.

    Where the pixels fall into several parts, it is their convex hull: the footprint of a file is one polygon.

    Raises:
        Unreadable: there is no valid pixel, or the mask cannot be read.
    """
    dataset = source.dataset
    parts = _parts(source)
    largest = max((part.area for part in parts), default=0.0)
    parts = [part for part in parts if part.area > largest * _SPECK]
    if not parts:
        raise Unreadable(
            file=source.file.name,
            problem=Text("It has no valid pixel."),
            remedy=Text("Check its nodata value and its mask."),
        )
    whole = parts[0] if len(parts) == 1 else shapely.union_all(parts).convex_hull
    longer = max(abs(dataset.bounds.right - dataset.bounds.left), abs(dataset.bounds.top - dataset.bounds.bottom))
    divided = shapely.segmentize(whole, longer / _EDGE_PARTS)
    moved = shapely.transform(divided, lambda points: source.to_lnglat(np.asarray(points)))
    return orient(moved if moved.is_valid else moved.convex_hull)


def must_meet(extent: LngLatBbox, outline: Polygon, file_name: str) -> None:
    """Refuse a file that lies elsewhere.

    Raises:
        OutsideTown: the outline does not touch the box; says where it lies.
    """
    if not outline.intersects(shapely.box(*extent)):
        middle = outline.centroid
        raise OutsideTown(file=file_name, lng=round(middle.x, 4), lat=round(middle.y, 4))


def _parts(source: Source) -> list[Polygon]:
    dataset = source.dataset
    shrink = max(1.0, max(dataset.width, dataset.height) / _MASK_PIXELS)
    width, height = max(1, round(dataset.width / shrink)), max(1, round(dataset.height / shrink))
    grid = dataset.transform @ Affine.scale(dataset.width / width, dataset.height / height)
    mask = _mask(source, (height, width))
    if mask.all():
        corners = ((0, 0), (0, dataset.height), (dataset.width, dataset.height), (dataset.width, 0))
        return [Polygon([dataset.transform @ corner for corner in corners])]
    found = features.shapes(mask, mask=mask > 0, transform=grid, connectivity=8)
    pixel = max(abs(grid.a) + abs(grid.b), abs(grid.d) + abs(grid.e))
    outlines = [shape(geometry).simplify(pixel) for geometry, _ in found]
    return [outline for outline in outlines if isinstance(outline, Polygon) and not outline.is_empty]


def _mask(source: Source, shape_: tuple[int, int]) -> NDArray[np.uint8]:
    dataset = source.dataset
    with readable(source.file):
        if source.bands.palette is not None:
            values = dataset.read(1, out_shape=shape_)
            seen = source.bands.palette[values][..., 3] & dataset.read_masks(1, out_shape=shape_)
        elif source.bands.alpha is not None:
            seen = dataset.read(source.bands.alpha, out_shape=shape_)
        else:
            # With a nodata value a pixel is valid where any of its bands is.
            seen = dataset.read_masks(list(source.bands.colours), out_shape=(len(source.bands.colours), *shape_))
            seen = seen.max(axis=0)
    return np.where(seen > 0, np.uint8(255), np.uint8(0))
