"""Vector tiles: made by PostGIS, thinned until they are light, kept gzipped by edition."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path

from psycopg import sql

from geo import prepared
from geo.db import Lend, read_sql
from geo.feature import Collection
from geo.tile_cache import TileCache
from geo.tiles import (
    MVT_BUFFER,
    MVT_EXTENT,
    TILE_PIXELS,
    WORLD_HALF_M,
    TileId,
    TileNotFound,
    TileRange,
    covering,
    packed,
    pixel_m,
    within,
)

log = logging.getLogger(__name__)

HEAVIEST_GZIPPED = 300_000
# The sides of the cells of thinning: the first that makes the tile light enough is taken.
CELLS_PIXELS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
FIRST_CELL_PIXELS = CELLS_PIXELS[0]
# Coarser cells mean that what is large is itself too heavy.
LARGER_STAY_PIXELS = 8.0
# Beside the tiles in the cache: the coarsest cell of which a tile is known to be too heavy.
_TOO_HEAVY = "heavy"

_CELL = sql.SQL(
    "floor((ST_XMin(geom_3857) + ST_XMax(geom_3857)) / 2 / %(cell)s::float8),"
    " floor((ST_YMin(geom_3857) + ST_YMax(geom_3857)) / 2 / %(cell)s::float8)"
)
_LONGER_SIDE = sql.SQL("greatest(ST_XMax(geom_3857) - ST_XMin(geom_3857), ST_YMax(geom_3857) - ST_YMin(geom_3857))")
_TILE = Path(__file__).with_name("tile.sql")
_LABEL_POINTS = Path(__file__).with_name("label_points.sql")


def limits(collection: Collection) -> dict[int, TileRange]:
    """The tiles that a collection has, by zoom: inside each is answered, outside there is nothing."""
    if collection.extent is None:
        return {}
    rules = collection.tiles
    return {zoom: covering(collection.extent, zoom) for zoom in range(rules.min_zoom, rules.max_zoom + 1)}


def tile(
    lend: Lend,
    cache: TileCache,
    collection: Collection,
    tile_id: TileId,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> bytes:
    """One tile as gzipped MVT; from the cache, without a connection, when it was made before for this edition.

    What must be made is made within a `turn`, for which others may have to be waited for.

    Raises:
        TileNotFound: outside the collection's limits.
    """
    if not within(limits(collection), tile_id):
        raise TileNotFound(collection=collection.id, z=tile_id.z, y=tile_id.y, x=tile_id.x)
    place = (collection.id, collection.version, tile_id)
    known = cache.get(*place, "mvt")
    if known is not None:
        return known
    with turn():
        # Another may have made it while we waited.
        known = cache.get(*place, "mvt")
        if known is not None:
            return known
        made = make(lend, cache, collection, tile_id)
        cache.put(*place, "mvt", made)
        return made


def make(lend: Lend, cache: TileCache, collection: Collection, tile_id: TileId) -> bytes:
    """One tile as gzipped MVT: below the zoom where features are whole, and above 300 kB, small ones give way.

    A connection is held while the database works, not while its answer is compressed. Each round of thinning that does
    not suffice is noted in the cache: who asks after one whose time ended goes on where that one stopped.
    What is above 300 kB even in the coarsest cells (very long texts in every feature) is sent and logged.
    """
    noted = (collection.id, collection.version, tile_id, _TOO_HEAVY)
    tried = float(cache.get(*noted) or -1)
    cells = CELLS_PIXELS if tile_id.z < collection.tiles.whole_from_zoom else (0.0, *CELLS_PIXELS)
    body = b""
    for cell in [cell for cell in cells if cell > tried] or cells[-1:]:
        body = packed(_query(lend, collection, tile_id, cell))
        if len(body) <= HEAVIEST_GZIPPED:
            return body
        cache.put(*noted, str(cell).encode())
    log.warning("heavy tile", extra={"collection": collection.id, "tile": tile_id, "bytes": len(body)})
    return body


def _query(lend: Lend, collection: Collection, tile_id: TileId, cell_pixels: float) -> bytes:
    box = tile_id.bounds
    side = box.right - box.left
    statement = _statement(
        collection.table, _attributes(collection, tile_id.z), cell_pixels, labelled=collection.tiles.label_points
    )
    values = {**box._asdict(), "margin": side * MVT_BUFFER / MVT_EXTENT, "layer": collection.id}
    values["cell"] = cell_pixels * pixel_m(tile_id.z)
    values |= {"column": tile_id.x, "row": tile_id.y, "half": WORLD_HALF_M, "side": TILE_PIXELS * pixel_m(tile_id.z)}
    values["label_layer"] = collection.tiles.label_layer(collection.id)
    with lend() as connection:
        row = prepared.first_row(connection, statement, values, as_bytes=True)
    return row[0] or b"" if row else b""


# Composing its text takes as long as a small tile; a catalog has a few dozen.
@lru_cache(maxsize=1000)
def _statement(table: str, names: tuple[str, ...], cell_pixels: float, *, labelled: bool) -> prepared.Statement:
    distinct, order, geometry = _thinning(cell_pixels)
    attributes = sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(name)) for name in names)
    text = read_sql(_TILE).format(
        table=sql.Identifier("layers", table),
        attributes=attributes,
        distinct=distinct,
        order=order,
        geometry=geometry,
        labels=read_sql(_LABEL_POINTS).format(attributes=attributes) if labelled else sql.SQL(""),
    )
    return prepared.numbered(text.as_bytes(None))


def _thinning(cell_pixels: float) -> tuple[sql.Composable, sql.Composable, sql.Composable]:
    """Which rows, in which order, with which geometry: nothing is left out when the cell is 0.

    Else of the features whose middle lies in a cell the largest stays, so that no place is left bare. Up to
    LARGER_STAY_PIXELS whatever is larger than its cell stays too.
    """
    if cell_pixels == 0.0:
        return sql.SQL(""), sql.SQL("fid"), sql.SQL("geom_3857")
    key: sql.Composable = _CELL
    if cell_pixels <= LARGER_STAY_PIXELS:
        key = sql.SQL("{}, CASE WHEN {} > %(cell)s::float8 THEN fid END").format(_CELL, _LONGER_SIDE)
    distinct = sql.SQL("DISTINCT ON ({})").format(key)
    order = sql.SQL("{}, {} DESC, fid").format(key, _LONGER_SIDE)
    if cell_pixels == FIRST_CELL_PIXELS:
        return distinct, order, sql.SQL("geom_3857")
    # Still too heavy at the first cell: outlines may lose what is small beside it.
    return distinct, order, sql.SQL("ST_Simplify(geom_3857, %(cell)s::float8 / 8, true)")


def _attributes(collection: Collection, zoom: int) -> tuple[str, ...]:
    """The columns that the registry gives a zoom."""
    by_zoom = collection.tiles.attributes
    return by_zoom[max(z for z in by_zoom if z <= zoom)] if any(z <= zoom for z in by_zoom) else ()


def warming(collection: Collection, most: int = 2000) -> Iterator[TileId]:
    """The tiles worth making at once after publishing: all of the low zooms, as far as they are few."""
    count = 0
    for _, bounds in sorted(limits(collection).items()):
        count += bounds.size
        if count > most:
            return
        yield from bounds.tiles()
