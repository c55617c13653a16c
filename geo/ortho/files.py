"""Files of flights on disk: converted into the data folder, found again, swept."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Collection
from datetime import date
from pathlib import Path

from geo.confine import Limits
from geo.errors import Unreadable
from geo.geometry import LngLatBbox
from geo.ortho.cog import Cog, cog_folder
from geo.ortho.convert import sweep_unfinished, work_folder
from geo.ortho.footprint import must_meet
from geo.ortho.model import FlightFile, cog_name
from geo.ortho.reading import Progress, confined
from geo.texts import Text

# A COG is named by a row only after its transaction; a younger file may still wait for it.
_SWEEP_AFTER_S = 24 * 3600
_PIECE_BYTES = 16 << 20


def prepare(
    data_dir: Path,
    file: Path,
    *,
    flown_on: date | None,
    within: LngLatBbox | None,
    srid: int | None = None,
    keep: bool = False,
    progress: Progress,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> FlightFile:
    """Convert a file into the data folder; nothing is public yet. The same file again costs only its reading.

    `within` is the town's extent, None for a file from anywhere. With `keep` the raw file is copied to `raw`.

    Raises:
        Unreadable: it is no usable GeoTIFF.
        OutsideTown: it lies elsewhere.
        NotWritten: the disk is full.
    """
    folder = cog_folder(data_dir)
    sweep_unfinished(folder)
    progress(0.0, Text("Reading the file."))

    def waiting() -> None:
        progress(0.0, Text("Reading the file."))

    with work_folder(folder) as work, confined(file, srid, work, limits, waiting) as reading:
        seen = reading.look()
        if within is not None:
            must_meet(within, seen.outline, file.name)
        sha256 = _sha256(file, progress)
        converted = FlightFile(sha256, file.name, seen.outline, seen.pixel_m, flown_on, cog_name(sha256, seen.place))
        target = folder / converted.cog
        if _is_sound(target):
            # The sweep counts from the last use.
            target.touch()
        else:
            reading.convert(target, progress)
            Cog.open(target)
    if keep:
        _keep(file, data_dir / "raw" / f"{sha256}.tif")
    return converted


def sweep(data_dir: Path, living: Collection[str]) -> list[str]:
    """Remove COGs that are not among the living and no longer young, and what killed conversions left; their names."""
    folder = cog_folder(data_dir)
    gone = sweep_unfinished(folder)
    for file in sorted(folder.glob("*.tif")):
        if file.name not in living and file.stat().st_mtime < time.time() - _SWEEP_AFTER_S:
            # A process that serves it keeps its map of it.
            file.unlink()
            gone.append(file.name)
    return gone


def _is_sound(cog: Path) -> bool:
    """Whether a COG is there and whole; a damaged one is made anew, for adding its source again is what mends it."""
    try:
        Cog.open(cog)
    except (FileNotFoundError, Unreadable):
        return False
    return True


def _sha256(file: Path, progress: Progress) -> str:
    """The hash of a file of gigabytes; `progress` may end it between two pieces."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(_PIECE_BYTES):
            progress(0.0, Text("Reading the file."))
            digest.update(piece)
    return digest.hexdigest()


def _keep(file: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    shutil.copyfile(file, partial)
    partial.replace(target)
