"""A factory of source rasters: any CRS, bands, palette, kind of nodata; the picture is known for every place."""

from pathlib import Path

import pytest
import rasterio
from rasterio.transform import from_origin
from rasters import CORNER, PIXEL_M, quiet

from geo.confine import Limits
from geo.ortho.convert import work_folder
from geo.ortho.reading import confined


@pytest.fixture
def make_source(tmp_path):
    """Write a GeoTIFF of `pixels` (bands, height, width); keywords go to rasterio."""

    def make(
        pixels, name="source.tif", *, crs="EPSG:2177", corner=CORNER, pixel=PIXEL_M, mask=None, palette=None, **kw
    ):
        path = tmp_path / name
        profile = {
            "driver": "GTiff", "dtype": pixels.dtype, "count": pixels.shape[0], "height": pixels.shape[1],
            "width": pixels.shape[2], "crs": crs, "transform": from_origin(*corner, pixel, pixel), **kw,
        }  # fmt: skip
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as out:
            out.write(pixels)
            if palette is not None:
                out.write_colormap(1, palette)
            if mask is not None:
                out.write_mask(mask)
        return path

    return make


@pytest.fixture
def make_cog(tmp_path):
    """Convert a source file; the path of its COG."""

    def make(source: Path, name: str = "cog.tif", srid: int | None = None) -> Path:
        target = tmp_path / "ortho" / name
        with work_folder(target.parent) as work, confined(source, srid, work, Limits(), lambda: None) as reading:
            reading.convert(target, quiet)
        return target

    return make


@pytest.fixture
def drone(shared_data):
    """A real orthophoto, of another town."""
    path = shared_data / "raster" / "drone_ortho_32633.tif"
    if not path.is_file():
        pytest.skip(f"The real drone orthophoto is missing: {path}")
    return path
