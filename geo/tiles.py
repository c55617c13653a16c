"""The WebMercatorQuad grid: tile ids, bounds, coverings (OGC 17-083r4, annex D.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import deflate
import mercantile

from geo.errors import NotFound
from geo.geometry import GridBbox, LngLatBbox

TILE_PIXELS = 256
MVT = "application/vnd.mapbox-vector-tile"
MVT_EXTENT = 4096
# In units of the 4096 grid, as martin's default; the selection uses the same margin as the clip.
MVT_BUFFER = 64
DEEPEST_ZOOM = 24
# libdeflate's: 3 % more than zlib's 6 in a fifth of the time, which was a quarter of all that a tile costs.
GZIP_LEVEL = 4
# Part of every version, for clients keep tiles for a year: raise the number when tile.sql, the thinning, the level of
# compression or the encoding of pictures makes other bytes from the same data.
TILE_RECIPE = f"4, deflate {deflate.__version__}"
WORLD_HALF_M = 20037508.342789244


def packed(body: bytes) -> bytes:
    """The same gzipped, without the time of day: equal bytes in are equal bytes out."""
    return bytes(deflate.gzip_compress(body, GZIP_LEVEL))


class TileNotFound(NotFound):
    """The collection '{collection}' has no tile {z}/{y}/{x}."""

    code = "tile-not-found"


class TileId(NamedTuple):
    """Zoom, column from the west, row from the north; all from 0."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Whether the grid has such a tile."""
        return 0 <= self.z <= DEEPEST_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    @property
    def bounds(self) -> GridBbox:
        """In metres of EPSG:3857."""
        return GridBbox(*mercantile.xy_bounds(self.x, self.y, self.z))


class TileRange(NamedTuple):
    """Columns and rows of one zoom that a box touches, both ends included."""

    z: int
    min_x: int
    max_x: int
    min_y: int
    max_y: int

    def holds(self, tile: TileId) -> bool:
        """Whether a tile lies in the range."""
        return tile.z == self.z and self.min_x <= tile.x <= self.max_x and self.min_y <= tile.y <= self.max_y

    def tiles(self) -> Iterator[TileId]:
        """Every tile of the range, row by row."""
        for y in range(self.min_y, self.max_y + 1):
            for x in range(self.min_x, self.max_x + 1):
                yield TileId(self.z, x, y)

    @property
    def size(self) -> int:
        """How many tiles it holds."""
        return (self.max_x - self.min_x + 1) * (self.max_y - self.min_y + 1)


def within(limits: Mapping[int, TileRange], tile: TileId) -> bool:
    """Whether a tile lies inside the limits of its zoom."""
    return tile.z in limits and limits[tile.z].holds(tile)


def covering(box: LngLatBbox, zoom: int) -> TileRange:
    """The tiles of one zoom that a box touches."""
    west_north = mercantile.tile(box.west, box.north, zoom)
    east_south = mercantile.tile(box.east, box.south, zoom)
    return TileRange(zoom, west_north.x, east_south.x, west_north.y, east_south.y)


def pixel_m(zoom: int) -> float:
    """The side of a pixel of a 256-pixel tile, in metres of EPSG:3857."""
    return 2 * WORLD_HALF_M / (TILE_PIXELS << zoom)
