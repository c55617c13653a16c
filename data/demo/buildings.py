"""Buildings: one main building a plot, set back from its street and parallel to it, and sheds behind."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from data.demo.frame import Frame
from data.demo.model import Building, Parcel, Street
from data.demo.noise import Floats, Shapes, stage_rng
from data.demo.numbering import district_id
from data.demo.shapes import many

# Width range, depth range, setback range in metres, storeys range, share of plots built.
_FORMS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[int, int], float]] = {
    "houses": ((9.0, 13.5), (8.0, 11.5), (5.0, 8.0), (1, 2), 0.93),
    "centre": ((9.0, 19.0), (10.0, 14.0), (0.6, 0.8), (2, 4), 0.96),
    "flats": ((34.0, 54.0), (11.5, 13.5), (8.0, 13.0), (4, 10), 0.95),
    "works": ((34.0, 62.0), (24.0, 44.0), (9.0, 15.0), (1, 3), 0.95),
    "allotments": ((3.5, 6.0), (3.0, 5.0), (6.0, 14.0), (1, 1), 0.7),
}
_KINDS = {"houses": "m", "centre": "m", "flats": "m", "works": "p", "allotments": "i"}


@dataclass(frozen=True)
class Fronts:
    """How plots lie to their street: foot of the perpendicular, directions along and away, distance of the plot."""

    parcels: NDArray[np.intp]
    street: NDArray[np.intp]
    foot: Floats
    along: Floats
    away: Floats
    distance: Floats
    extent: Floats


@dataclass(frozen=True)
class _Wish:
    """What each main building would like to be; `row` marks the closed fronts of the old town. Metres."""

    row: NDArray[np.bool_]
    width: Floats
    depth: Floats
    setback: Floats


def raise_buildings(frame: Frame, parcels: list[Parcel], streets: list[Street]) -> list[Building]:
    """Every building lies inside its parcel and keeps clear of its neighbours on it."""
    rng = stage_rng(frame.seed, "buildings")
    chance = rng.random(len(parcels))
    chosen = np.array(
        [p.index for p in parcels if p.zone in _FORMS and p.area_ha > 0.008 and chance[p.index] < _FORMS[p.zone][4]],
        dtype=np.intp,
    )
    fronts = _fronts(parcels, streets, chosen)
    zones = [parcels[i].zone for i in chosen]
    width, depth, setback = (rng.uniform(*np.array([_FORMS[z][k] for z in zones]).T) for k in (0, 1, 2))
    row = np.array([z == "centre" for z in zones])
    width = np.where(row, np.minimum(fronts.extent - 0.5, 24.0), np.minimum(width, fronts.extent - 4.0))
    wish = _Wish(row, width, depth, setback)
    lots = np.array([parcels[i].polygon for i in chosen], dtype=object)
    main, depth = _fit(fronts, lots, wish)
    sheds = _sheds(fronts, lots, main, depth + setback, rng)
    return _registered(parcels, fronts, main, sheds, rng)


def _fronts(parcels: list[Parcel], streets: list[Street], chosen: NDArray[np.intp]) -> Fronts:
    lines = np.array([street.line for street in streets], dtype=object)
    lots = np.array([parcels[i].polygon for i in chosen], dtype=object)
    middles = shapely.centroid(lots)
    street = shapely.STRtree(lines).nearest(middles)
    at = shapely.line_locate_point(lines[street], middles)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(lines[street], at))
    reach = np.minimum(at + 2.0, shapely.length(lines[street]))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[street], reach))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines[street], np.maximum(reach - 4.0, 0.0)))
    along = ahead - behind
    along /= np.hypot(*along.T)[:, None]
    away = np.column_stack((-along[:, 1], along[:, 0]))
    side = ((shapely.get_coordinates(middles) - foot) * away).sum(1)
    away *= np.where(side < 0, -1.0, 1.0)[:, None]
    points, of = shapely.get_coordinates(lots, return_index=True)
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    reach_along = (points * along[of]).sum(1)
    low, high = np.minimum.reduceat(reach_along, starts), np.maximum.reduceat(reach_along, starts)
    # The front stands in the middle of the plot's width, not where its centroid happens to fall.
    foot = foot + along * ((low + high) / 2 - (foot * along).sum(1))[:, None]
    return Fronts(chosen, street, foot, along, away, shapely.distance(lots, lines[street]), high - low)


def _boxes(fronts: Fronts, centre: Floats, width: Floats, depth: Floats) -> Shapes:
    u, v = fronts.along * width[:, None] / 2, fronts.away * depth[:, None] / 2
    return many(shapely.polygons(np.stack((centre - u - v, centre + u - v, centre + u + v, centre - u + v), 1)))


def _fit(fronts: Fronts, lots: Shapes, wish: _Wish) -> tuple[Shapes, Floats]:
    """Shrink each building, and at last move it to the plot's middle, until it fits; None where nothing does."""
    inner = shapely.buffer(lots, np.where(wish.row, -0.12, -1.5), quad_segs=1, join_style="mitre")
    found = np.full(len(lots), None, dtype=object)
    depths = wish.depth.copy()
    middles = shapely.get_coordinates(shapely.point_on_surface(lots))
    for size, moved in (
        (1.0, False),
        (0.88, False),
        (0.76, False),
        (1.0, True),
        (0.8, True),
        (0.62, True),
        (0.5, True),
    ):
        open_ = np.array([shape is None for shape in found])
        if not open_.any():
            break
        off = fronts.distance + wish.setback + wish.depth * size / 2
        centre = middles if moved else fronts.foot + fronts.away * off[:, None]
        boxes = _boxes(fronts, centre, np.maximum(wish.width, 3.0) * size, wish.depth * size)
        good = open_ & shapely.contains(inner, boxes)
        found[good] = boxes[good]
        depths[good] = (wish.depth * size)[good]
    return found, depths


def _sheds(fronts: Fronts, lots: Shapes, main: Shapes, behind: Floats, rng: np.random.Generator) -> Shapes:
    count = len(lots)
    wide, deep = rng.uniform(3.5, 7.0, count), rng.uniform(5.0, 8.0, count)
    off = fronts.distance + behind + rng.uniform(4.0, 9.0, count) + deep / 2
    side = np.where(rng.random(count) < 0.5, -1, 1) * np.maximum(fronts.extent / 2 - wide / 2 - 1.4, 0)
    boxes = _boxes(fronts, fronts.foot + fronts.away * off[:, None] + fronts.along * side[:, None], wide, deep)
    built = np.array([shape is not None for shape in main])
    good = built & (rng.random(count) < 0.43) & shapely.contains(shapely.buffer(lots, -0.8, quad_segs=1), boxes)
    good[good] &= shapely.distance(boxes[good], main[good]) > 2.0
    sheds = np.full(count, None, dtype=object)
    sheds[good] = boxes[good]
    return sheds


def _shaped(box: Polygon, zone: str, rng: np.random.Generator) -> Polygon:
    """A third of the houses get an L, and some factories a step: a corner is taken out."""
    if zone in ("flats", "centre") or rng.random() > 0.34:
        return Polygon(np.round(np.array(box.exterior.coords), 2))
    a, b, c, d = np.array(box.exterior.coords)[:4]
    s, t = rng.uniform(0.45, 0.7), rng.uniform(0.5, 0.72)
    inner = a + (b - a) * s + (d - a) * t
    corners = np.array((a, b, b + (c - b) * t, inner, d + (c - d) * s, d))
    if rng.random() < 0.5:
        corners = np.array((a, b, c, d)).mean(0) * 2 - corners
    return Polygon(np.round(corners, 2))


def _registered(
    parcels: list[Parcel], fronts: Fronts, main: Shapes, sheds: Shapes, rng: np.random.Generator
) -> list[Building]:
    buildings: list[Building] = []
    counters: dict[int, int] = {}
    for position, index in enumerate(fronts.parcels):
        parcel = parcels[int(index)]
        angle = float(np.arctan2(fronts.along[position, 1], fronts.along[position, 0]))
        for shape, is_main in ((main[position], True), (sheds[position], False)):
            if shape is None:
                continue
            number = counters[parcel.district] = counters.get(parcel.district, 0) + 1
            kind, storeys = _character(parcel.zone, is_main, rng)
            since = int(rng.integers(1890, 2019)) if rng.random() > 0.05 else int(rng.integers(2020, 2024))
            cellar = int(is_main and kind == "m" and rng.random() < 0.55)
            outline = _shaped(shape, parcel.zone if is_main else "flats", rng)
            name = f"{district_id(parcel.district)}.{number}_BUD"
            building = Building(
                index=len(buildings),
                id=name,
                parcel=parcel.index,
                polygon=outline,
                kind=kind,
                storeys=storeys,
                cellars=cellar,
                since=max(since, parcel.since),
                angle=angle,
                main=is_main,
                street=int(fronts.street[position]),
            )
            buildings.append(building)
    return buildings


def _character(zone: str, main: bool, rng: np.random.Generator) -> tuple[str, int]:
    low, high = _FORMS[zone][3]
    storeys = int(rng.integers(low, high + 1))
    if not main:
        return ("t" if rng.random() < 0.6 else "g"), 1
    kind = _KINDS[zone]
    chance = rng.random()
    if zone == "houses" and chance < 0.02:
        return "h", 1
    if zone == "centre" and chance < 0.2:
        return ("h" if chance < 0.12 else "b"), storeys
    if zone == "flats" and chance < 0.1:
        return ("k" if chance < 0.06 else "z" if chance < 0.075 else "h"), 2
    if zone == "works" and chance < 0.4:
        return ("s" if chance < 0.3 else "b"), storeys
    return kind, storeys
