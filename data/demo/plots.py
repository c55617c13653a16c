"""Cutting ground into plots: rows of house plots along streets, strips of field, squares of wood."""

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.frame import Frame
from data.demo.ground import Ground
from data.demo.model import Plot
from data.demo.noise import Floats, Noise, Shapes, stage_rng
from data.demo.shapes import many

# Usual width along the street and depth of a plot in metres.
_SIZES = {
    "centre": (16.0, 34.0), "houses": (20.5, 36.0), "flats": (62.0, 70.0), "works": (80.0, 110.0),
    "park": (160.0, 160.0), "allotments": (40.0, 60.0), "field": (25.0, 300.0), "meadow": (42.0, 170.0),
    "forest": (230.0, 260.0), "orchard": (60.0, 160.0),
}  # fmt: skip
_WHOLE = ("road", "rail", "stream", "pond", "square")


def cut_plots(frame: Frame, ground: list[Ground]) -> list[Plot]:
    """Plots that cover the ground; `parent` counts the pieces of ground they came from."""
    pieces = [g for g in ground if g.zone not in ("rural", *_WHOLE)]
    pieces += _landscape(frame, [g for g in ground if g.zone == "rural"])
    whole = [g for g in ground if g.zone in _WHOLE]
    polygons = np.array([piece.polygon for piece in pieces], dtype=object)
    sizes = np.array([_SIZES[piece.zone] for piece in pieces])
    rows = np.array([piece.zone in ("houses", "centre") for piece in pieces])
    short = _boxes(polygons)[2]
    # Never more than two rows of house plots between two streets: a third would have no way out.
    sizes[:, 1] = np.where(rows, np.maximum(sizes[:, 1], short / 2), sizes[:, 1])
    leaves, owner = _divide(polygons, sizes, stage_rng(frame.seed, "plots"))
    plots = [Plot(g.polygon, g.zone, g.street, index, g.since) for index, g in enumerate(whole)]
    for leaf, of in zip(leaves, owner, strict=True):
        piece = pieces[int(of)]
        plots.append(Plot(leaf, piece.zone, piece.block, len(whole) + int(of), piece.since))
    return plots


def _landscape(frame: Frame, rural: list[Ground]) -> list[Ground]:
    """Break the open country into units of a few hectares and give each its cover."""
    polygons = np.array([g.polygon for g in rural], dtype=object)
    side = 310.0 * max(frame.shrink, 0.35)
    leaves, owner = _divide(polygons, np.full((len(rural), 2), side), stage_rng(frame.seed, "landscape"), slant=0.35)
    plan = frame.plan(shapely.get_coordinates(shapely.centroid(leaves)))
    wood = (
        Noise.make(frame.seed, "wood", 1500.0).at(plan) * 0.7 + Noise.make(frame.seed, "wood 2", 420.0).at(plan) * 0.3
    )
    wet = Noise.make(frame.seed, "wet", 800.0).at(plan)
    chance = stage_rng(frame.seed, "cover").random(len(leaves))
    covers = np.select([wood > 0.565, wet > 0.66, chance < 0.03], ["forest", "meadow", "orchard"], "field")
    return [
        Ground(leaf, str(cover), rural[int(of)].block) for leaf, cover, of in zip(leaves, covers, owner, strict=True)
    ]


def _boxes(polygons: Shapes) -> tuple[Floats, Floats, Floats, Floats]:
    """Middle, unit vector of the long side, short side and long side of the smallest boxes around polygons."""
    boxes = shapely.oriented_envelope(polygons)
    corners = shapely.get_coordinates(boxes).reshape(-1, 5, 2)
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    length_one, length_other = np.hypot(*one.T), np.hypot(*other.T)
    longer = (length_one >= length_other)[:, None]
    long = np.maximum(length_one, length_other)
    axis = np.where(longer, one, other) / long[:, None]
    return corners[:, :4].mean(1), axis, np.minimum(length_one, length_other), long


def _divide(
    polygons: Shapes, sizes: Floats, rng: np.random.Generator, slant: float = 0.0
) -> tuple[Shapes, NDArray[np.intp]]:
    """Halve polygons until each is about (width, depth) metres, all of one level at once.

    Without slant all cuts of a polygon follow its own long side, so strips and rows stay parallel.
    """
    done: list[Shapes] = [polygons[:0]]
    done_of: list[NDArray[np.intp]] = [np.zeros(0, dtype=np.intp)]
    owner = np.arange(len(polygons))
    if not len(polygons):
        return polygons, owner
    first_axis = _boxes(polygons)[1]
    while len(polygons):
        middle, axis, long, aside = _extents(polygons, first_axis[owner]) if not slant else _boxes_as_extents(polygons)
        width, depth = sizes[owner].T
        area = shapely.area(polygons)
        by_row = aside > 1.5 * depth
        by_width = ~by_row & (long > 1.45 * width) & (area > 0.9 * width * np.minimum(aside, depth))
        ready = ~(by_row | by_width)
        done.append(polygons[ready])
        done_of.append(owner[ready])
        go = ~ready
        if not go.any():
            break
        extent, unit = np.where(by_row, aside, long)[go], np.where(by_row, depth, width)[go]
        along = np.where(by_row[:, None], np.column_stack((-axis[:, 1], axis[:, 0])), axis)
        halves, of = _split(polygons[go], _blades(*_cuts(middle[go], along[go], extent, unit, rng), rng, slant))
        polygons, owner = halves, owner[go][of]
    leaves, of_leaf = np.concatenate(done), np.concatenate(done_of)
    order = np.argsort(of_leaf, kind="stable")
    return leaves[order], of_leaf[order]


def _extents(polygons: Shapes, axis: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Middle, axis, and the lengths of polygons along the axis and square to it."""
    points, of = shapely.get_coordinates(shapely.get_exterior_ring(polygons), return_index=True)
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    normal = np.column_stack((-axis[:, 1], axis[:, 0]))
    ranges = []
    for direction in (axis, normal):
        reach = (points * direction[of]).sum(1)
        ranges.append((np.minimum.reduceat(reach, starts), np.maximum.reduceat(reach, starts)))
    (low, high), (near, far) = ranges
    middle = axis * ((low + high) / 2)[:, None] + normal * ((near + far) / 2)[:, None]
    return middle, axis, high - low, far - near


def _boxes_as_extents(polygons: Shapes) -> tuple[Floats, Floats, Floats, Floats]:
    middle, axis, short, long = _boxes(polygons)
    return middle, axis, long, short


def _cuts(
    middle: Floats, along: Floats, extent: Floats, unit: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Where to cut so that whole units remain on both sides, and in which direction to go on from there."""
    count = np.maximum(np.round(extent / unit), 2)
    share = np.floor(count / 2) / count + rng.normal(0, 0.12, len(count)) / count
    return middle + along * ((share - 0.5) * extent)[:, None], along


def _blades(start: Floats, along: Floats, rng: np.random.Generator, slant: float) -> Shapes:
    """Half planes as big boxes whose edge is the cut."""
    turn = rng.normal(0, 1, len(start)) * slant
    side = np.column_stack((-along[:, 1], along[:, 0]))
    tilted = along * np.cos(turn)[:, None] + side * np.sin(turn)[:, None]
    across = np.column_stack((-tilted[:, 1], tilted[:, 0]))
    far = 20_000.0
    corners = np.stack(
        (start - across * far, start + across * far, start + (across + tilted) * far, start + (tilted - across) * far),
        1,
    )
    return many(shapely.polygons(corners))


def _split(polygons: Shapes, blades: Shapes) -> tuple[Shapes, NDArray[np.intp]]:
    parts, of = [], []
    for side in (shapely.intersection(polygons, blades), shapely.difference(polygons, blades)):
        pieces, index = shapely.get_parts(side, return_index=True)
        kept = (shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON) & (shapely.area(pieces) > 0.5)
        parts.append(pieces[kept])
        of.append(index[kept])
    return np.concatenate(parts), np.concatenate(of)
