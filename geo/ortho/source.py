"""A flight's source file as it was delivered: opened as GeoTIFF and nothing else, its bands and place made out."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Geod
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform as gdal_transform

from geo.errors import Unreadable
from geo.texts import Text

_WGS84 = Geod(ellps="WGS84")
# Sidecar metadata could name further files to open; only the TIFF itself and its world file count.
GDAL_OPTIONS: dict[str, Any] = {
    "GDAL_PAM_ENABLED": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_TIMEOUT": "1",
}
# A gmina of 80 km2 at 2 cm has so many; 1 : 1000 is the most that deflate can do, photographs reach 1 : 50.
MOST_PIXELS = 200 * 10**9
RATIO_COUNTS_FROM = 10**9
LARGEST_RATIO = 2000


@dataclass(frozen=True)
class Bands:
    """Which bands make the picture, numbered from 1."""

    colours: tuple[int, ...]  # three, or one for grey and paletted files
    alpha: int | None
    palette: NDArray[np.uint8] | None = None  # (256, 4) RGBA


@dataclass(frozen=True)
class Source:
    """An opened source file."""

    file: Path
    dataset: Any  # rasterio's reader: rasterio has no types of its own
    crs: Any  # rasterio's CRS
    bands: Bands

    @property
    def pixel_m(self) -> float:
        """The side of the centre pixel on the ground in metres, to the tenth of a millimetre."""
        column, row = self.dataset.width / 2, self.dataset.height / 2
        corners = [self.dataset.transform @ at for at in ((column, row), (column + 1, row), (column, row + 1))]
        lng, lat = (list(values) for values in self.to_lnglat(np.array(corners)).T)
        _, _, sides = _WGS84.inv([lng[0]] * 2, [lat[0]] * 2, lng[1:], lat[1:])
        return round(math.sqrt(float(sides[0]) * float(sides[1])), 4)

    @property
    def place(self) -> str:
        """Where its pixels lie, wherever that is said (in the file, beside it, by the officer): sixteen hex digits."""
        said = (*map(repr, self.dataset.transform[:6]), self.crs.to_wkt())
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    def to_lnglat(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) points of the file's CRS, easting first, in degrees, longitude first."""
        return self.to_epsg(points, 4326)

    def to_epsg(self, points: NDArray[np.float64], srid: int) -> NDArray[np.float64]:
        """(n, 2) points of the file's CRS in another; x first on both sides.

        By GDAL and not by `geo.crs`, for a file's CRS need not have a code.

        Raises:
            Unreadable: some lie outside the CRS's domain.
        """
        try:
            x, y = gdal_transform(self.crs, CRS.from_epsg(srid), points[:, 0], points[:, 1])
        except (CRSError, RasterioError) as exc:
            raise _misplaced(self.file) from exc
        moved = np.column_stack((x, y))
        if not np.isfinite(moved).all():
            raise _misplaced(self.file)
        return moved


@contextmanager
def opened(file: Path, srid: int | None = None) -> Iterator[Source]:
    """Open a GeoTIFF, with its CRS replaced by an EPSG code where one is given.

    Raises:
        Unreadable: it is no GeoTIFF, has no place on Earth, or its bands are no picture.
    """
    with rasterio.Env(**GDAL_OPTIONS), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        if not file.is_file():
            raise Unreadable(file=file.name, problem=Text("There is no such file."), remedy=Text("Check the path."))
        try:
            # By name: a VRT or another format that could name further files is refused whatever it is called.
            dataset = rasterio.open(file.absolute(), driver="GTiff")
        except RasterioError as exc:
            raise Unreadable(
                file=file.name,
                problem=Text("It is no readable GeoTIFF."),
                remedy=Text("Export the orthophoto as GeoTIFF, or copy the file again if it was cut short."),
            ) from exc
        with dataset:
            _check_size(file, dataset)
            yield Source(file, dataset, _crs(file, dataset, srid), _bands(file, dataset))


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Turn a failure to read pixels into a sentence.

    Raises:
        Unreadable: instead of rasterio's error.
    """
    try:
        yield
    except RasterioError as exc:
        raise Unreadable(
            file=file.name,
            problem=Text("The picture breaks off or is damaged ({detail}).", detail=str(exc.__cause__ or exc)[:200]),
            remedy=Text("Copy the file again from where it came from and compare the sizes."),
        ) from exc


def _check_size(file: Path, dataset: Any) -> None:  # Any: see Source
    pixels = dataset.width * dataset.height
    ratio = pixels * dataset.count // max(file.stat().st_size, 1)
    if pixels > MOST_PIXELS or (pixels > RATIO_COUNTS_FROM and ratio > LARGEST_RATIO):
        raise Unreadable(
            file=file.name,
            problem=Text("Its picture of {width} x {height} pixels is {ratio} times as large as the file.",
                         width=dataset.width, height=dataset.height, ratio=ratio),
            remedy=Text("Cut it to where it has pixels, or into parts, and add these."),
        )  # fmt: skip


def _crs(file: Path, dataset: Any, srid: int | None) -> Any:  # Any: see Source
    if dataset.transform.is_identity or dataset.transform.is_degenerate:
        raise Unreadable(
            file=file.name,
            problem=Text("It is not georeferenced: nothing says where its pixels lie."),
            remedy=Text("Export it with its georeference, or put its world file (.tfw) beside it."),
        )
    if srid is not None:
        try:
            return CRS.from_epsg(srid)
        except CRSError as exc:
            raise Unreadable(
                file=file.name,
                problem=Text("EPSG:{srid} is not known.", srid=srid),
                remedy=Text("Give the code of the file's CRS, such as 2177 or 2180."),
            ) from exc
    if dataset.crs is None or not (dataset.crs.is_projected or dataset.crs.is_geographic):
        raise Unreadable(
            file=file.name,
            problem=Text("It does not say in which CRS it is."),
            remedy=Text("Say it with --crs, such as --crs 2177 or --crs 2180."),
        )
    return dataset.crs


def _bands(file: Path, dataset: Any) -> Bands:  # Any: see Source
    if set(dataset.dtypes) != {"uint8"}:
        raise Unreadable(
            file=file.name,
            problem=Text("Its pixels are {dtype}, not 8 bits for each colour.", dtype="/".join(set(dataset.dtypes))),
            remedy=Text("Convert it first: gdal_translate -ot Byte -scale IN OUT."),
        )
    kinds = {kind: number for number, kind in reversed(list(enumerate(dataset.colorinterp, 1)))}
    alpha = kinds.get(ColorInterp.alpha)
    if ColorInterp.palette in kinds and dataset.count == 1:
        palette = np.zeros((256, 4), np.uint8)
        for value, colour in dataset.colormap(1).items():
            palette[value] = colour
        return Bands((1,), None, palette)
    named = tuple(kinds[kind] for kind in (ColorInterp.red, ColorInterp.green, ColorInterp.blue) if kind in kinds)
    if len(named) == 3:
        return Bands(named, alpha)
    without_alpha = dataset.count - (alpha is not None)
    if without_alpha == 1 and alpha != 1:
        return Bands((1,), alpha)
    raise Unreadable(
        file=file.name,
        problem=Text("Its {n} bands do not say which are red, green and blue.", n=dataset.count),
        remedy=Text("Choose them first: gdal_translate -b 1 -b 2 -b 3 -colorinterp red,green,blue IN OUT."),
    )


def _misplaced(file: Path) -> Unreadable:
    return Unreadable(
        file=file.name,
        problem=Text("Its coordinates lie outside the domain of its CRS."),
        remedy=Text("Check the CRS, or say the right one with --crs."),
    )
