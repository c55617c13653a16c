"""Main roads: the square, the ring around the old town, radials and the roads between settlements."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.ops import linemerge

from data.demo.frame import CENTRE, SETTLEMENTS, Frame
from data.demo.noise import Floats, stage_rng

SQUARE_HALF_M = (44.0, 36.0)
_TILT = math.radians(17)
_RING_NODES = ("ring-e", "ring-n", "ring-w", "ring-s")

# Number, category, corridor width in metres, and the way: settlements, ring nodes or places in parts of the extent.
_ROADS: tuple[tuple[str, str, float, tuple[str | tuple[float, float], ...]], ...] = (
    ("DK44", "krajowa", 24.0, ((1.08, 0.21), "Nowy Świat", (0.81, 0.275), "ring-n", (0.69, 0.36), "Śmiłowice",
                               (0.51, 0.60), "Borowa Wieś", (0.31, 0.66), (0.25, 0.86), (0.22, 1.10))),
    ("DK81", "krajowa", 26.0, ((0.77, 0.75), "Kamionka", (0.82, 0.36), (0.81, 0.275), (0.815, 0.18), "Goj",
                               (0.85, -0.1))),
    ("DW928", "wojewodzka", 17.0, ("ring-w", (0.66, 0.22), "Retno", (0.50, 0.22), "Mokre", (0.28, 0.25), "Bujaków",
                                   (0.04, 0.28), (-0.1, 0.26))),
    ("DW927", "wojewodzka", 16.0, ("Bujaków", (0.12, 0.45), (0.17, 0.60), "Paniowy", (0.17, 0.88), (0.12, 1.1))),
    ("5301S", "powiatowa", 14.0, ("Mokre", (0.39, 0.40), (0.43, 0.52), "Borowa Wieś")),
    ("5302S", "powiatowa", 14.0, ("Paniowy", (0.26, 0.70), (0.31, 0.66))),
    ("5303S", "powiatowa", 14.0, ("Śmiłowice", (0.54, 0.42), (0.47, 0.36), "Mokre")),
    ("5304S", "powiatowa", 13.0, ("Śmiłowice", (0.72, 0.51), "Kamionka", (0.93, 0.49))),
    ("5305S", "powiatowa", 14.0, ("ring-s", (0.75, 0.16), "Goj", (0.90, 0.13), (1.05, 0.10))),
    ("5306S", "powiatowa", 13.0, ("Retno", (0.60, 0.09), (0.58, -0.08))),
    ("5307S", "powiatowa", 13.0, ("Bujaków", (0.17, 0.20), (0.15, -0.05))),
    ("5308S", "powiatowa", 13.0, ("ring-e", (0.79, 0.24), (0.815, 0.18))),
    ("5309S", "powiatowa", 13.0, ("Borowa Wieś", (0.46, 0.73), (0.53, 1.0))),
    ("5310S", "powiatowa", 13.0, ("Nowy Świat", (0.90, 0.35), (0.82, 0.36))),
    ("5311S", "powiatowa", 13.0, ((0.17, 0.60), (0.08, 0.60), (-0.1, 0.62))),
    ("5312S", "powiatowa", 13.0, ("Retno", (0.66, 0.14), (0.75, 0.16))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A centre line with what the register says of its road."""

    line: LineString
    role: str
    number: str
    category: str
    width_m: float


def square() -> Polygon:
    """The centre lines of the four sides of the main square."""
    half_x, half_y = SQUARE_HALF_M
    corners = np.array([(half_x, half_y), (-half_x, half_y), (-half_x, -half_y), (half_x, -half_y)])
    return Polygon(np.round(_turn(corners, _TILT) + CENTRE, 2))


def main_ways(frame: Frame) -> list[Way]:
    """Main roads as edges between junctions, clipped to the boundary, sharing their end points exactly."""
    raw = [Way(LineString(_curve(frame, way)), "main", n, c, w) for n, c, w, way in _ROADS]
    ring = _ring(frame)
    corners = np.array(square().exterior.coords[:4])
    raw += [Way(LineString(arc), "ring", f"53{20 + i}S", "powiatowa", 15.0) for i, arc in enumerate(ring)]
    sides = zip(corners, np.roll(corners, -1, 0), strict=True)
    raw += [Way(LineString(side), "square", "", "gminna", 12.0) for side in sides]
    for corner, arc in zip(corners, ring, strict=True):
        raw.append(Way(LineString([corner, arc[0]]), "radial", "", "gminna", 12.0))
    return _noded(raw, frame.boundary)


def line_through(frame: Frame, places: tuple[tuple[float, float], ...]) -> LineString:
    """A smooth line through places given in parts of the extent."""
    return LineString(_curve(frame, places))


def _turn(points: Floats, angle: float) -> Floats:
    cos, sin = math.cos(angle), math.sin(angle)
    result: Floats = points @ np.array(((cos, sin), (-sin, cos)))
    return result


def _ring(frame: Frame) -> list[Floats]:
    """Four arcs round the old town, each from one ring node to the next, counter-clockwise from the east."""
    rng = stage_rng(frame.seed, "ring")
    radius = max(360.0 * frame.shrink, 110.0)
    radii = radius * rng.uniform(0.9, 1.12, 24)
    radii = (np.roll(radii, 1) + radii * 2 + np.roll(radii, -1)) / 4
    angles = math.radians(40) + np.arange(24) * 2 * math.pi / 24
    points = np.column_stack((np.cos(angles), np.sin(angles))) * radii[:, None] + CENTRE
    closed = np.vstack((points, points[:1]))
    return [closed[6 * i : 6 * i + 7] for i in range(4)]


def _curve(frame: Frame, way: tuple[str | tuple[float, float], ...]) -> Floats:
    ring = dict(zip(_RING_NODES, (arc[0] for arc in _ring(frame)), strict=True))
    known = {s.name: np.array(frame.place(s.place)) for s in SETTLEMENTS}
    nodes = [
        np.array(frame.place(stop)) if isinstance(stop, tuple) else ring[stop] if stop in ring else known[stop]
        for stop in way
    ]
    points = np.array(nodes)
    before = np.vstack((2 * points[:1] - points[1:2], points[:-1]))
    after = np.vstack((points[1:], 2 * points[-1:] - points[-2:-1]))
    tangents = (after - before) / 2
    pieces = []
    for t in np.arange(0, 1, 1 / 12):
        h00, h10, h01, h11 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2, t**3 - t**2
        pieces.append(h00 * points[:-1] + h10 * tangents[:-1] + h01 * points[1:] + h11 * tangents[1:])
    curve = np.stack(pieces, axis=1).reshape(-1, 2)
    return np.vstack((curve, points[-1:]))


def _noded(ways: list[Way], boundary: Polygon) -> list[Way]:
    lines = [way.line for way in ways]
    merged = shapely.union_all(shapely.intersection(lines, boundary), grid_size=0.01)
    edges = shapely.get_parts(linemerge(shapely.get_parts(merged).tolist()))
    tree = shapely.STRtree(lines)
    nearest = tree.nearest(shapely.line_interpolate_point(edges, 0.5, normalized=True))
    noded = []
    for edge, owner in zip(edges, nearest, strict=True):
        way = ways[int(owner)]
        noded.append(Way(edge, way.role, way.number, way.category, way.width_m))
    return noded
