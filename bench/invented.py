"""The invented town of the benches: address points, contiguous parcels and an orthophoto, the same at every run.

Everything lies in one box of 12 x 8 km, in degrees, longitude first, rounded to eight decimals. More addresses than
ADDRESSES take more land to the east and north of the same corner: a larger town is not a denser one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_origin

WEST, SOUTH, EAST, NORTH = 18.78, 50.155, 18.947, 50.227
ADDRESSES = 200_000
# About 40 m a side.
COLUMNS, ROWS = 300, 200
# Cells of the grid in which each street keeps to its own.
ACROSS, UP = 60, 50
STREETS = ACROSS * UP
ORTHO_PIXELS, PIXEL_M = 12_000, 0.25
# EPSG:2177, easting and northing: inside the box above.
ORTHO_LEFT, ORTHO_TOP = 6_557_000.0, 5_564_000.0
_STRIP = 1000
_NAMES = ("Świętej Łucji", "Źródlana", "Gęsia", "Księdza Ściegiennego", "Żwirki i Wigury", "Młyńska", "Pszczyńska")
_VILLAGES = ("Mikołów", "Śmiłowice", "Paniowy", "Bujaków", "Mokre", "Borowa Wieś")
_USES = ("RIIIb", "RIVa 0,2310", "ŁIV, PsV", "B", "Bi, dr", "LsIV", "Wsr, Ł III")
_OWNERS = ("Gmina Mikołów", "osoba fizyczna", "Skarb Państwa", "spółdzielnia mieszkaniowa", "Kościół Rzymskokatolicki")


@dataclass(frozen=True)
class Layer:
    """Features in the order of their file: geometries, and a column of values for each field."""

    geometry: NDArray[Any]  # of shapely geometries
    kind: str
    fields: dict[str, NDArray[Any]]

    def write(self, file: Path) -> None:
        """A GeoPackage in EPSG:4326."""
        pyogrio.raw.write(
            file,
            geometry=shapely.to_wkb(self.geometry),
            field_data=list(self.fields.values()),
            fields=list(self.fields),
            geometry_type=self.kind,
            crs="EPSG:4326",
            driver="GPKG",
        )


def street_name(number: int) -> str:
    """What a street is called; from 0 on."""
    return f"{_NAMES[number % len(_NAMES)]} {number}"


def addresses(count: int) -> Layer:
    """Address points, street by street; each street keeps to its own cell of a grid."""
    rng = np.random.default_rng(7)
    longer = max(1.0, (count / ADDRESSES) ** 0.5)
    wide, high = (EAST - WEST) * longer, (NORTH - SOUTH) * longer
    across, up = round(ACROSS * longer), round(UP * longer)
    lng, lat = rng.uniform(WEST, WEST + wide, count), rng.uniform(SOUTH, SOUTH + high, count)
    street = (lng - WEST) // (wide / across) + across * ((lat - SOUTH) // (high / up))
    street = street.astype(int) * 7919 % (across * up)
    order = np.argsort(street, kind="stable")
    lng, lat, street = lng[order].round(8), lat[order].round(8), street[order]
    number = np.arange(count)
    fields = {
        "id_adresu": _text(f"PL.ZIPIN.4877.{n:07d}" for n in number),
        "miejscowosc": _pick(_VILLAGES, street),
        "ulica": _text(street_name(s) for s in street),
        "numer": _text(f"{n % 190 + 1}{'ABĆ'[n % 3] if n % 9 == 0 else ''}" for n in number),
        "kod_pocztowy": _text(f"43-{190 + s % 9}" for s in street),
        "gmina": _pick(("Mikołów",), number),
        "powiat": _pick(("mikołowski",), number),
        "status": _pick(("istniejący", "w trakcie budowy", "prognozowany"), number // 7),
        "data_nadania": np.datetime64("1995-01-01") + (number % 9000).astype("timedelta64[D]"),
        "uwagi": _pick(("wejście od podwórza", "budynek dwuczęściowy, klatka ósma", "brak uwag"), number // 3),
    }
    return Layer(shapely.points(lng, lat), "Point", fields)


def parcels(columns: int = COLUMNS, rows: int = ROWS) -> Layer:
    """Contiguous parcels of eleven positions each; neighbours share every position of their border."""
    rings = _rings(columns, rows)
    column, row = (part.ravel() for part in np.meshgrid(np.arange(columns), np.arange(rows)))
    district = column // 50 + 6 * (row // 50)
    order = np.argsort(district, kind="stable")
    district, number = district[order], np.arange(len(order))
    fields = {
        "id_dzialki": _text(f"240802_1.{d + 1:04d}.{n + 1}" for d, n in zip(district, number, strict=True)),
        "numer": _text(f"{n % 2500 + 1}/{n % 7 + 1}" for n in number),
        "obreb": _pick(_VILLAGES, district),
        "arkusz": _text(f"AR_{n // 400 % 12 + 1}" for n in number),
        "jednostka": _pick(("Mikołów – miasto",), number),
        "pole_ha": (0.1 + number % 4000 / 10_000).round(4),
        "klasouzytki": _pick(_USES, number),
        "wlasnosc": _pick(_OWNERS, number // 5),
        "data_zmiany": np.datetime64("2001-01-01") + (number % 8000).astype("timedelta64[D]"),
        "uwagi": _pick(("służebność przejścia i przejazdu", "rów melioracyjny", "brak uwag"), number // 3),
    }
    return Layer(shapely.polygons(rings[order]), "Polygon", fields)


def _rings(columns: int, rows: int) -> NDArray[np.float64]:
    """Positions of all parcels, (parcel, position, lng lat), row by row from the south west."""
    rng = np.random.default_rng(11)
    step = np.array([(EAST - WEST) / columns, (NORTH - SOUTH) / rows])

    def shaken(across: NDArray[np.float64], up: NDArray[np.float64]) -> NDArray[np.float64]:
        grid = np.stack(np.meshgrid(across, up), axis=-1)
        grid += rng.uniform(-0.12, 0.12, grid.shape)
        return np.array((WEST, SOUTH) + grid * step).round(8)

    corner = shaken(np.arange(columns + 1.0), np.arange(rows + 1.0))
    along = [shaken(np.arange(columns) + part, np.arange(rows + 1.0)) for part in (1 / 3, 2 / 3)]
    sides = shaken(np.arange(columns + 1.0), np.arange(rows) + 0.5)
    ring = [
        corner[:-1, :-1], along[0][:-1], along[1][:-1], corner[:-1, 1:], sides[:, 1:],
        corner[1:, 1:], along[1][1:], along[0][1:], corner[1:, :-1], sides[:, :-1], corner[:-1, :-1],
    ]  # fmt: skip
    return np.stack(ring, axis=2).reshape(-1, len(ring), 2)


def write_orthophoto(file: Path, pixels: int = ORTHO_PIXELS) -> None:
    """A GeoTIFF of fields, roofs and noise in EPSG:2177, tiled and deflated."""
    rng = np.random.default_rng(13)
    coarse = rng.integers(40, 200, (3, pixels // 250 + 2, pixels // 250 + 2), dtype=np.uint8)
    profile = {
        "driver": "GTiff", "dtype": "uint8", "count": 3, "width": pixels, "height": pixels, "crs": "EPSG:2177",
        "transform": from_origin(ORTHO_LEFT, ORTHO_TOP, PIXEL_M, PIXEL_M), "tiled": True, "blockxsize": 512,
        "blockysize": 512, "compress": "deflate", "zlevel": 1, "photometric": "RGB", "interleave": "pixel",
    }  # fmt: skip
    with rasterio.open(file, "w", **profile) as target:
        for top in range(0, pixels, _STRIP):
            height = min(_STRIP, pixels - top)
            rows, columns = np.arange(top, top + height), np.arange(pixels)
            strip = coarse[:, rows[:, None] // 250, columns // 250].astype(np.int16)
            strip += rng.integers(-18, 19, (height // 5 + 1, pixels // 5 + 1))[(rows - top)[:, None] // 5, columns // 5]
            strip += ((rows[:, None] // 60 + columns // 80) % 5 == 0) * 30
            target.write(strip.clip(1, 254).astype(np.uint8), window=((top, top + height), (0, pixels)))


def _text(values: Any) -> NDArray[Any]:  # any iterable of strings
    return np.array(list(values), dtype=object)


def _pick(words: tuple[str, ...], index: NDArray[np.int_]) -> NDArray[Any]:
    return np.array(words, dtype=object)[index % len(words)]
