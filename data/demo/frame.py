"""The frame: an invented boundary inside the gmina's true extent, and where people settled in it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon, orient_polygons

from data.demo.noise import Floats, Noise, stage_rng

TERYT = "2408021"
UNIT = "240802_1"
# Easting and northing (EPSG:2177) of the true extent: west, south, east, north.
EXTENT = (6_555_381.0, 5_557_089.0, 6_567_737.0, 5_568_115.0)
AREA_M2 = 79.0e6
CENTRE = (6_564_577.0, 5_559_830.0)

# The invented outline in parts of the extent. Its tips touch the four sides.
_OUTLINE = (
    (0.13, 1.00), (0.29, 0.93), (0.40, 0.80), (0.53, 0.87), (0.66, 0.79), (0.69, 0.63), (0.80, 0.61), (0.91, 0.50),
    (0.88, 0.36), (1.00, 0.20), (0.96, 0.09), (0.88, 0.00), (0.75, 0.05), (0.62, 0.02), (0.50, 0.12), (0.36, 0.07),
    (0.22, 0.15), (0.13, 0.11), (0.04, 0.22), (0.09, 0.36), (0.00, 0.50), (0.07, 0.63), (0.02, 0.75), (0.10, 0.87),
)  # fmt: skip
_HUB = np.array((0.52, 0.42))


@dataclass(frozen=True, slots=True)
class Settlement:
    """A nucleus of building: place in parts of the extent, reach in metres, strength, and the district around it."""

    name: str
    place: tuple[float, float]
    reach_m: float
    strength: float
    locality: int
    postcode: str


LOCALITIES = (
    ("Mikołów", "0990014", "96"),
    ("Borowa Wieś", "0990020", "01"),
    ("Bujaków", "0990037", "01"),
    ("Mokre", "0990043", "01"),
    ("Paniowy", "0990050", "01"),
    ("Śmiłowice", "0990066", "01"),
)
SETTLEMENTS = (
    Settlement("Mikołów", (0.7443, 0.2486), 1300, 1.7, 0, "43-190"),
    Settlement("Borowa Wieś", (0.42, 0.63), 650, 1.0, 1, "43-194"),
    Settlement("Bujaków", (0.14, 0.30), 610, 1.0, 2, "43-196"),
    Settlement("Mokre", (0.42, 0.29), 600, 1.0, 3, "43-195"),
    Settlement("Paniowy", (0.20, 0.74), 610, 1.0, 4, "43-194"),
    Settlement("Śmiłowice", (0.61, 0.52), 600, 1.0, 5, "43-193"),
    Settlement("Kamionka", (0.81, 0.45), 650, 1.0, 0, "43-193"),
    Settlement("Retno", (0.59, 0.17), 540, 1.0, 0, "43-192"),
    Settlement("Goj", (0.83, 0.10), 520, 1.0, 0, "43-191"),
    Settlement("Nowy Świat", (0.90, 0.235), 460, 1.0, 0, "43-191"),
)


@dataclass(frozen=True)
class Frame:
    """Seed, size and ground plan. At `scale` s the town covers s times the area, shrunk about its centre."""

    seed: int
    scale: float
    boundary: Polygon
    warp: Noise

    @property
    def shrink(self) -> float:
        """Lengths of the plan times this are lengths on the ground."""
        return math.sqrt(self.scale)

    def place(self, part: tuple[float, float]) -> tuple[float, float]:
        """Easting and northing of a place given in parts of the extent."""
        west, south, east, north = EXTENT
        x, y = west + part[0] * (east - west), south + part[1] * (north - south)
        return CENTRE[0] + (x - CENTRE[0]) * self.shrink, CENTRE[1] + (y - CENTRE[1]) * self.shrink

    def plan(self, xy: Floats) -> Floats:
        """Points on the ground (n, 2) as points of the full-size plan, relative to the centre."""
        result: Floats = (np.asarray(xy, dtype=np.float64).reshape(-1, 2) - np.array(CENTRE)) / self.shrink
        return result

    def density(self, xy: Floats) -> Floats:
        """How densely people settled: above 0.5 is built up, 1.7 the very centre."""
        plan = self.plan(xy)
        total = np.zeros(len(plan))
        for settlement in SETTLEMENTS:
            offset = plan - self._plan_of(settlement)
            total += settlement.strength * np.exp(-((np.hypot(offset[:, 0], offset[:, 1]) / settlement.reach_m) ** 2))
        result: Floats = total * (0.65 + 0.7 * self.warp.at(plan))
        return result

    def district(self, xy: Floats) -> NDArray[np.intp]:
        """Index of the settlement whose district a point lies in."""
        plan = self.plan(xy)
        bent = plan + 500.0 * (np.column_stack((self.warp.at(plan), self.warp.at(plan + 9999.0))) - 0.5)
        away = [
            np.hypot(*(bent - self._plan_of(s)).T) / (1.25 if index == 0 else 1.0)
            for index, s in enumerate(SETTLEMENTS)
        ]
        nearest: NDArray[np.intp] = np.argmin(np.array(away), axis=0)
        return nearest

    def _plan_of(self, settlement: Settlement) -> Floats:
        place: Floats = self.plan(np.array([self.place(settlement.place)]))[0]
        return place


def make_frame(seed: int, scale: float = 1.0) -> Frame:
    """The frame for a seed; at scale 1 the boundary encloses 79 km² and touches the four sides of the extent."""
    rough = _roughen(_smooth(np.array(_OUTLINE)), seed)
    low, high = 0.3, 3.0
    for _ in range(40):
        middle = (low + high) / 2
        if _fit(rough, middle).area > AREA_M2:
            low = middle
        else:
            high = middle
    ring = _fit(rough, (low + high) / 2).exterior.coords[:-1]
    shrink = math.sqrt(scale)
    points = np.round((np.array(ring) - CENTRE) * shrink + CENTRE, 2)
    return Frame(seed, scale, orient_polygons(Polygon(points)), Noise.make(seed, "settling", 900.0))


def _smooth(points: Floats, steps: int = 6) -> Floats:
    before, after, beyond = np.roll(points, 1, 0), np.roll(points, -1, 0), np.roll(points, -2, 0)
    pieces = []
    for step in range(steps):
        t = step / steps
        pieces.append(
            0.5
            * (2 * points + (after - before) * t + (2 * before - 5 * points + 4 * after - beyond) * t**2
               + (3 * points - before - 3 * after + beyond) * t**3)
        )  # fmt: skip
    result: Floats = np.stack(pieces, axis=1).reshape(-1, 2)
    return result


def _roughen(points: Floats, seed: int) -> Floats:
    rng = stage_rng(seed, "boundary")
    for amount in (0.16, 0.14, 0.12):
        after = np.roll(points, -1, 0)
        along = after - points
        across = np.column_stack((-along[:, 1], along[:, 0]))
        between = (points + after) / 2 + across * rng.uniform(-amount, amount, (len(points), 1))
        points = np.stack((points, between), axis=1).reshape(-1, 2)
    return points


def _fit(points: Floats, power: float) -> Polygon:
    # A power of the distance from the hub makes the shape more or less star-like: the way to the wanted area.
    offset = points - _HUB
    radius = np.hypot(offset[:, 0], offset[:, 1])
    bent = offset * ((radius / radius.max()) ** (power - 1.0))[:, None]
    low, high = bent.min(0), bent.max(0)
    west, south, east, north = EXTENT
    size = np.array((east - west, north - south))
    return Polygon((bent - low) / (high - low) * size + (west, south))
