"""The ground between the streets: blocks, water and rail, and what each piece of ground is used for."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from data.demo.frame import CENTRE, Frame
from data.demo.model import Street
from data.demo.network import line_through, square
from data.demo.noise import Noise, Shapes, stage_rng
from data.demo.shapes import Area, areas_united

_RAIL = ((1.08, 0.13), (0.88, 0.185), (0.79, 0.205), (0.70, 0.205), (0.60, 0.235), (0.50, 0.16), (0.45, -0.05))
_STREAMS = (
    ((0.58, 1.0), (0.57, 0.74), (0.52, 0.50), (0.47, 0.32), (0.46, 0.18), (0.42, -0.05)),
    ((-0.05, 0.43), (0.14, 0.40), (0.30, 0.45), (0.41, 0.43), (0.49, 0.40)),
    ((0.97, 0.40), (0.88, 0.30), (0.76, 0.29), (0.70, 0.28), (0.63, 0.30), (0.50, 0.40)),
)
_PONDS = ((0.36, 0.50, 130), (0.345, 0.48, 90), (0.53, 0.37, 110), (0.26, 0.36, 150), (0.60, 0.70, 120),
          (0.93, 0.07, 140), (0.085, 0.80, 100), (0.115, 0.19, 85))  # fmt: skip
# The housing estate that the 2019 flight does not know yet: offset from the centre on the plan, and its reach.
_ESTATE = (610.0, 590.0, 250.0)
ESTATE_YEAR = 2022


@dataclass(frozen=True, slots=True)
class Ground:
    """A piece of ground of one use that parcels are cut from. `street` is set for pieces of road."""

    polygon: Polygon
    zone: str
    block: int
    since: int = 2000
    street: int = -1


def estate_circle(frame: Frame) -> Polygon:
    """Where the estate of 2022 stands."""
    x, y, reach = _ESTATE
    return Point(CENTRE[0] + x * frame.shrink, CENTRE[1] + y * frame.shrink).buffer(reach * max(frame.shrink, 0.45))


def lay_ground(frame: Frame, streets: list[Street]) -> list[Ground]:
    """Cover the boundary with roads, rail, water and blocks; pieces of different kinds never overlap."""
    roads, corridor = _roads(frame, streets)
    free = frame.boundary.difference(corridor)
    ground = roads
    for zone, area in (("rail", _rail(frame)), ("stream", _streams(frame)), ("pond", _ponds(frame))):
        ground += [Ground(part, zone, -1) for part in _polygons(free.intersection(area), 4.0)]
        free = free.difference(area)
    blocks = sorted(_polygons(free, 4.0), key=lambda part: (round(part.bounds[3], -2), part.bounds[0]))
    return ground + _zoned(frame, blocks)


def _roads(frame: Frame, streets: list[Street]) -> tuple[list[Ground], Area]:
    order = sorted(streets, key=lambda street: (-street.width_m, street.index))
    bands = np.array([street.line.buffer(street.width_m / 2, quad_segs=2) for street in order], dtype=object)
    tree = shapely.STRtree(bands)
    left, right = tree.query(bands, predicate="intersects")
    pieces = []
    for rank, street in enumerate(order):
        earlier = right[(left == rank) & (right < rank)]
        band = bands[rank].intersection(frame.boundary)
        own = band.difference(shapely.union_all(bands[earlier])) if len(earlier) else band
        for part in _polygons(own, 1.0):
            pieces += [Ground(bit, "road", -1, street.since, street.index) for bit in _sections(part, street.line)]
    return pieces, areas_united(bands)


def _sections(part: Polygon, line: LineString, length_m: float = 420.0) -> list[Polygon]:
    """Cut a long piece of road into parcels, square to its direction."""
    bits = [part]
    for at in np.arange(length_m, line.length - length_m / 3, length_m):
        here, ahead = line.interpolate(at), line.interpolate(at + 1.0)
        across = np.array((-(ahead.y - here.y), ahead.x - here.x)) * 30.0
        blade = LineString([np.array((here.x, here.y)) - across, np.array((here.x, here.y)) + across])
        cut = []
        for bit in bits:
            if bit.intersects(blade):
                cut += list(shapely.get_parts(shapely.polygonize([shapely.union_all([bit.boundary, blade])])))
            else:
                cut.append(bit)
        bits = [bit for bit in cut if part.contains(bit.representative_point())]
    return bits


def _rail(frame: Frame) -> Polygon:
    return line_through(frame, _RAIL).buffer(9.0, quad_segs=2)


def _streams(frame: Frame) -> Area:
    bands = []
    rng = stage_rng(frame.seed, "streams")
    for places in _STREAMS:
        line = line_through(frame, places)
        points = np.array([line.interpolate(at).coords[0] for at in np.arange(0, line.length, 35.0)])
        points += rng.normal(0, 5.0, points.shape)
        bands.append(LineString(points).buffer(2.5, quad_segs=2))
    return areas_united(bands)


def _ponds(frame: Frame) -> Area:
    rng = stage_rng(frame.seed, "ponds")
    ponds = []
    for x, y, reach in _PONDS:
        middle = np.array(frame.place((x, y)))
        angles = np.arange(28) * 2 * np.pi / 28
        waves = np.zeros(28)
        for k in (2, 3, 4):
            waves += rng.uniform(-0.16, 0.16) * np.cos(k * angles + rng.uniform(0, 6))
        radius = reach * max(frame.shrink, 0.4) * (1 + waves)
        ponds.append(Polygon(middle + np.column_stack((np.cos(angles) * 1.4, np.sin(angles))) * radius[:, None]))
    return areas_united(ponds)


def _zoned(frame: Frame, blocks: list[Polygon]) -> list[Ground]:
    middles = shapely.get_coordinates(shapely.centroid(np.array(blocks, dtype=object)))
    density, plan = frame.density(middles), frame.plan(middles)
    away = np.hypot(plan[:, 0], plan[:, 1])
    flats = Noise.make(frame.seed, "flats", 420.0).at(plan)
    works = Noise.make(frame.seed, "works", 700.0).at(plan)
    rail = np.asarray(shapely.distance(_rail(frame), shapely.points(middles)), dtype=np.float64) / frame.shrink
    chance = stage_rng(frame.seed, "zones").random(len(blocks))
    estate, plaza = estate_circle(frame), square()
    ground = []
    for block, polygon in enumerate(blocks):
        since = 2000
        here = Point(middles[block, 0], middles[block, 1])
        if density[block] < 0.5:
            zone = "rural"
        elif plaza.contains(here):
            zone = "square"
        elif estate.contains(here):
            zone, since = "houses", ESTATE_YEAR
        elif away[block] < 330:
            zone = "centre"
        elif away[block] < 1500 and flats[block] > 0.71:
            zone = "flats"
        elif works[block] > 0.6 and rail[block] < 260:
            zone = "works"
        elif chance[block] < 0.06:
            zone = "park" if away[block] < 1600 else "meadow"
        elif chance[block] > 0.985:
            zone = "allotments"
        else:
            zone = "houses"
        lake = polygon.buffer(-36.0).buffer(15.0) if zone == "park" and polygon.area > 13_000 else Polygon()
        ground += [Ground(part, "pond", -1) for part in _polygons(lake, 300.0)]
        ground += [Ground(part, zone, block, since) for part in _polygons(polygon.difference(lake), 4.0)]
    return ground


def _polygons(shape: object, least_m2: float) -> list[Polygon]:
    parts: Shapes = shapely.get_parts(np.array([shape], dtype=object))
    return [part for part in parts if part.geom_type == "Polygon" and part.area > least_m2]
