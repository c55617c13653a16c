"""Every kind of source becomes a COG on the grid, with its valid pixels where they belong."""

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasters import CORNER, PIXEL_M, TOWN, picture

from geo.confine import process
from geo.ortho import files
from geo.ortho.cog import Cog
from geo.ortho.footprint import footprint
from geo.ortho.source import opened


def read_cog(path):
    with rasterio.open(path) as cog:
        return cog.read(), cog


def share_visible(path):
    pixels, _ = read_cog(path)
    return (pixels[3] > 127).sum() * rasterio.open(path).res[0] ** 2


def expected_m2(share=1.0, width=600, height=400):
    # Areas of EPSG:3857 at this latitude: 1 / cos^2(50.19 degrees).
    return width * height * PIXEL_M**2 * share / np.cos(np.radians(50.19)) ** 2


def half(value_left, value_right):
    mask = np.full((400, 600), value_right, "uint8")
    mask[:, :300] = value_left
    return mask


def rgb_with(**options):
    return lambda make: make(picture(600, 400), **options)


def rgb_with_nodata(make):
    image = picture(600, 400)
    image[:, :, :300] = 0
    # A pixel that is 0 in one band only is no hole.
    image[0, 100:200, 400:500] = 0
    return make(image, nodata=0)


def rgba(make):
    return make(np.concatenate((picture(600, 400), half(0, 255)[None])))


def grey(make):
    return make(picture(600, 400, 1))


def grey_with_alpha(make):
    return make(np.stack((picture(600, 400, 1)[0], half(0, 255))), photometric="MINISBLACK", alpha="YES")


def paletted(make):
    indices = half(3, 7)[None]
    return make(indices, photometric="palette", palette={3: (250, 10, 20, 255), 7: (20, 30, 240, 255)})


def rgb_and_infrared(make):
    return make(picture(600, 400, 4), photometric="RGB", alpha="NO")


@pytest.mark.parametrize(
    ("make", "share"),
    [
        (rgb_with(), 1.0),
        (rgb_with(mask=half(0, 255)), 0.5),
        (rgb_with(interleave="band", compress="deflate"), 1.0),
        (rgb_with(tiled=True, blockxsize=256, blockysize=256, compress="jpeg", photometric="YCBCR"), 1.0),
        (rgb_with_nodata, 0.5),
        (rgba, 0.5),
        (grey, 1.0),
        (grey_with_alpha, 0.5),
        (paletted, 1.0),
        (rgb_and_infrared, 1.0),
    ],
)
def test_every_kind_of_picture_keeps_its_valid_pixels(make_source, make_cog, make, share):
    source = make(make_source)

    cog = make_cog(source)

    assert share_visible(cog) == pytest.approx(expected_m2(share), rel=0.02)
    assert Cog.open(cog).covered is not None


def test_a_paletted_file_keeps_its_colours(make_source, make_cog):
    cog = make_cog(paletted(make_source))

    pixels, _ = read_cog(cog)

    seen = pixels[:3, pixels[3] == 255].T.astype(int)
    red, blue = np.abs(seen - (250, 10, 20)).max(axis=1) < 30, np.abs(seen - (20, 30, 240)).max(axis=1) < 30
    assert (red | blue).mean() > 0.97
    assert red.mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("crs", "corner", "pixel"),
    [
        ("EPSG:2177", CORNER, 0.5),
        ("EPSG:2180", (488_000.0, 259_000.0), 0.5),
        ("EPSG:4326", (18.85, 50.2), 0.000_005),
        ("EPSG:3857", (2_098_000.0, 6_477_000.0), 0.7),
        ("EPSG:32634", (346_000.0, 5_562_000.0), 0.5),
    ],
)
def test_a_source_of_any_crs_covers_the_ground_that_pyproj_says(make_source, make_cog, crs, corner, pixel):
    source = make_source(picture(600, 400), crs=crs, corner=corner, pixel=pixel)

    cog = Cog.open(make_cog(source))
    with opened(source) as file:
        outline = footprint(file)

    to_lnglat = Transformer.from_crs(crs, 4326, always_xy=True).transform
    corners = [to_lnglat(corner[0] + x * 600 * pixel, corner[1] - y * 400 * pixel) for x in (0, 1) for y in (0, 1)]
    metre = 1 / 71_000
    for lng, lat in corners:
        assert outline.exterior.distance(shapely.Point(lng, lat)) < metre
    to_mercator = Transformer.from_crs(crs, 3857, always_xy=True).transform
    x, y = to_mercator(corner[0] + 300 * pixel, corner[1] - 200 * pixel)
    with rasterio.open(cog.path) as written:
        assert next(written.sample([(x, y)]))[3] == 255


def test_every_level_lies_on_the_grid_and_gdal_reads_the_file(make_source, make_cog):
    path = make_cog(make_source(picture(2400, 1800)))

    cog = Cog.open(path)

    with rasterio.open(path) as gdal:
        assert gdal.profile["compress"] == "webp"
        assert gdal.overviews(1) == [2**n for n in range(1, len(cog.zooms))]
        assert gdal.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert len(cog.zooms) >= 3
    assert cog.zooms[-1] == 18


def test_the_real_drone_orthophoto_lands_where_pyproj_puts_it(drone, make_cog):
    cog = make_cog(drone)

    with rasterio.open(drone) as source, rasterio.open(cog) as written:
        mask = written.read(4) > 127
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        found = (*(written.transform @ (columns[0], rows[-1] + 1)), *(written.transform @ (columns[-1] + 1, rows[0])))
        to_mercator = Transformer.from_crs(32633, 3857, always_xy=True).transform
        corners = [(x * source.width, y * source.height) for x in (0, 1) for y in (0, 1)]
        ring = [to_mercator(*(source.transform @ corner)) for corner in corners]
    expected = (*np.min(ring, axis=0), *np.max(ring, axis=0))
    # Ten centimetres of EPSG:3857, six on the ground: the source's pixel is two.
    assert np.abs(np.array(found) - expected).max() < 0.10
    with opened(drone) as file:
        assert file.pixel_m == pytest.approx(0.02, abs=0.0002)
        assert footprint(file).centroid.x == pytest.approx(17.0389, abs=0.001)


def test_the_footprint_follows_the_mask(make_source):
    with opened(make_source(picture(600, 400), mask=half(0, 255))) as file:
        outline = footprint(file)

    easting, _ = Transformer.from_crs(4326, 2177, always_xy=True).transform(outline.bounds[0], outline.centroid.y)
    assert easting == pytest.approx(CORNER[0] + 150, abs=1.5)
    assert outline.exterior.is_ccw


def test_progress_rises_from_nothing_to_the_whole(make_source, tmp_path, monkeypatch):
    told = []
    # So often that it sees the temporary file of the overviews come and go.
    monkeypatch.setattr(process, "LOOK_EVERY_S", 0.01)

    files.prepare(
        tmp_path,
        make_source(picture(2400, 1800)),
        flown_on=None,
        within=TOWN,
        progress=lambda s, m: told.append((s, m)),
    )

    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(message.say("pl") != message.say("en") for _, message in told)
