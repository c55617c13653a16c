"""Addresses: numbers run along their street, odd on the left, even on the right."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Point

from data.demo.frame import SETTLEMENTS, Frame
from data.demo.model import Address, Building, Parcel, Street
from data.demo.noise import stage_rng

_ENTRANCE_M = 11.5


@dataclass(frozen=True, slots=True)
class _Door:
    street: int
    at: float
    left: bool
    point: Point
    postcode: str


def give_addresses(
    frame: Frame, parcels: list[Parcel], buildings: list[Building], streets: list[Street]
) -> list[Address]:
    """One address a house, one an entrance of a block of flats, two where a house is shared."""
    rng = stage_rng(frame.seed, "addresses")
    doors = _doors(parcels, buildings, streets, rng)
    by_street: dict[int, list[_Door]] = {}
    for door in doors:
        by_street.setdefault(_group(streets, door.street), []).append(door)
    addresses: list[Address] = []
    counters: dict[int, int] = {}
    for group in sorted(by_street):
        members = sorted(by_street[group], key=lambda door: (door.street, door.at))
        street = streets[members[0].street]
        if street.name:
            numbers = _numbers(members, rng)
        else:
            start = counters.get(street.locality, 0)
            numbers = [str(start + k) for k in range(1, len(members) + 1)]
            counters[street.locality] = start + len(members)
        for door, number in zip(members, numbers, strict=True):
            given = f"{int(rng.integers(1995, 2024))}-{int(rng.integers(1, 13)):02d}-{int(rng.integers(1, 29)):02d}"
            of = door.street if street.name else None
            place = (street.locality, door.postcode)
            addresses.append(Address(len(addresses), number, door.point, of, door.street, *place, given))
    return addresses


def _group(streets: list[Street], index: int) -> int:
    """The sides of the main square bear one name and share one run of numbers."""
    street = streets[index]
    if street.role != "square":
        return index
    return min(other.index for other in streets if other.role == "square")


def _doors(
    parcels: list[Parcel], buildings: list[Building], streets: list[Street], rng: np.random.Generator
) -> list[_Door]:
    doors: list[_Door] = []
    for building in buildings:
        if not building.main or building.kind == "i":
            continue
        street, parcel = streets[building.street], parcels[building.parcel]
        if parcel.polygon.distance(street.line) > street.width_m / 2 + 4:
            continue
        points = _entrances(building, street, parcel.zone, rng)
        postcode = SETTLEMENTS[parcel.district].postcode
        doors += [_door(street, point, postcode) for point in points if point.distance(street.line) < 38]
    return doors


def _entrances(building: Building, street: Street, zone: str, rng: np.random.Generator) -> list[Point]:
    """Points one metre and a half inside the front wall."""
    corners = np.array(building.polygon.exterior.coords)[:-1]
    direction = np.array((np.cos(building.angle), np.sin(building.angle)))
    if zone == "flats":
        centre = corners.mean(0)
        reach = corners @ direction
        count = max(2, round((reach.max() - reach.min()) / _ENTRANCE_M))
        offsets = (np.arange(count) + 0.5) / count * (reach.max() - reach.min()) + reach.min() - centre @ direction
        return [Point(np.round(centre + direction * offset, 2)) for offset in offsets]
    inside = building.polygon.representative_point()
    near = shapely.shortest_line(building.polygon, street.line)
    front = np.array(near.coords[0])
    step = np.array(inside.coords[0]) - front
    first = Point(np.round(front + step * min(1.0, 1.5 / max(float(np.hypot(*step)), 0.1)), 2))
    if not building.polygon.covers(first):
        # Across the missing corner of an L the way to the middle leads outside.
        first = Point(np.round(front, 2))
    # Tenements with a back house, and semi-detached houses, have two.
    if rng.random() < (0.3 if zone == "centre" else 0.2):
        return [first, Point(np.round(np.array(inside.coords[0]), 2))]
    return [first]


def _door(street: Street, point: Point, postcode: str) -> _Door:
    at = float(street.line.project(point))
    here = street.line.interpolate(min(at, street.line.length - 1.0))
    ahead = street.line.interpolate(min(at, street.line.length - 1.0) + 1.0)
    left = (ahead.x - here.x) * (point.y - here.y) - (ahead.y - here.y) * (point.x - here.x) > 0
    return _Door(street.index, at, left, point, postcode)


def _numbers(doors: list[_Door], rng: np.random.Generator) -> list[str]:
    last = {True: -1, False: 0}
    letter = {True: "", False: ""}
    numbers = []
    for door in doors:
        side = door.left
        if last[side] > 0 and letter[side] < "D" and rng.random() < 0.07:
            letter[side] = chr(ord(letter[side]) + 1) if letter[side] else "A"
        else:
            last[side] += 4 if rng.random() < 0.04 else 2
            letter[side] = ""
        numbers.append(f"{last[side]}{letter[side]}")
    return numbers
