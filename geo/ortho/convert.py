"""A source file becomes, once, a COG whose blocks are the tiles of the WebMercatorQuad grid.

Two steps: the source is warped onto the grid, tile-aligned, window by window; GDAL's COG driver then makes the
overviews and compresses (`geo.ortho.overviews`). The canvas is a multiple of the coarsest zoom's tiles, so every
overview lies on the grid too; its padding is sparse. Memory stays flat; disk needs about the size of the uncompressed
picture for a while.
"""

from __future__ import annotations

import fcntl
import logging
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform
from rasterio.windows import Window

from geo.errors import Unavailable
from geo.ortho.source import Source, readable
from geo.texts import Text
from geo.tiles import TILE_PIXELS, WORLD_HALF_M, TileId, pixel_m

log = logging.getLogger(__name__)

# Called several times a second by the thread that converts; what it raises ends the conversion.
type Progress = Callable[[float, Text], None]

CACHE_BYTES = 64 << 20
DEEPEST_FLIGHT_ZOOM = 22
# GDAL's own limit for aligned levels; ten zooms span a gmina at 5 cm.
MOST_LEVELS = 10
# Output pixels warped at once: 16 MB of RGBA.
_WINDOW = 2048
# Where the two steps meet on the progress bar, measured: warping takes about half the time.
_WARPED = 0.5
_OVERVIEWS = Path(__file__).with_name("overviews.py")
_LOOK_EVERY_S = 0.5
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


def convert(source: Source, target: Path, progress: Progress) -> Canvas:
    """Write a source as an aligned COG. The target appears whole or not at all.

    Everything half-done lies in a folder of its own beside the target; a killed conversion leaves that folder to
    `sweep_unfinished`, one that `progress` ends by an error removes it.

    Raises:
        Unreadable: the source breaks off.
        NotWritten: the disk is full or fails.
    """
    plan = canvas(source)
    with _work_folder(target.parent) as work, rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES, GDAL_PAM_ENABLED="NO"):
        try:
            _warp(source, plan, work / "warped.tif", progress)
            _compress(work, plan, progress)
        except (RasterioError, subprocess.CalledProcessError) as exc:
            log.exception(
                "orthophoto not written", extra={"file": source.file.name, "said": getattr(exc, "output", b"")}
            )
            raise NotWritten from exc
        _sync(work / "cog.tif")
        (work / "cog.tif").replace(target)
        _sync(target.parent)
    progress(1.0, Text("The orthophoto is converted."))
    return plan


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
def _work_folder(beside: Path) -> Iterator[Path]:
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


def _warp(source: Source, plan: Canvas, target: Path, progress: Progress) -> None:
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
    with WarpedVRT(source.dataset, **vrt_options) as warped, rasterio.open(target, "w", **profile) as out:
        for number, window in enumerate(windows):
            progress(_WARPED * number / len(windows), Text("Moving the picture onto the grid of the map."))
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


def _compress(work: Path, plan: Canvas, progress: Progress) -> None:
    """Let another process do it; its progress is estimated from its files, which grow."""
    numbers = (plan.levels, TILE_PIXELS, CACHE_BYTES)
    # -P: the modules beside the program are no top-level modules.
    command = [sys.executable, "-P", _OVERVIEWS, os.getpid(), work / "warped.tif", work / "cog.tif", *numbers]
    pixels, share = plan.columns * plan.rows * TILE_PIXELS**2, 0.0
    with (
        (work / "overviews.log").open("w+b") as said,
        subprocess.Popen(  # noqa: S603 - our own program
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            # A signal to our group is for us, who then end it: by itself it would look like a failure.
            process_group=0,
        ) as copy,
    ):
        try:
            while not _ended(copy):
                overviews, final = (_size(work / name) / pixels for name in ("cog.tif.ovr.tmp", "cog.tif"))
                # Bytes for each pixel as photographs need them; how many this one needs is known at the end only,
                # so the bar nears the end without reaching it.
                now = 0.2 * -math.expm1(-overviews / 0.3) + 0.75 * -math.expm1(-final / 0.08)
                # The overviews' own file goes before the copy ends.
                share = max(share, now)
                progress(_WARPED + (1 - _WARPED) * share, Text("Making overviews and compressing."))
        except BaseException:
            copy.kill()
            raise
        if copy.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(copy.returncode, _OVERVIEWS.name, said.read())


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK_EVERY_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
