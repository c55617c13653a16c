import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
from pyproj import Transformer
from rasters import CORNER, PIXEL_M, picture, quiet

from geo.confine import process
from geo.errors import GeoError, Unreadable
from geo.geometry import LngLatBbox
from geo.ortho import convert, files
from geo.ortho.cog import Cog
from geo.ortho.convert import sweep_unfinished
from geo.ortho.footprint import OutsideTown, footprint
from geo.ortho.source import opened

ROOT = Path(__file__).parents[3]
TOWN = LngLatBbox(18.776, 50.146, 18.948, 50.246)


@pytest.fixture
def drone():
    path = ROOT.parent / "shared" / "data" / "raster" / "drone_ortho_32633.tif"
    if not path.is_file():
        pytest.skip(f"The real drone orthophoto is missing: {path}")
    return path


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


def test_the_same_file_is_converted_once_and_kept_raw_only_when_asked(make_source, tmp_path):
    file = make_source(picture(600, 400))
    first = files.prepare(tmp_path / "data", file, flown_on=None, within=TOWN, progress=quiet)
    written = (tmp_path / "data" / "ortho" / first.cog).stat().st_ino

    second = files.prepare(tmp_path / "data", file, flown_on=None, within=TOWN, keep=True, progress=quiet)

    assert second.cog == first.cog
    assert (tmp_path / "data" / "ortho" / first.cog).stat().st_ino == written
    assert [p.name for p in (tmp_path / "data" / "raw").iterdir()] == [f"{first.sha256}.tif"]


def test_a_damaged_cog_is_mended_by_adding_its_source_again(make_source, tmp_path):
    file = make_source(picture(600, 400))
    first = files.prepare(tmp_path / "data", file, flown_on=None, within=TOWN, progress=quiet)
    cog = tmp_path / "data" / "ortho" / first.cog
    cog.write_bytes(cog.read_bytes()[:-2000])

    second = files.prepare(tmp_path / "data", file, flown_on=None, within=TOWN, progress=quiet)

    assert second.cog == first.cog
    assert Cog.open(cog).covered is not None


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # when it is written
def test_a_corrected_world_file_or_crs_makes_another_cog_of_the_same_picture(make_source, tmp_path):
    file = make_source(picture(600, 400), crs=None, transform=None)
    world = file.with_suffix(".tfw")

    def prepare(corner, srid):
        world.write_text(f"0.5\n0\n0\n-0.5\n{corner[0]}\n{corner[1]}\n")
        return files.prepare(tmp_path / "data", file, flown_on=None, within=TOWN, srid=srid, progress=quiet)

    wrong, right, again = (prepare((CORNER[0] + moved, CORNER[1]), 2177) for moved in (1000, 0, 0))

    assert wrong.id == right.id
    assert wrong.cog != right.cog == again.cog
    opened_cogs = [Cog.open(tmp_path / "data" / "ortho" / one.cog).covered for one in (wrong, right)]
    assert opened_cogs[0].min_x > opened_cogs[1].min_x


# It stands still inside the call for its second window: on the thread that writes, with the work folder made and
# nothing in place. The shares of the second step come from a thread that asks once a second, perhaps never.
CONVERTING = """
import sys, signal
from pathlib import Path
from geo.ortho import files
def progress(share, message):
    if 0 < share < 0.5:
        print("now", flush=True)
        signal.pause()
files.prepare(Path(sys.argv[1]), Path(sys.argv[2]), flown_on=None, within=None, progress=progress)
"""


def test_a_killed_conversion_leaves_nothing_behind_after_the_next_start(make_source, tmp_path):
    file = make_source(picture(2400, 1800))
    command = [sys.executable, "-c", CONVERTING, str(tmp_path / "data"), str(file)]
    folder = tmp_path / "data" / "ortho"
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout.readline() == b"now\n"
            running = list(folder.iterdir())
            swept_while_running = sweep_unfinished(folder)
        finally:
            child.kill()

    assert len(running) == 1
    assert swept_while_running == []
    assert list(folder.glob("*.tif")) == []
    assert sweep_unfinished(folder) == [running[0].name]
    assert list(folder.iterdir()) == []


def test_a_sweep_that_comes_while_a_conversion_begins_waits_for_its_lock(make_source, tmp_path, monkeypatch):
    folder, make_folder = tmp_path / "data" / "ortho", tempfile.mkdtemp
    sweeps = []

    def sweep_at_once(*arguments, **options):
        made = make_folder(*arguments, **options)
        if sweeps:
            return made
        sweeps.append(Thread(target=sweep_unfinished, args=(folder,)))
        sweeps[0].start()
        sweeps[0].join(0.2)
        return made

    monkeypatch.setattr(convert.tempfile, "mkdtemp", sweep_at_once)
    made = files.prepare(
        tmp_path / "data", make_source(picture(600, 400)), flown_on=None, within=None, progress=lambda *_: None
    )
    sweeps[0].join(60)

    assert [path.name for path in folder.iterdir()] == [made.cog]


def test_a_damaged_cog_is_named_and_not_served(make_source, make_cog):
    path = make_cog(make_source(picture(600, 400)))
    whole = path.read_bytes()
    for damage in (b"", b"II*\0", whole[:300], whole[: len(whole) * 9 // 10], b"MM\0*" + bytes(60)):
        path.write_bytes(damage)
        with pytest.raises(Unreadable, match="aligned"):
            Cog.open(path)


def test_an_unaligned_geotiff_is_no_cog_of_ours(make_source, tmp_path):
    plain = make_source(picture(600, 400), tiled=True, blockxsize=256, blockysize=256, compress="webp")
    shutil.copy(plain, tmp_path / "other.tif")

    with pytest.raises(GeoError, match="aligned"):
        Cog.open(tmp_path / "other.tif")
