import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasters import CORNER, PIXEL_M, picture

from geo.errors import NotAcceptable, Unavailable
from geo.feature import Collection, TileRules
from geo.geometry import LngLatBbox
from geo.ortho.cog import Cog
from geo.ortho.flights import narrowed
from geo.ortho.tile import JPEG, PNG, WEBP, Flight, ready, tile
from geo.registry import FLIGHT_TYPE
from geo.tile_cache import TileCache
from geo.tiles import TileId, TileNotFound, covering

# Lossy WebP at quality 75 against GDAL's exact reading, in steps of 255: the mean difference of a level of the file;
# one zoom coarser than the file, where sharp edges lie closer together.
MEAN_DIFFERENCE, MEAN_DIFFERENCE_COMPOSED = 3.0, 5.0


@pytest.fixture
def cache(tmp_path):
    return TileCache(tmp_path / "tiles")


COLLECTION = Collection(
    "ortho-2024",
    {},
    {},
    FLIGHT_TYPE,
    "ortho_2024_e1",
    1,
    "1-abc",
    1,
    None,
    datetime.now(UTC),
    TileRules(0, 22),
    raster=True,
)


def pixels(content):
    return np.asarray(Image.open(BytesIO(content)).convert("RGBA")).astype(int)


def tile_at(easting, northing, zoom):
    lng, lat = Transformer.from_crs(2177, 4326, always_xy=True).transform(easting, northing)
    tiles = covering(LngLatBbox(lng, lat, lng, lat), zoom)
    return TileId(zoom, tiles.min_x, tiles.min_y)


def as_rasterio_reads(path, tile_id):
    """The tile read from the source by GDAL's own warp at this resolution."""
    left, bottom, right, top = tile_id.bounds
    with rasterio.open(path) as source:
        options = {"resampling": Resampling.average, "add_alpha": source.count == 3}
        transform = rasterio.transform.from_bounds(left, bottom, right, top, 256, 256)
        with WarpedVRT(source, crs="EPSG:3857", transform=transform, width=256, height=256, **options) as warped:
            return np.moveaxis(warped.read([1, 2, 3, warped.count]), 0, -1).astype(int)


def test_served_tiles_show_what_rasterio_reads_of_the_source(make_source, make_cog, cache):
    source = make_source(picture(2400, 1800))
    flight = Flight((Cog.open(make_cog(source)),))
    middle = (CORNER[0] + 600, CORNER[1] - 450)

    for zoom in range(flight.cogs[0].zooms[0] - 1, flight.cogs[0].zooms[-1] + 1):
        tile_id = tile_at(*middle, zoom)
        served = pixels(tile(flight, cache, COLLECTION, tile_id))
        read = as_rasterio_reads(source, tile_id)
        tolerance = MEAN_DIFFERENCE if zoom in flight.cogs[0].zooms else MEAN_DIFFERENCE_COMPOSED

        assert difference(served, read) < tolerance, zoom
        # A pixel's shift in any direction fits clearly worse.
        shifts = [np.roll(served, shift, (0, 1)) for shift in ((0, 1), (0, -1), (1, 0), (-1, 0))]
        assert all(difference(shifted, read) > 1.3 * difference(served, read) for shifted in shifts), zoom
        assert ((served[..., 3] > 0) == (read[..., 3] > 0)).mean() > 0.98, zoom


def difference(served, read):
    both = (served[..., 3] == 255) & (read[..., 3] == 255)
    assert both.mean() > 0.2
    return np.abs(served - read)[both][:, :3].mean()


def test_a_mark_is_served_where_pyproj_puts_it_to_the_metre(make_source, make_cog, cache):
    image = np.full((3, 1000, 1000), 30, "uint8")
    image[:, 398:402, 598:602] = 250
    flight = Flight((Cog.open(make_cog(make_source(image))),))
    mark = (CORNER[0] + 600 * PIXEL_M, CORNER[1] - 400 * PIXEL_M)
    tile_id = tile_at(*mark, flight.cogs[0].zooms[-1])

    served = pixels(tile(flight, cache, COLLECTION, tile_id))[..., 0]

    rows, columns = np.nonzero(served > 140)
    left, _, right, top = tile_id.bounds
    side = (right - left) / 256
    found = (left + (columns.mean() + 0.5) * side, top - (rows.mean() + 0.5) * side)
    expected = Transformer.from_crs(2177, 3857, always_xy=True).transform(*mark)
    # A metre on the ground is 1.56 m of EPSG:3857 at this latitude.
    assert np.hypot(found[0] - expected[0], found[1] - expected[1]) < 1.0


def test_an_opaque_block_is_served_untouched(make_source, make_cog, cache):
    flight = Flight((Cog.open(make_cog(make_source(picture(1200, 900)))),))
    tile_id = tile_at(CORNER[0] + 300, CORNER[1] - 200, flight.cogs[0].zooms[-1])

    served = tile(flight, cache, COLLECTION, tile_id)

    assert served == bytes(flight.cogs[0].block(tile_id))
    assert served[8:16] == b"WEBPVP8 "
    assert ready(flight, tile_id) == served
    assert cache.get("ortho-2024", "1-abc", tile_id, "webp") is None


def test_every_tile_inside_the_limits_is_answered_and_none_outside(make_source, make_cog, cache):
    image = picture(900, 700)
    hole = np.full((700, 900), 255, "uint8")
    hole[:350, 300:] = 0
    flight = Flight((Cog.open(make_cog(make_source(image, mask=hole))),))

    for tiles in flight.limits.values():
        for tile_id in tiles.tiles():
            assert pixels(tile(flight, cache, COLLECTION, tile_id)).shape == (256, 256, 4)
        for outside in (
            TileId(tiles.z, tiles.min_x - 1, tiles.min_y),
            TileId(tiles.z, tiles.max_x + 1, tiles.max_y),
            TileId(tiles.z, tiles.min_x, tiles.max_y + 1),
            TileId(tiles.z, -1, -1),
        ):
            with pytest.raises(TileNotFound):
                tile(flight, cache, COLLECTION, outside)

    with pytest.raises(TileNotFound):
        tile(flight, cache, COLLECTION, TileId(max(flight.limits) + 1, 0, 0))
    with pytest.raises(TileNotFound):
        tile(flight, cache, COLLECTION, TileId(0, 0, 0))


def test_a_sparse_tile_is_transparent(make_source, make_cog, cache):
    seen = np.zeros((1500, 1500), "uint8")
    seen[:300, :300] = seen[1200:, 1200:] = 255
    flight = Flight((Cog.open(make_cog(make_source(picture(1500, 1500), mask=seen))),))
    tile_id = tile_at(CORNER[0] + 375, CORNER[1] - 375, flight.cogs[0].zooms[-1])

    assert flight.cogs[0].block(tile_id) is None
    assert not pixels(tile(flight, cache, COLLECTION, tile_id))[..., 3].any()
    assert (pixels(tile(flight, cache, COLLECTION, tile_id, JPEG))[..., :3] >= 254).all()


def test_a_file_cut_short_while_it_is_served_costs_its_tiles_and_nothing_else(make_source, make_cog, cache):
    flight = Flight((Cog.open(make_cog(make_source(picture(1500, 1500)))),))
    tile_id = tile_at(CORNER[0] + 375, CORNER[1] - 375, flight.cogs[0].zooms[-1])
    assert ready(flight, tile_id) is not None

    os.truncate(flight.cogs[0].path, 1000)

    assert ready(flight, tile_id) is None
    with pytest.raises(Unavailable):
        tile(flight, cache, COLLECTION, tile_id)


def flat(colour, width, height):
    return np.broadcast_to(np.array(colour, "uint8")[:, None, None], (3, height, width)).copy()


def test_a_fine_file_lies_over_a_coarse_one_without_a_gap(make_source, make_cog, cache):
    coarse = Cog.open(make_cog(make_source(flat((200, 40, 40), 600, 600), "coarse.tif", pixel=4.0), "c.tif"))
    corner = (CORNER[0] + 1000, CORNER[1] - 1000)
    fine = Cog.open(make_cog(make_source(flat((40, 40, 200), 400, 400), "fine.tif", corner=corner), "f.tif"))
    flight = Flight((fine, coarse))

    for zoom in range(coarse.zooms[0] - 2, fine.zooms[-1] + 1):
        served = pixels(tile(flight, cache, COLLECTION, tile_at(*corner, zoom)))
        # Sampled inside the coarse file: 100 m around the corner of the fine one.
        inside = as_rasterio_reads(coarse.path, tile_at(*corner, zoom))[..., 3] == 255
        assert (served[..., 3][inside] == 255).all(), zoom

    deepest = pixels(tile(flight, cache, COLLECTION, tile_at(*corner, fine.zooms[-1])))
    reds, blues = (deepest[..., 0] > 150).sum(), (deepest[..., 2] > 150).sum()
    assert reds + blues > 0.97 * 256 * 256
    assert min(reds, blues) > 0.02 * 256 * 256


def test_beyond_its_own_zoom_a_coarse_file_is_enlarged_where_it_lies(make_source, make_cog, cache):
    coarse_source = make_source(picture(600, 600), "coarse.tif", pixel=4.0)
    coarse = Cog.open(make_cog(coarse_source, "c.tif"))
    fine = Cog.open(make_cog(make_source(flat((1, 2, 3), 300, 300), "fine.tif"), "f.tif"))
    tile_id = tile_at(CORNER[0] + 1300, CORNER[1] - 1300, fine.zooms[-1])

    served = pixels(tile(Flight((fine, coarse)), cache, COLLECTION, tile_id))
    kept = cache.get("ortho-2024", "1-abc", tile_id, "webp")

    read = as_rasterio_reads(coarse_source, tile_id)
    assert (served[..., 3] == 255).all()
    assert np.abs(served - read)[..., :3].mean() < 12
    assert kept == tile(Flight((fine, coarse)), cache, COLLECTION, tile_id)


def test_jpeg_and_png_show_the_same_picture_and_are_kept(make_source, make_cog, cache):
    flight = Flight((Cog.open(make_cog(make_source(picture(1200, 900)))),))
    tile_id = tile_at(CORNER[0] + 300, CORNER[1] - 200, flight.cogs[0].zooms[-1])
    webp = pixels(tile(flight, cache, COLLECTION, tile_id, WEBP))

    jpeg, png = (tile(flight, cache, COLLECTION, tile_id, kind) for kind in (JPEG, PNG))

    assert jpeg[:2] == b"\xff\xd8"
    assert png[:4] == b"\x89PNG"
    assert np.array_equal(pixels(png), webp)
    assert np.abs(pixels(jpeg) - webp).mean() < 3
    assert cache.get("ortho-2024", "1-abc", tile_id, "jpeg") == jpeg
    with pytest.raises(NotAcceptable):
        tile(flight, cache, COLLECTION, tile_id, "image/gif")


def test_threads_get_the_same_tiles(make_source, make_cog, cache):
    flight = Flight((Cog.open(make_cog(make_source(picture(1200, 900)))),))
    wanted = [t for tiles in flight.limits.values() for t in tiles.tiles()]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda t: tile(flight, cache, COLLECTION, t), wanted * 3))

    once = [tile(flight, cache, COLLECTION, t) for t in wanted]
    assert [pixels(a).tolist() for a in answers[: len(wanted)]] == [pixels(a).tolist() for a in once]


def test_the_collection_takes_its_zooms_from_its_files(make_source, make_cog):
    flight = Flight((Cog.open(make_cog(make_source(picture(1200, 900)))),))

    rules = narrowed(COLLECTION, flight).tiles

    assert (rules.min_zoom, rules.max_zoom) == (min(flight.limits), 18)
    assert rules.min_zoom <= 14
