"""Coordinate reference systems: axis orders, and the one place where Transformers are made.

Inside the house coordinates are always x, y: longitude or easting first. The order that an authority
prescribes matters only at the HTTP border and in files; `Crs.northing_first` says which it is
(EPSG:2176-2180 and EPSG:4326 put northing or latitude first).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@cache
def _proj(srid: int) -> CRS:
    return CRS.from_epsg(srid)


@dataclass(frozen=True, slots=True)
class Crs:
    """A CRS as clients name it. Two differ when their axis orders differ, though their SRID is one."""

    srid: int
    northing_first: bool
    uri: str

    @property
    def name(self) -> str:
        """As people write it: `EPSG:2177`, `CRS84`."""
        return "CRS84" if self.uri == CRS84_URI else f"EPSG:{self.srid}"

    @property
    def is_geographic(self) -> bool:
        """Whether its unit is the degree."""
        return _proj(self.srid).is_geographic

    @property
    def area(self) -> tuple[float, float, float, float]:
        """Where its authority wants it used: west, south, east, north in degrees; the world when it says nothing."""
        area = _proj(self.srid).area_of_use
        return (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds

    @property
    def wkt(self) -> str:
        """Its definition as GeoPackage keeps it: well-known text of the first version."""
        return _proj(self.srid).to_wkt("WKT1_GDAL")

    @property
    def decimals(self) -> int:
        """Digits after the point on the wire: about a millimetre (OGC leaves it open)."""
        return 8 if self.is_geographic else 3


@cache
def epsg(srid: int) -> Crs:
    """The CRS with an EPSG code, axes as PROJ's register gives them.

    Raises:
        ValueError: PROJ knows no such code.
    """
    try:
        first_axis = _proj(srid).axis_info[0].direction
    except (CRSError, IndexError) as exc:
        raise ValueError(f"unknown EPSG code {srid}") from exc
    return Crs(srid, first_axis == "north", f"http://www.opengis.net/def/crs/EPSG/0/{srid}")


CRS84 = Crs(4326, northing_first=False, uri=CRS84_URI)
WGS84 = epsg(4326)
WEB_MERCATOR = epsg(3857)
PL_1992 = epsg(2180)
PL_2000_ZONE_6 = epsg(2177)

# What a request may name in crs=, bbox-crs= and filter-crs=; CRS84 first, as clients expect.
SERVED = (CRS84, WGS84, WEB_MERCATOR, PL_2000_ZONE_6, PL_1992)


@cache
def transformer(source_srid: int, target_srid: int) -> Transformer:
    """A Transformer between two SRIDs, x before y on both sides whatever the authorities say."""
    return Transformer.from_crs(_proj(source_srid), _proj(target_srid), always_xy=True)


def transform(
    points: Sequence[Sequence[float]] | NDArray[np.float64], source_srid: int, target_srid: int
) -> NDArray[np.float64]:
    """Transform (n, 2) points, x first. What lies outside the projection's domain becomes inf."""
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if source_srid == target_srid:
        return array
    x, y = transformer(source_srid, target_srid).transform(array[:, 0], array[:, 1])
    return np.column_stack((x, y))
