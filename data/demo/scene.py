"""What a flight sees: ground, roads, roofs, trees and cars as they were in its year."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon, box

from data.demo.frame import EXTENT, Frame
from data.demo.ground import ESTATE_YEAR, Ground
from data.demo.model import Building, Street, Town
from data.demo.noise import Floats, Shapes, stage_rng
from data.demo.palette import CARS, FLATS, GABLES, TEXTURE, Rgb, Season, ground_colours
from data.demo.plots import cut_plots
from data.demo.shapes import Area, areas_united

_TREE_ODDS = {
    "houses": 0.3, "flats": 0.34, "park": 0.9, "allotments": 0.3, "works": 0.08, "centre": 0.13, "meadow": 0.04,
    "orchard": 0.5, "stream": 0.9, "field": 0.004, "road": 0.05, "rail": 0.02,
}  # fmt: skip
_STOREY_M = 3.0


@dataclass(frozen=True)
class Roof:
    """A roof: outline, the half in shade (empty where flat), colour, height in metres."""

    outline: Polygon
    shaded: Polygon
    colour: Rgb
    height_m: float
    flat: bool


@dataclass(frozen=True)
class Scene:
    """Everything to be painted, in EPSG:2177 metres."""

    season: Season
    ground: Shapes
    colours: NDArray[np.uint8]
    texture: NDArray[np.uint8]
    furrow: NDArray[np.float32]
    streets: list[Street]
    urban: NDArray[np.bool_]
    roofs: list[Roof]
    drives: Shapes
    trees: Floats
    cars: list[tuple[Polygon, Rgb]]


def make_scene(town: Town, frame: Frame, season: Season, detail: tuple[float, float, float, float]) -> Scene:
    """The scene of one flight; trees and cars only inside `detail` (west, south, east, north)."""
    rng = stage_rng(town.seed, f"scene {season.year}")
    pieces = [(p.polygon, p.zone) for p in town.parcels if p.since <= season.year]
    pieces += [(plot.polygon, plot.zone) for plot in cut_plots(frame, _outside(town))]
    # What has holes is painted first, then what lies in them.
    pieces.sort(key=lambda piece: not piece[0].interiors)
    streets = town.streets
    if season.year < ESTATE_YEAR:
        fields = _before_the_estate(town)
        pieces += [(plot.polygon, "field") for plot in cut_plots(frame, [Ground(f, "field", -1) for f in fields])]
        streets = _without(streets, areas_united(fields))
    ground = np.array([polygon for polygon, _ in pieces], dtype=object)
    zones = [zone for _, zone in pieces]
    buildings = [building for building in town.buildings if building.since <= season.year]
    middles = shapely.get_coordinates([street.line.interpolate(0.5, normalized=True) for street in streets])
    stable = stage_rng(town.seed, "roofs")
    roofs = _roofs(town, buildings, stable.integers(0, 1 << 30, len(town.buildings)))
    return Scene(
        season, ground, ground_colours(season, zones, rng),
        np.array([TEXTURE[zone] for zone in zones], dtype=np.uint8), _furrows(ground, rng), streets,
        frame.density(middles) > 0.45, roofs, _drives(town, buildings), _trees(town, ground, zones, detail, buildings),
        _cars(streets, detail, rng),
    )  # fmt: skip


def _outside(town: Town) -> list[Ground]:
    west, south, east, north = town.boundary.bounds
    rest = box(west - 200, south - 200, east + 200, north + 200).difference(town.boundary)
    return [Ground(part, "rural", index) for index, part in enumerate(shapely.get_parts(rest))]


def _before_the_estate(town: Town) -> list[Polygon]:
    """The fields that the estate was built on; its streets are narrow enough to close by swelling and shrinking."""
    young = [p.polygon for p in town.parcels if p.since >= ESTATE_YEAR]
    whole = areas_united(young).buffer(7.0, join_style="mitre").buffer(-7.0, join_style="mitre")
    return [Polygon(part.exterior) for part in shapely.get_parts(whole)]


def _without(streets: list[Street], fields: Area) -> list[Street]:
    """Streets as they were before the estate; main roads were there already."""
    kept = []
    for street in streets:
        if street.role != "street" or not street.line.intersects(fields):
            kept.append(street)
            continue
        rest = shapely.get_parts(street.line.difference(fields))
        kept += [replace(street, line=part) for part in rest if part.length > 15]
    return kept


def _furrows(ground: Shapes, rng: np.random.Generator) -> NDArray[np.float32]:
    """Direction of ploughing: along the long side, as (cos, sin) of the normal to it."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(ground)).reshape(-1, 5, 2)
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    short = np.where((np.hypot(*one.T) < np.hypot(*other.T))[:, None], one, other)
    short /= np.maximum(np.hypot(*short.T), 1e-6)[:, None]
    pitch = rng.uniform(0.8, 1.3, len(ground))
    return (short / pitch[:, None]).astype(np.float32)


def _roofs(town: Town, buildings: list[Building], draws: NDArray[np.int64]) -> list[Roof]:
    outlines = np.array([b.polygon for b in buildings], dtype=object)
    middles = shapely.get_coordinates(shapely.centroid(shapely.oriented_envelope(outlines)))
    angles = np.array([b.angle for b in buildings])
    u = np.column_stack((np.cos(angles), np.sin(angles)))
    v = np.column_stack((-u[:, 1], u[:, 0]))
    # The sun stands in the south: of the two halves the northern one lies in shade.
    v *= np.where(v[:, 1] < 0, -1.0, 1.0)[:, None]
    quads = np.stack((middles - u * 90, middles + u * 90, middles + u * 90 + v * 90, middles - u * 90 + v * 90), 1)
    halves = shapely.intersection(outlines, shapely.polygons(quads))
    roofs = []
    for building, half in zip(buildings, halves, strict=True):
        draw = int(draws[building.index])
        zone = town.parcels[building.parcel].zone
        flat = (
            zone in ("flats", "works") or (not building.main and draw % 3 == 0) or (zone == "houses" and draw % 9 == 0)
        )
        colour = (FLATS if flat else GABLES)[draw // 16 % len(FLATS if flat else GABLES)]
        height = building.storeys * _STOREY_M + (0.5 if flat else 2.5)
        shaded = half if not flat and half.geom_type == "Polygon" else Polygon()
        roofs.append(Roof(building.polygon, shaded, colour, height, flat))
    return roofs


def _drives(town: Town, buildings: list[Building]) -> Shapes:
    """Paved ways from the street to each house."""
    mains = [b for b in buildings if b.main and town.parcels[b.parcel].zone in ("houses", "flats", "works")]
    lines = np.array([town.streets[b.street].line for b in mains], dtype=object)
    ways = shapely.shortest_line(np.array([b.polygon for b in mains], dtype=object), lines)
    # A longer way would cross what lies between: a stream, the railway, a neighbour.
    near = shapely.length(ways) < 24
    width = np.array([{"houses": 1.7, "flats": 2.6, "works": 4.5}[town.parcels[b.parcel].zone] for b in mains])
    drives: Shapes = shapely.buffer(ways[near], width[near], cap_style="flat")
    return drives


def _trees(
    town: Town, ground: Shapes, zones: list[str], detail: tuple[float, float, float, float], buildings: list[Building]
) -> Floats:
    """Trees as rows of east, north, radius and shade; the same trees stand in every flight."""
    rng = stage_rng(town.seed, "trees")
    west, south, east, north = detail
    count = int((east - west) * (north - south) / 42)
    xy = np.column_stack((rng.uniform(west, east, count), rng.uniform(south, north, count)))
    form = np.column_stack((rng.gamma(6.0, 0.42, count).clip(1.0, 5.5), rng.uniform(0.8, 1.2, count)))
    chance = rng.random(count)
    points = shapely.points(xy)
    of, piece = shapely.STRtree(ground).query(points, predicate="within")
    odds = np.zeros(count)
    odds[of] = np.array([_TREE_ODDS.get(zone, 0.0) for zone in zones])[piece]
    stands = chance < odds
    roofs = shapely.STRtree(np.array([b.polygon for b in buildings], dtype=object))
    blocked, _ = roofs.query(points, predicate="dwithin", distance=1.6)
    stands[blocked] = False
    lanes = shapely.STRtree(np.array([s.line for s in town.streets], dtype=object))
    blocked, _ = lanes.query(points, predicate="dwithin", distance=5.2)
    stands[blocked] = False
    return np.hstack((xy, form))[stands]


def _cars(
    streets: list[Street], detail: tuple[float, float, float, float], rng: np.random.Generator
) -> list[tuple[Polygon, Rgb]]:
    west, south, east, north = detail
    cars = []
    for street in streets:
        x0, y0, x1, y1 = street.line.bounds
        if street.role == "track" or x0 > east or x1 < west or y0 > north or y1 < south:
            continue
        for at in np.arange(9, street.line.length - 9, 6.5)[
            rng.random(len(np.arange(9, street.line.length - 9, 6.5))) < 0.12
        ]:
            here, ahead = street.line.interpolate(at), street.line.interpolate(at + 1)
            u = np.array((ahead.x - here.x, ahead.y - here.y))
            v = np.array((-u[1], u[0])) * (1 if rng.random() < 0.5 else -1)
            middle = np.array((here.x, here.y)) + v * 2.1
            corners = [middle + u * a + v * b for a, b in ((-2.2, -0.9), (2.2, -0.9), (2.2, 0.9), (-2.2, 0.9))]
            cars.append((Polygon(corners), CARS[int(rng.integers(len(CARS)))]))
    return cars


def gmina_extent(town: Town) -> tuple[float, float, float, float]:
    """The rectangle of the coarse flight: that of the boundary, to whole metres."""
    west, south, east, north = town.boundary.bounds if town.scale != 1 else EXTENT
    return float(np.floor(west)), float(np.floor(south)), float(np.ceil(east)), float(np.ceil(north))
