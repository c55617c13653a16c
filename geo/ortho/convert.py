"""A source file becomes, once, a COG whose blocks are the tiles of the WebMercatorQuad grid.

Two steps: the source is warped onto the grid, tile-aligned, window by window; GDAL's COG driver then makes the
overviews and compresses. Both run in a confined child (`geo.ortho.served`). The canvas is a multiple of the coarsest
zoom's tiles, so every overview lies on the grid too; its padding is sparse. Memory stays flat; disk needs about the
size of the uncompressed picture for a while.
"""

from __future__ import annotations

import fcntl
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform
from rasterio.windows import Window

from geo.errors import Unavailable
from geo.ortho.source import Source, readable
from geo.tiles import TILE_PIXELS, WORLD_HALF_M, TileId, pixel_m

CACHE_BYTES = 64 << 20
DEEPEST_FLIGHT_ZOOM = 22
# GDAL's own limit for aligned levels; ten zooms span a gmina at 5 cm.
MOST_LEVELS = 10
# Output pixels warped at once: 16 MB of RGBA.
_WINDOW = 2048
WORK_PREFIX = ".work-"


class NotWritten(Unavailable):
    """The orthophoto file could not be written. Is there room on the disk of the data folder?"""

    code = "ortho-not-written"


@dataclass(frozen=True, slots=True)
class Canvas:
    """The grid that a file is warped onto: `columns` x `rows` tiles of `zoom` from the tile (min_x, min_y) on."""

    zoom: int
    levels: int
    min_x: int
    min_y: int
    columns: int
    rows: int

    @property
    def transform(self) -> Any:  # rasterio has no types of its own
        """Pixel to EPSG:3857, as rasterio takes it."""
        left, _, _, top = TileId(self.zoom, self.min_x, self.min_y).bounds
        return from_origin(left, top, pixel_m(self.zoom), pixel_m(self.zoom))

    def windows(self) -> Iterator[Window]:
        """The canvas in pieces."""
        width, height = self.columns * TILE_PIXELS, self.rows * TILE_PIXELS
        for top in range(0, height, _WINDOW):
            for left in range(0, width, _WINDOW):
                yield Window(left, top, min(_WINDOW, width - left), min(_WINDOW, height - top))


def canvas(source: Source) -> Canvas:
    """The canvas of a source: the zoom nearest to its pixel size, levels down to a few tiles across.

    One level more would pad the canvas to twice the size or more; what is coarser is composed once when asked for.
    """
    dataset = source.dataset
    warped, _, _ = calculate_default_transform(source.crs, "EPSG:3857", dataset.width, dataset.height, *dataset.bounds)
    zoom = min(max(round(math.log2(pixel_m(0) / warped.a)), 0), DEEPEST_FLIGHT_ZOOM)
    along = np.linspace(0.0, 1.0, 33)
    edges = (
        [(t, 0.0) for t in along] + [(t, 1.0) for t in along] + [(0.0, t) for t in along] + [(1.0, t) for t in along]
    )
    rim = [dataset.transform @ (dataset.width * x, dataset.height * y) for x, y in edges]
    x, y = source.to_epsg(np.array(rim), 3857).T
    side_m = pixel_m(zoom) * TILE_PIXELS
    min_x, max_x = (int((value + WORLD_HALF_M) // side_m) for value in (x.min(), x.max()))
    min_y, max_y = (int((WORLD_HALF_M - value) // side_m) for value in (y.max(), y.min()))
    longer = max(max_x - min_x, max_y - min_y) + 1
    levels = max(1, min(int(math.log2(longer)), MOST_LEVELS, zoom))
    step = 1 << (levels - 1)
    min_x, min_y = min_x // step * step, min_y // step * step
    return Canvas(
        zoom, levels, min_x, min_y, -(-(max_x + 1 - min_x) // step) * step, -(-(max_y + 1 - min_y) // step) * step
    )


def sweep_unfinished(folder: Path) -> list[str]:
    """Remove what killed conversions left in a folder; the names that went. Running ones are left alone."""
    if not folder.is_dir():
        return []
    gone = []
    with _begun_or_not(folder):
        for work in sorted(folder.glob(f"{WORK_PREFIX}*")):
            try:
                with (work / "lock").open("w") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(work, ignore_errors=True)
            # It is at work, or has just ended and taken its folder along.
            except (BlockingIOError, FileNotFoundError):
                continue
            gone.append(work.name)
    return gone


@contextmanager
def _begun_or_not(folder: Path) -> Iterator[None]:
    """No work folder inside is caught between its making and its lock: whoever makes or sweeps them is alone here."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def work_folder(beside: Path) -> Iterator[Path]:
    """A folder for what is half-done, beside where the result will lie; it goes with its block, else by the sweep."""
    beside.mkdir(parents=True, exist_ok=True)
    with _begun_or_not(beside):
        work = Path(tempfile.mkdtemp(prefix=WORK_PREFIX, dir=beside))
        # The lock dies with the process, so that a sweep can tell the dead from the living.
        lock = (work / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        with lock:
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def warp(source: Source, plan: Canvas, target: Path, progress: Callable[[float], None]) -> None:
    """Write a source moved onto its canvas; `progress` hears the share that is done.

    Raises:
        Unreadable: the source breaks off.
        NotWritten: the disk is full or fails.
    """
    bands = source.bands
    width, height = plan.columns * TILE_PIXELS, plan.rows * TILE_PIXELS
    vrt_options: dict[str, Any] = {
        "crs": "EPSG:3857",
        "src_crs": source.crs,
        "transform": plan.transform,
        "width": width,
        "height": height,
        "resampling": Resampling.nearest if bands.palette is not None else Resampling.cubic,
        "add_alpha": bands.alpha is None,
        "num_threads": 2,
        "warp_mem_limit": 64,
    }
    profile = {
        "driver": "GTiff", "dtype": "uint8", "count": 4, "crs": "EPSG:3857", "transform": plan.transform,
        "width": width, "height": height, "tiled": True, "blockxsize": 256, "blockysize": 256, "interleave": "pixel",
        "photometric": "RGB", "alpha": "unspecified", "compress": "zstd", "zstd_level": 1, "sparse_ok": True,
        "bigtiff": "IF_SAFER",
    }  # fmt: skip
    windows = list(plan.windows())
    with (
        _writing(),
        WarpedVRT(source.dataset, **vrt_options) as warped,
        rasterio.open(target, "w", **profile) as out,
    ):
        for number, window in enumerate(windows):
            progress(number / len(windows))
            with readable(source.file):
                read = warped.read((*bands.colours, bands.alpha or warped.count), window=window)
            rgba = _rgba(read, bands.palette)
            if rgba[3].any():
                out.write(rgba, window=window)


def _rgba(read: NDArray[np.uint8], palette: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Colours and alpha as (4, height, width); black under full transparency, so that such blocks stay sparse."""
    if palette is not None:
        rgba: NDArray[np.uint8] = np.moveaxis(palette[read[0]], -1, 0).copy()
        rgba[3] = np.minimum(rgba[3], read[1])
    elif len(read) == 2:
        rgba = np.stack((read[0], read[0], read[0], read[1]))
    else:
        rgba = read
    if not rgba[3].all():
        rgba[:3] *= rgba[3] > 0
    return rgba


def compress(warped: Path, target: Path, levels: int) -> None:
    """Copy a warped picture as a COG with `levels` levels of tiles.

    Raises:
        NotWritten: the disk is full or fails.
    """
    with _writing():
        rasterio.shutil.copy(
            warped, target, driver="COG", BLOCKSIZE=TILE_PIXELS, COMPRESS="WEBP", SPARSE_OK="YES", BIGTIFF="IF_SAFER",
            OVERVIEWS="IGNORE_EXISTING" if levels > 1 else "NONE", OVERVIEW_COUNT=levels - 1,
            OVERVIEW_RESAMPLING="AVERAGE", NUM_THREADS="2",
        )  # fmt: skip


@contextmanager
def _writing() -> Iterator[None]:
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES, GDAL_PAM_ENABLED="NO"):
        try:
            yield
        except RasterioError as exc:
            raise NotWritten from exc
