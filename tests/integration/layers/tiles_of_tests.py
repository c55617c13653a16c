"""Features laid into one tile by SQL, and what is drawn of them."""

import gzip

from geo.tiles import MVT_EXTENT, TileId
from tests.fixtures.mvt import decode

MIDDLE = TileId(13, 4526, 2770)  # inside the town


def drawn(body: bytes):
    """The features of a tile's only layer."""
    (layer,) = decode(gzip.decompress(body))
    assert (layer.version, layer.extent) == (2, MVT_EXTENT)
    return layer.features


def in_tile(fx: float, fy: float, tile_id: TileId = MIDDLE) -> str:
    """SQL of the point at a share of a tile, from its north-western corner."""
    box = tile_id.bounds
    x, y = box.left + fx * (box.right - box.left), box.top - fy * (box.top - box.bottom)
    return f"ST_Transform(ST_SetSRID(ST_MakePoint({x!r}, {y!r}), 3857), 4326)"


def dense(kind: str, count: int) -> str:
    """SQL of many features spread evenly over one tile."""
    box = MIDDLE.bounds
    place = (
        f"ST_SetSRID(ST_MakePoint({box.left} + random() * {box.right - box.left},"
        f" {box.bottom} + random() * {box.top - box.bottom}), 3857)"
    )
    shape = {
        "point": place,
        "equal": f"ST_Multi(ST_Expand({place}, 14))",
        "round": f"ST_Multi(ST_Buffer({place}, 15 + 60 * random(), 16))",
    }[kind]
    return f"SELECT n, 'f' || n AS id, ST_Transform({shape}, 4326) AS geom FROM generate_series(1, {count}) AS n"
