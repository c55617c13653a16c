"""Pixels of a COG at any zoom, for the tiles that no single block answers; and their encoding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO

from PIL import Image

from geo.ortho.cog import Cog
from geo.tiles import TILE_PIXELS, TileId

_SIZE = (TILE_PIXELS, TILE_PIXELS)
_CLEAR = (0, 0, 0, 0)


def composed(cogs: Sequence[Cog], tile: TileId) -> Image.Image | None:
    """A tile as RGBA from the finest file down to the first that leaves nothing to see through; None for nothing."""
    seen: Image.Image | None = None
    for cog in cogs:
        below = _pixels(cog, tile)
        if below is None:
            continue
        seen = below if seen is None else Image.alpha_composite(below, seen)
        if _is_opaque(seen):
            break
    return seen


def _pixels(cog: Cog, tile: TileId) -> Image.Image | None:
    """One file's part of a tile: decoded, enlarged from the native zoom, or reduced from the coarsest."""
    if not cog.meets(tile):
        return None
    if tile.z > cog.zooms[-1]:
        return _enlarged(cog, tile)
    if tile.z < cog.zooms[0]:
        return _reduced(cog, tile)
    block = cog.block(tile)
    return None if block is None else decoded(block)


def _enlarged(cog: Cog, tile: TileId) -> Image.Image | None:
    deeper = tile.z - cog.zooms[-1]
    block = cog.block(TileId(cog.zooms[-1], tile.x >> deeper, tile.y >> deeper))
    if block is None:
        return None
    side = TILE_PIXELS / (1 << deeper)
    mask = (1 << deeper) - 1
    left, top = (tile.x & mask) * side, (tile.y & mask) * side
    # Pillow multiplies by alpha before it mixes, so clear pixels do not darken the rim.
    return decoded(block).resize(_SIZE, Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))


def _reduced(cog: Cog, tile: TileId) -> Image.Image | None:
    whole = Image.new("RGBA", (2 * TILE_PIXELS, 2 * TILE_PIXELS), _CLEAR)
    found = False
    for across in (0, 1):
        for down in (0, 1):
            part = _pixels(cog, TileId(tile.z + 1, 2 * tile.x + across, 2 * tile.y + down))
            if part is not None:
                whole.paste(part, (across * TILE_PIXELS, down * TILE_PIXELS))
                found = True
    return whole.reduce(2) if found else None


def decoded(block: bytes) -> Image.Image:
    """An encoded tile as RGBA."""
    with Image.open(BytesIO(block), formats=("WEBP",)) as image:
        return image.convert("RGBA")


def encoded(image: Image.Image, media_type: str) -> bytes:
    """A tile's bytes; JPEG, which has no alpha, on white."""
    out = BytesIO()
    opaque = _is_opaque(image)
    if media_type == "image/png":
        (image.convert("RGB") if opaque else image).save(out, "PNG")
    elif media_type == "image/jpeg":
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        Image.alpha_composite(ground, image).convert("RGB").save(out, "JPEG", quality=85)
    else:
        (image.convert("RGB") if opaque else image).save(out, "WEBP", quality=75)
    return out.getvalue()


@cache
def empty(media_type: str) -> bytes:
    """A tile where nothing was photographed."""
    return encoded(Image.new("RGBA", _SIZE, _CLEAR), media_type)


def _is_opaque(image: Image.Image) -> bool:
    lowest, _ = image.getchannel("A").getextrema()
    return lowest == 255
