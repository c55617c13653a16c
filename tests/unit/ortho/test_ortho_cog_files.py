"""Of a source there is one COG: whole, kept, made again when damaged, and nothing left beside it."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread

import pytest
from rasters import CORNER, TOWN, picture, quiet

from geo.errors import GeoError, Unreadable
from geo.ortho import convert, files
from geo.ortho.cog import Cog
from geo.ortho.convert import sweep_unfinished

ROOT = Path(__file__).parents[3]


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
