"""A file that cannot become an orthophoto of the town is refused in words."""

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasters import TOWN, picture, quiet

from geo.errors import Unreadable
from geo.ortho import files
from geo.ortho.footprint import OutsideTown


def truncated(make):
    path = make(picture(1200, 900), compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    return path


def head_only(make):
    path = make(picture(1200, 900))
    path.write_bytes(path.read_bytes()[:6])
    return path


def disguised_vrt(make):
    inside = make(picture(60, 40), "inside.tif")
    path = inside.with_name("source.tif")
    rasterio.shutil.copy(inside, path.with_suffix(".vrt"), driver="VRT")
    path.with_suffix(".vrt").rename(path)
    return path


def without_place(make):
    return make(picture(60, 40), crs=None, transform=rasterio.Affine.identity())


def sixteen_bits(make):
    return make(picture(60, 40).astype("uint16"))


def two_unnamed_bands(make):
    return make(picture(60, 40, 5), photometric="MINISBLACK")


def all_nodata(make):
    return make(np.zeros((3, 40, 60), "uint8"), nodata=0)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (truncated, "breaks off"),
        (head_only, "no readable GeoTIFF"),
        (disguised_vrt, "no readable GeoTIFF"),
        (without_place, "not georeferenced"),
        (lambda make: make(picture(60, 40), crs=None), "--crs 2177"),
        (sixteen_bits, "uint16"),
        (two_unnamed_bands, "5 bands"),
        (all_nodata, "no valid pixel"),
        (lambda make: make(picture(60, 40), corner=(6_700_000.0, 6_000_000.0)), "outside the municipality"),
        (lambda make: make(picture(60, 40)).with_name("absent.tif"), "no such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words_and_leaves_nothing(make_source, tmp_path, make, says):
    file = make(make_source)

    with pytest.raises((Unreadable, OutsideTown), match=says) as refusal:
        files.prepare(tmp_path / "data", file, flown_on=None, within=TOWN, progress=quiet)

    assert refusal.value.text.say("pl") != refusal.value.text.say("en")
    assert list((tmp_path / "data").rglob("*")) in ([], [tmp_path / "data" / "ortho"])


def test_a_file_of_another_town_is_told_where_it_lies_and_may_come_in_when_meant(drone, tmp_path):
    with pytest.raises(OutsideTown, match=r"17\.03\d* E 52\.35\d* N"):
        files.prepare(tmp_path, drone, flown_on=None, within=TOWN, progress=quiet)

    assert files.prepare(tmp_path, drone, flown_on=None, within=None, progress=quiet).pixel_m < 0.03


def test_a_crs_said_by_the_officer_counts(make_source, tmp_path):
    file = make_source(picture(600, 400), crs=None)

    converted = files.prepare(tmp_path, file, flown_on=None, within=TOWN, srid=2177, progress=quiet)

    assert TOWN.contains(*converted.footprint.centroid.coords[0])
