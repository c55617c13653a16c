"""The two flights as GeoTIFF in EPSG:2177: coarse over the gmina, fine over the centre."""

import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

from data.demo.frame import CENTRE, Frame
from data.demo.model import Town
from data.demo.paint import Painter
from data.demo.palette import SEASONS
from data.demo.scene import Scene, gmina_extent, make_scene
from data.demo.sheet import Grid
from data.demo.texture import Textures, make_textures
from data.demo.xmltext import SYNTHETIC
from geo.texts import Text

COARSE_M, FINE_M = 2.0, 0.25
_WINDOW = 2048


def write_orthos(town: Town, frame: Frame, folder: Path, say: Callable[[Text], None]) -> Iterator[dict[str, object]]:
    """Write four images one after another; each is described for the manifest as soon as it is there."""
    half = 1000.0 * math.sqrt(town.scale)
    centre = (CENTRE[0] - half, CENTRE[1] - half, CENTRE[0] + half, CENTRE[1] + half)
    textures = {pixel_m: make_textures(town.seed, pixel_m) for pixel_m in (COARSE_M, FINE_M)}
    for season in SEASONS:
        scene = make_scene(town, frame, season, centre)
        for part, extent, pixel_m in (("gmina", gmina_extent(town), COARSE_M), ("centrum", centre, FINE_M)):
            path = folder / f"ortho-{season.year}-{part}.tif"
            size = _write(scene, textures[pixel_m], extent, pixel_m, path)
            what = f"orthophoto, flight of {season.date}, {pixel_m} m a pixel, GeoTIFF, EPSG:2177"
            counts = {"width": size[0], "height": size[1]}
            say(Text("{file} painted, {width} x {height} pixels", file=path.name, width=size[0], height=size[1]))
            yield {
                "file": path.name, "what": what, "flight": f"ortho-{season.year}", "flown_on": season.date,
                "pixel_m": pixel_m, "counts": counts,
            }  # fmt: skip


def _write(
    scene: Scene, textures: Textures, extent: tuple[float, float, float, float], pixel_m: float, path: Path
) -> tuple[int, int]:
    west, south, east, north = extent
    date = scene.season.date
    width, height = math.ceil((east - west) / pixel_m), math.ceil((north - south) / pixel_m)
    painter = Painter(scene, textures, Grid(west, north, pixel_m))
    profile = {
        "driver": "GTiff", "width": width, "height": height, "count": 3, "dtype": "uint8", "crs": "EPSG:2177",
        "transform": from_origin(west, north, pixel_m, pixel_m), "tiled": True, "blockxsize": 512, "blockysize": 512,
        "compress": "jpeg", "photometric": "ycbcr", "jpeg_quality": 82,
    }  # fmt: skip
    with warnings.catch_warnings(), rasterio.open(path, "w", **profile) as image:
        image.update_tags(
            TIFFTAG_IMAGEDESCRIPTION=f"{SYNTHETIC} Nalot / flight {date}, {pixel_m} m.",
            TIFFTAG_DATETIME=date.replace("-", ":") + " 11:00:00",
        )
        for top in range(0, height, _WINDOW):
            for left in range(0, width, _WINDOW):
                wide, high = min(_WINDOW, width - left), min(_WINDOW, height - top)
                image.write(painter.window(left, top, wide, high), window=Window(left, top, wide, high))
    return width, height
