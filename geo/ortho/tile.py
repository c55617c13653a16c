"""Tiles of a flight: a block of the finest file as it lies there, or composed once and kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property

from geo.errors import NotAcceptable, Unavailable
from geo.feature import Collection
from geo.ortho.cog import Cog, at_zoom, is_opaque
from geo.tile_cache import TileCache
from geo.tiles import TILE_PIXELS, TileId, TileNotFound, TileRange, within

WEBP, JPEG, PNG = "image/webp", "image/jpeg", "image/png"
# WebP first: it lies ready.
MEDIA_TYPES = (WEBP, JPEG, PNG)
# Zooms at which the whole flight is smaller than this are not offered.
_SMALLEST_PIXELS = 8


@dataclass(frozen=True)
class Flight:
    """The files of a flight at one edition, finest first, those of one pixel size newest first."""

    cogs: tuple[Cog, ...]

    @cached_property
    def limits(self) -> dict[int, TileRange]:
        """The tiles of each zoom up to the finest file's own, each answered, if with an empty picture.

        From the files' own blocks, so that no tile with a pixel lies outside.
        """
        covered = [cog.covered for cog in self.cogs if cog.covered is not None]
        if not covered:
            return {}
        deepest = max(tiles.z for tiles in covered)
        whole = _union([at_zoom(tiles, deepest) for tiles in covered], deepest)
        longer = max(whole.max_x - whole.min_x, whole.max_y - whole.min_y) + 1
        halvings = (longer * TILE_PIXELS // _SMALLEST_PIXELS).bit_length() - 1
        zooms = range(max(deepest - halvings, 0), deepest + 1)
        return {zoom: _union([at_zoom(tiles, zoom) for tiles in covered], zoom) for zoom in zooms}

    def has(self, tile_id: TileId) -> bool:
        """Whether a tile lies inside the limits."""
        return within(self.limits, tile_id)


def ready(flight: Flight, tile_id: TileId) -> bytes | None:
    """A WebP tile that lies ready in a file, without decoding; None when it must be composed or does not exist."""
    if not flight.has(tile_id):
        return None
    try:
        block, settled = _block(flight, tile_id)
    except Unavailable:
        # Said by whoever makes it.
        return None
    if not settled:
        return None
    if block is not None:
        return block
    from geo.ortho import picture  # noqa: PLC0415 - Pillow: 9 MB that most tiles do without

    return picture.empty(WEBP)


def tile(
    flight: Flight,
    cache: TileCache,
    collection: Collection,
    tile_id: TileId,
    media_type: str = WEBP,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> bytes:
    """One tile of 256 x 256; transparent (JPEG: white) where nothing was photographed.

    What cannot be sliced out of a file is composed once, within a `turn`, for which others may have to be waited for,
    and kept under the collection's version.

    Raises:
        TileNotFound: it lies outside the flight's limits.
        NotAcceptable: the media type is none of MEDIA_TYPES.
    """
    if media_type not in MEDIA_TYPES:
        raise NotAcceptable(wanted=media_type, available=", ".join(MEDIA_TYPES))
    if not flight.has(tile_id):
        raise TileNotFound(collection=collection.id, z=tile_id.z, y=tile_id.y, x=tile_id.x)
    block, settled = _block(flight, tile_id)
    if block is not None and media_type == WEBP:
        return block
    from geo.ortho import picture  # noqa: PLC0415 - as in `ready`

    if settled and block is None:
        return picture.empty(media_type)
    place = (collection.id, collection.version, tile_id, media_type.removeprefix("image/"))
    kept = cache.get(*place)
    if kept is not None:
        return kept
    with turn():
        # Another may have made it while we waited.
        kept = cache.get(*place)
        if kept is not None:
            return kept
        image = picture.decoded(block) if block is not None else picture.composed(flight.cogs, tile_id)
        made = picture.empty(media_type) if image is None else picture.encoded(image, media_type)
        cache.put(*place, made)
        return made


def _block(flight: Flight, tile_id: TileId) -> tuple[bytes | None, bool]:
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
