"""Tiles of a flight: a block of the finest file as it lies there, or composed once and kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from geo.errors import NotFound
from geo.feature import Collection, TileRules
from geo.ortho import picture
from geo.ortho.cog import Cog, at_zoom, is_opaque
from geo.ortho.picture import TileFormat
from geo.tile_cache import TileCache
from geo.tiles import TILE_PIXELS, TileId, TileRange

CONTENT_TYPES: dict[TileFormat, str] = {"webp": "image/webp", "jpeg": "image/jpeg", "png": "image/png"}
# Zooms at which the whole flight is smaller than this are not offered.
_SMALLEST_PIXELS = 8


class TileNotFound(NotFound):
    """There is no tile {z}/{x}/{y} in '{collection}'."""

    code = "tile-not-found"


@dataclass(frozen=True)
class Limits:
    """Which tiles a flight has, zoom by zoom; every one of them is answered, if with an empty picture."""

    ranges: dict[int, TileRange]

    @property
    def min_zoom(self) -> int:
        """The coarsest zoom."""
        return min(self.ranges, default=0)

    @property
    def max_zoom(self) -> int:
        """The native zoom of the finest file."""
        return max(self.ranges, default=0)

    def __contains__(self, tile: object) -> bool:
        return isinstance(tile, TileId) and tile.z in self.ranges and tile in self.ranges[tile.z]


@dataclass(frozen=True)
class Flight:
    """An edition of an orthophoto flight: its files, finest first, those of one pixel size newest first."""

    collection: str
    version: str
    cogs: tuple[Cog, ...]

    @cached_property
    def limits(self) -> Limits:
        """From the files' own blocks, so that no tile with a pixel lies outside."""
        covered = [cog.covered for cog in self.cogs if cog.covered is not None]
        if not covered:
            return Limits({})
        deepest = max(tiles.z for tiles in covered)
        whole = _union([at_zoom(tiles, deepest) for tiles in covered], deepest)
        longer = max(whole.max_x - whole.min_x, whole.max_y - whole.min_y) + 1
        halvings = (longer * TILE_PIXELS // _SMALLEST_PIXELS).bit_length() - 1
        zooms = range(max(deepest - halvings, 0), deepest + 1)
        return Limits({zoom: _union([at_zoom(tiles, zoom) for tiles in covered], zoom) for zoom in zooms})


def limits(flight: Flight) -> Limits:
    """Which tiles a flight has."""
    return flight.limits


def tile(flight: Flight, tile_id: TileId, cache: TileCache, tile_format: TileFormat = "webp") -> bytes:
    """One tile of 256 x 256; transparent (JPEG: white) where nothing was photographed.

    Raises:
        TileNotFound: it lies outside the flight's limits.
    """
    if tile_id not in flight.limits:
        raise TileNotFound(collection=flight.collection, z=tile_id.z, x=tile_id.x, y=tile_id.y)
    block, settled = _block(flight, tile_id)
    if settled and block is None:
        return picture.empty(tile_format)
    if block is not None and tile_format == "webp":
        return bytes(block)
    kept = cache.get(flight.collection, flight.version, tile_id, tile_format)
    if kept is None:
        image = picture.decoded(bytes(block)) if block is not None else picture.composed(flight.cogs, tile_id)
        kept = picture.empty(tile_format) if image is None else picture.encoded(image, tile_format)
        cache.put(flight.collection, flight.version, tile_id, tile_format, kept)
    return kept


def narrowed(collection: Collection, flight: Flight) -> Collection:
    """The collection with the zooms that its files really have."""
    return replace(collection, tiles=TileRules(flight.limits.min_zoom, flight.limits.max_zoom))


def _block(flight: Flight, tile_id: TileId) -> tuple[memoryview | None, bool]:
    """The one block that is the whole answer, if there is one; and whether the answer is settled without composing."""
    touching = [cog for cog in flight.cogs if cog.meets(tile_id)]
    for number, cog in enumerate(touching):
        if tile_id.z not in cog.levels:
            return None, False
        block = cog.block(tile_id)
        if block is not None:
            # A rim with nothing beneath it stays as it lies in the file.
            alone = is_opaque(block) or number == len(touching) - 1
            return (block, True) if alone else (None, False)
    return None, True


def _union(ranges: list[TileRange], zoom: int) -> TileRange:
    return TileRange(
        zoom,
        min(r.min_x for r in ranges),
        max(r.max_x for r in ranges),
        min(r.min_y for r in ranges),
        max(r.max_y for r in ranges),
    )
