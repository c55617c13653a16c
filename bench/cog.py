"""Making the orthophoto COG, beside `gdalwarp` and `gdal_translate -of COG` onto the same grid with the same blocks.

`python -m bench.cog SOURCE TARGET` converts one file as `geo ortho add` does: a process of its own, to be measured.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import measure
from bench.cases import Aim, Bench, Case, Outcome
from bench.invented import ORTHO_PIXELS
from bench.measure import Taken
from bench.timed import timed
from geo.ortho import convert, files, source
from geo.ortho.cog import cog_folder
from geo.tiles import TILE_PIXELS

_MEGAPIXELS = ORTHO_PIXELS**2 / 1e6


def cases() -> list[Case]:
    """The case of the group `cog`."""
    return [Case("cog", "cog", run)]


def run(bench: Bench) -> Outcome:
    """Convert the picture of the town."""
    picture = bench.town.data_dir / "picture.tif"
    with TemporaryDirectory(prefix="work-", dir=bench.town.data_dir) as name:
        folder = Path(name)

        def ours() -> Taken:
            return measure.run([sys.executable, "-m", "bench.cog", str(picture), str(folder / "ours.tif")])

        def gdal() -> Taken:
            for left in folder.glob("gdal*.tif"):
                left.unlink()
            return _gdal(picture, folder)

        work = {"ours": ours}
        if shutil.which("gdalwarp"):
            work["GDAL's programs"] = gdal

        def sizes() -> str:
            made = [file for name in ("ours", "gdal") if (file := folder / f"{name}.tif").exists()]
            return ", ".join(f"{file.name} {file.stat().st_size / 1e6:.1f} MB" for file in made)

        title = f"making the COG, {_MEGAPIXELS:.0f} megapixels"
        return timed(bench, title, work, [Aim("GDAL's programs", 1)], (_MEGAPIXELS, "Mpx/s"), sizes)


def _gdal(picture: Path, folder: Path) -> Taken:
    with source.opened(picture) as opened:
        plan = convert.canvas(opened)
    transform = plan.transform
    width, height = plan.columns * TILE_PIXELS, plan.rows * TILE_PIXELS
    box = [transform.c, transform.f + transform.e * height, transform.c + transform.a * width, transform.f]
    cache = ["--config", "GDAL_CACHEMAX", str(convert.CACHE_BYTES)]
    warp = ["gdalwarp", "-q", *cache, "-t_srs", "EPSG:3857", "-te", *map(repr, map(float, box))]
    warp += ["-ts", str(width), str(height), "-r", "cubic", "-dstalpha", "-multi", "-wo", "NUM_THREADS=2", "-wm", "64"]
    for option in ("TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256", "COMPRESS=ZSTD", "ZSTD_LEVEL=1", "SPARSE_OK=TRUE"):
        warp += ["-co", option]
    translate = ["gdal_translate", "-q", *cache, "-of", "COG"]
    options = {
        "BLOCKSIZE": TILE_PIXELS, "COMPRESS": "WEBP", "SPARSE_OK": "YES", "OVERVIEW_COUNT": plan.levels - 1,
        "OVERVIEWS": "IGNORE_EXISTING", "OVERVIEW_RESAMPLING": "AVERAGE", "NUM_THREADS": 2,
    }  # fmt: skip
    for name, value in options.items():
        translate += ["-co", f"{name}={value}"]
    warped, cog = str(folder / "gdal-warped.tif"), str(folder / "gdal.tif")
    return measure.run([*warp, str(picture), warped]) + measure.run([*translate, warped, cog])


def main(picture: str, target: str) -> None:
    """Convert one file as `geo ortho add` does, its hash and the look at the finished COG included."""
    made = Path(target)
    with TemporaryDirectory(prefix="data-", dir=made.parent) as name:
        data_dir = Path(name)
        flight = files.prepare(data_dir, Path(picture), flown_on=None, within=None, progress=lambda _share, _said: None)
        (cog_folder(data_dir) / flight.cog).replace(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
