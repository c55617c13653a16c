"""A flight's file as a confined child sees it: looked at, and converted, behind walls (`geo.ortho.served`)."""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import shapely
from shapely.geometry import Polygon

from geo import confine
from geo.confine import Garbled, Json, Limits
from geo.errors import Unreadable
from geo.texts import Text

# Called several times a second by the thread that waits; what it raises ends the conversion.
type Progress = Callable[[float, Text], None]

TASK = "geo.ortho.served:begin"
# Those that follow links or talk to networks are not even registered.
ENVIRONMENT = {
    "GDAL_SKIP": "DERIVED GTI WCS WMS WMTS HTTP PLMOSAIC NGW OGCAPI EEDA EEDAI DAAS STACTA STACIT GDALG MRF ESRIC Zarr "
    "GeoJSON TopoJSON GeoJSONSeq ESRIJSON SQLite GPKG MBTiles PDF OSM MVT GNMFile GNMDatabase"
}
# Where the two steps meet on the progress bar, measured: warping takes about half the time.
WARPED = 0.5
# A flight takes some hours of processor time where a register takes minutes, and several times its disk.
LONGER, LARGER = 20, 10
# What GDAL looks for beside a TIFF and what counts: where it lies, its mask, its overviews.
_BESIDE = (".tfw", ".tifw", ".tiffw", ".wld", ".tif.msk", ".tiff.msk", ".tif.ovr", ".tiff.ovr")
_PLACE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a file finds: `outline` in degrees, longitude first; `pixel_m` on the ground."""

    outline: Polygon
    pixel_m: float
    place: str


class Reading:
    """A file that a confined child holds open."""

    def __init__(self, child: confine.Child) -> None:
        self._child = child
        self._work = child.view.work
        # What is told twice a second while nothing else comes.
        self.tell: Callable[[], None] = lambda: None

    def look(self) -> Seen:
        """What the file is.

        Raises:
            Unreadable: it is no usable GeoTIFF; or its reader took too much, or died.
        """
        for message in self._child.ask("look"):
            try:
                return _seen(message.head)
            except Garbled as exc:
                raise self._child.garbled(exc) from exc
        raise self._child.garbled(Garbled("nothing was seen"))

    def convert(self, target: Path, progress: Progress) -> None:
        """Write the file as an aligned COG. The target appears whole or not at all.

        Raises:
            Unreadable: the file breaks off; or its reader took too much, or died.
            NotWritten: the disk is full or fails.
        """
        share, pixels = 0.0, 0

        def tell() -> None:
            nonlocal share
            if not pixels:
                progress(share, Text("Moving the picture onto the grid of the map."))
                return
            overviews, final = (_size(self._work / name) / pixels for name in ("cog.tif.ovr.tmp", "cog.tif"))
            # Bytes for each pixel as photographs need them; how many this one needs is known at the end only,
            # so the bar nears the end without reaching it. The overviews' own file goes before the copy ends.
            now = 0.2 * -math.expm1(-overviews / 0.3) + 0.75 * -math.expm1(-final / 0.08)
            share = max(share, WARPED + (1 - WARPED) * now)
            progress(share, Text("Making overviews and compressing."))

        self.tell = tell
        for message in self._child.ask("convert"):
            try:
                share, pixels = _step(message.head, share)
            except Garbled as exc:
                raise self._child.garbled(exc) from exc
            tell()
        self._put(self._work / "cog.tif", target)
        progress(1.0, Text("The orthophoto is converted."))

    def _put(self, cog: Path, target: Path) -> None:
        # A child that was taken over might put a link in its place, or write through its descriptor, after we looked.
        self._child.end()
        try:
            state = cog.lstat()
        except FileNotFoundError as exc:
            raise self._child.garbled(Garbled("there is no COG")) from exc
        # Nor may it be a second name of a file that lives on elsewhere.
        if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
            raise self._child.garbled(Garbled("the COG is no file of its own"))
        _sync(cog)
        cog.replace(target)
        _sync(target.parent)


@contextmanager
def confined(
    file: Path, srid: int | None, folder: Path, limits: Limits, waiting: Callable[[], None]
) -> Iterator[Reading]:
    """A child that sees a file and what lies beside it, and writes below `folder`.

    `waiting` is called twice a second while it looks; what it raises ends the child, as what a progress raises does.

    Raises:
        Unreadable: there is no such file.
    """
    if not file.is_file():
        raise Unreadable(file=file.name, problem=Text("There is no such file."), remedy=Text("Check the path."))
    files = {file.name: file, **_beside(file)}
    generous = replace(
        limits,
        cpu_s=limits.cpu_s * LONGER,
        silence_s=limits.silence_s * LONGER,
        total_s=limits.total_s * LONGER,
        written_mb=limits.written_mb * LARGER,
    )
    reading: Reading | None = None

    def wait() -> None:
        if reading is None:
            waiting()
        else:
            reading.tell()

    arguments = {"file": file.name, "srid": srid}
    running = confine.started(
        TASK,
        files,
        arguments,
        file=file.name,
        limits=generous,
        scratch=folder,
        waiting=wait,
        environment=ENVIRONMENT,
    )
    with running as child:
        reading = Reading(child)
        reading.tell = waiting
        yield reading


def _beside(file: Path) -> dict[str, Path]:
    stem = file.stem.lower()
    wanted = {stem + suffix for suffix in _BESIDE}
    return {each.name: each for each in file.parent.iterdir() if each.name.lower() in wanted and each.is_file()}


def _step(head: Json, share: float) -> tuple[float, int]:
    if isinstance(head, dict) and isinstance(head.get("warped"), float | int) and 0 <= head["warped"] <= 1:
        return max(share, WARPED * head["warped"]), 0
    if isinstance(head, dict) and type(head.get("pixels")) is int and head["pixels"] > 0:
        return max(share, WARPED), head["pixels"]
    raise Garbled("a conversion says how far it is")


def _seen(head: Json) -> Seen:
    try:
        exterior, *interiors = head["outline"]
        outline = Polygon(exterior, interiors)
        pixel_m, place = float(head["pixel_m"]), str(head["place"])
    except (KeyError, TypeError, ValueError, shapely.GEOSException) as exc:
        raise Garbled(f"no outline: {exc}"[:200]) from exc
    if not outline.is_valid or outline.has_z or not 0 < pixel_m < math.inf or not _PLACE.fullmatch(place):
        raise Garbled("a picture has an outline, a size and a place")
    return Seen(outline, pixel_m, place)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
