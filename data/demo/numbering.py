"""Parcels with their register numbers, from the faces of the mosaic."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from data.demo.frame import CENTRE, UNIT, Frame
from data.demo.landuse import land_uses
from data.demo.model import Parcel, Plot
from data.demo.noise import stage_rng


def district_id(index: int) -> str:
    """Register id of a district, `240802_1.0003`."""
    return f"{UNIT}.{index + 1:04d}"


def number_parcels(frame: Frame, mosaic: list[tuple[Polygon, Plot]], district: NDArray[np.intp]) -> list[Parcel]:
    """Parcels in the order of their districts; pieces of one former plot share a number and differ after the slash.

    The first district is numbered by map sheets (`AR_3`), the others through.
    """
    rng = stage_rng(frame.seed, "uses")
    middles = shapely.get_coordinates(shapely.centroid(np.array([face for face, _ in mosaic], dtype=object)))
    sheets = [_sheet(x, y) if of == 0 else 0 for (x, y), of in zip(middles, district, strict=True)]
    groups: dict[tuple[int, int, int], list[int]] = {}
    for position, (_, plot) in enumerate(mosaic):
        for_group = groups.setdefault((int(district[position]), sheets[position], plot.parent), [])
        for_group.append(position)
    ordered = sorted(groups, key=lambda key: (key[0], key[1], _row(middles[groups[key][0]])))
    counters: dict[tuple[int, int], int] = {}
    parcels: list[Parcel] = []
    for key in ordered:
        of, sheet, _ = key
        for run in _runs(groups[key]):
            number = counters[of, sheet] = counters.get((of, sheet), 0) + 1
            for part, position in enumerate(run, start=1):
                face, plot = mosaic[position]
                area = round(face.area / 1e4, 4)
                uses = land_uses(plot.zone, area, built=rng.random() < 0.9, rng=rng)
                prefix = f"{district_id(of)}.AR_{sheet}" if sheet else district_id(of)
                name = f"{prefix}.{number}" if len(run) == 1 else f"{prefix}.{number}/{part}"
                parcels.append(Parcel(len(parcels), name, of, face, plot.zone, plot.block, plot.since, area, uses))
    return parcels


def _sheet(x: float, y: float) -> int:
    return 1 + int(x > CENTRE[0]) + 2 * int(y < CENTRE[1])


def _row(point: NDArray[np.float64]) -> tuple[int, float]:
    return -int(point[1] // 150), float(point[0])


def _runs(positions: list[int]) -> list[list[int]]:
    # Land was divided a few plots at a time, so a number rarely has more than a handful of parts.
    return [positions[at : at + 5] for at in range(0, len(positions), 5)]
