"""An aligned COG whose blocks are tiles: its directories parsed once, its blocks read as they lie there.

Only what `geo.ortho.convert` writes is understood: TIFF or BigTIFF, WebP blocks of 256 x 256, EPSG:3857, every
level on the WebMercatorQuad grid. A WebP block is a complete WebP file (TIFF compression 50001), so that serving
a tile needs no decoding. GDAL would answer the same block some hundred times slower (docs/performance.md).
"""

from __future__ import annotations

import math
import mmap
import os
import struct
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import Unavailable, Unreadable
from geo.texts import Text
from geo.tiles import DEEPEST_ZOOM, TILE_PIXELS, WORLD_HALF_M, TileId, TileRange, pixel_m

_SUBFILE, _WIDTH, _HEIGHT, _COMPRESSION = 254, 256, 257, 259
_TILE_WIDTH, _TILE_HEIGHT, _OFFSETS, _COUNTS = 322, 323, 324, 325
_PIXEL_SCALE, _TIEPOINT = 33550, 33922
_WEBP = 50001
_MASK_BIT = 4
# TIFF field type -> numpy type without byte order: SHORT, LONG, DOUBLE, LONG8.
_TYPES = {3: "u2", 4: "u4", 12: "f8", 16: "u8"}
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_MOST_DIRECTORIES = 64

# In the byte order of the file.
type Numbers = NDArray[np.integer] | NDArray[np.floating]


def cog_folder(data_dir: Path) -> Path:
    """Where the COGs lie, each named for the SHA-256 of its source and its place."""
    return data_dir / "ortho"


class _Directory(NamedTuple):
    """One image of a TIFF: tag -> values."""

    tags: dict[int, Numbers]

    def number(self, tag: int) -> int:
        values = self.tags.get(tag)
        return 0 if values is None or len(values) == 0 else int(values[0])


@dataclass(frozen=True)
class Level:
    """One zoom of a COG: `columns` x `rows` blocks from the tile (min_x, min_y) on, row by row."""

    zoom: int
    min_x: int
    min_y: int
    columns: int
    rows: int
    offsets: Numbers
    counts: Numbers


class Cog:
    """An opened file. Safe between threads; it is closed with the last reference.

    Blocks are read, not mapped: a file cut short while it is served ends no process, and what was sent weighs nothing.
    """

    def __init__(self, path: Path, descriptor: int, levels: dict[int, Level]) -> None:
        self.path = path
        self._descriptor = descriptor
        self.levels = levels
        weakref.finalize(self, os.close, descriptor)

    @classmethod
    def open(cls, path: Path) -> Cog:
        """Open an aligned COG.

        Raises:
            Unreadable: the file is no aligned COG.
            FileNotFoundError: there is none.
        """
        with path.open("rb") as file:
            try:
                # An empty file cannot be mapped.
                with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
                    levels = _levels(_directories(mapped))
                    _must_be_whole(levels, len(mapped))
            except (struct.error, ValueError, LookupError) as exc:
                raise _unaligned(path) from exc
            return cls(path, os.dup(file.fileno()), levels)

    @property
    def zooms(self) -> range:
        """From the coarsest to the native zoom, without gaps."""
        return range(min(self.levels), max(self.levels) + 1)

    def block(self, tile: TileId) -> bytes | None:
        """A tile as it lies in the file, a complete WebP; None outside the file and where it is empty.

        Raises:
            Unavailable: the file has been cut short since it was opened.
        """
        level = self.levels.get(tile.z)
        if level is None:
            return None
        column, row = tile.x - level.min_x, tile.y - level.min_y
        if not (0 <= column < level.columns and 0 <= row < level.rows):
            return None
        number = row * level.columns + column
        offset, count = int(level.offsets[number]), int(level.counts[number])
        # Sparse: nothing was written.
        if count == 0:
            return None
        block = os.pread(self._descriptor, count, offset)
        if len(block) < count:
            raise Unavailable
        return block

    @cached_property
    def covered(self) -> TileRange | None:
        """The tiles of the native zoom between the first and last block that is not empty; None for none.

        The canvas itself is padded to whole blocks of the coarsest zoom, so its own size says little.
        """
        level = self.levels[self.zooms[-1]]
        filled = (np.asarray(level.counts) > 0).reshape(level.rows, level.columns)
        rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
        if len(rows) == 0:
            return None
        return TileRange(
            level.zoom,
            level.min_x + int(columns[0]),
            level.min_x + int(columns[-1]),
            level.min_y + int(rows[0]),
            level.min_y + int(rows[-1]),
        )

    def meets(self, tile: TileId) -> bool:
        """Whether a tile of any zoom touches what the file covers."""
        covered = self.covered
        if covered is None:
            return False
        return at_zoom(covered, tile.z).holds(tile)


def at_zoom(tiles: TileRange, zoom: int) -> TileRange:
    """The range of another zoom that touches the same ground."""
    up, down = max(tiles.z - zoom, 0), max(zoom - tiles.z, 0)
    return TileRange(
        zoom,
        tiles.min_x >> up << down,
        ((tiles.max_x >> up) + 1 << down) - 1,
        tiles.min_y >> up << down,
        ((tiles.max_y >> up) + 1 << down) - 1,
    )


def is_opaque(block: bytes) -> bool:
    """Whether a WebP file has no alpha: a lone lossy stream has none, an extended header says so in a bit."""
    kind = block[12:16]
    return kind == b"VP8 " or (kind == b"VP8X" and not block[20] & 0x10)


def _must_be_whole(levels: dict[int, Level], size: int) -> None:
    """Refuse a file cut short: its head is whole, and blocks beyond its end would pass for places nobody photographed.

    Raises:
        ValueError: a block ends beyond the end.
    """
    for level in levels.values():
        if (np.asarray(level.offsets, np.uint64) + np.asarray(level.counts, np.uint64)).max() > size:
            raise ValueError("blocks lie beyond the end")


def _unaligned(path: Path) -> Unreadable:
    return Unreadable(
        file=path.name,
        problem=Text("It is no aligned orthophoto file."),
        remedy=Text("Add the flight's source file again with `geo ortho add`."),
    )


def _directories(mapped: mmap.mmap) -> list[_Directory]:
    """Every image directory of a TIFF (version 42) or BigTIFF (43), in file order."""
    order = {b"II": "<", b"MM": ">"}[mapped[:2]]
    (version,) = struct.unpack_from(order + "H", mapped, 2)
    if version == 42:
        big, next_at = False, 4
    elif version == 43:
        big, next_at = True, 8
    else:
        raise ValueError(f"TIFF version {version}")
    pointer = order + ("Q" if big else "I")
    found: list[_Directory] = []
    (at,) = struct.unpack_from(pointer, mapped, next_at)
    while at and len(found) < _MOST_DIRECTORIES:
        (entries,) = struct.unpack_from(order + ("Q" if big else "H"), mapped, at)
        first, size = at + (8 if big else 2), 20 if big else 12
        if first + entries * size > len(mapped):
            raise ValueError("a directory beyond the end")
        tags = {}
        for entry in range(first, first + entries * size, size):
            tag, values = _values(mapped, entry, order, big=big)
            if values is not None:
                tags[tag] = values
        found.append(_Directory(tags))
        (at,) = struct.unpack_from(pointer, mapped, first + entries * size)
    return found


def _values(mapped: mmap.mmap, entry: int, order: str, *, big: bool) -> tuple[int, Numbers | None]:
    tag, kind, count = struct.unpack_from(order + ("HHQ" if big else "HHI"), mapped, entry)
    if kind not in _TYPES:
        return tag, None
    room, at = (8, entry + 12) if big else (4, entry + 8)
    if count * _TYPE_SIZES[kind] > room:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), mapped, at)
    # Copied: the map is gone once the file is open.
    return tag, np.frombuffer(mapped[at : at + count * _TYPE_SIZES[kind]], dtype=order + _TYPES[kind], count=count)


def _levels(directories: list[_Directory]) -> dict[int, Level]:
    images = [d for d in directories if not d.number(_SUBFILE) & _MASK_BIT]
    full = images[0]
    scale, tie = full.tags[_PIXEL_SCALE], full.tags[_TIEPOINT]
    # The size of an aligned pixel may be off by 1e-13, so it is rounded to a zoom and never compared exactly.
    native = round(math.log2(pixel_m(0) / float(scale[0])))
    if not 0 <= native <= DEEPEST_ZOOM or abs(float(scale[0]) / pixel_m(native) - 1) > 1e-9:
        raise ValueError("the pixel size is no zoom of the grid")
    side_m = pixel_m(native) * TILE_PIXELS
    left, top = (float(tie[3]) + WORLD_HALF_M) / side_m, (WORLD_HALF_M - float(tie[4])) / side_m
    if max(abs(left - round(left)), abs(top - round(top))) > 1e-3:
        raise ValueError("the corner is no corner of a tile")
    found = {}
    for image in images:
        halvings = round(math.log2(full.number(_WIDTH) / image.number(_WIDTH)))
        level = _level(image, native - halvings, round(left), round(top), halvings)
        found[level.zoom] = level
    if sorted(found) != list(range(min(found), native + 1)):
        raise ValueError("zooms are missing between the levels")
    return found


def _level(image: _Directory, zoom: int, left: int, top: int, halvings: int) -> Level:
    if (image.number(_TILE_WIDTH), image.number(_TILE_HEIGHT), image.number(_COMPRESSION)) != (
        TILE_PIXELS,
        TILE_PIXELS,
        _WEBP,
    ):
        raise ValueError("blocks are no WebP of 256 x 256")
    if (left | top) & ((1 << halvings) - 1):
        raise ValueError("an overview lies between the tiles")
    columns, rows = -(-image.number(_WIDTH) // TILE_PIXELS), -(-image.number(_HEIGHT) // TILE_PIXELS)
    offsets, counts = image.tags[_OFFSETS], image.tags[_COUNTS]
    if not len(offsets) == len(counts) == columns * rows:
        raise ValueError("blocks are missing")
    return Level(zoom, left >> halvings, top >> halvings, columns, rows, offsets, counts)
