"""GDAL's own WMTS client reads the flights of a running town: the pixels of the files, in their place."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window, from_bounds


@pytest.fixture(scope="module")
def finest(geoportal) -> Path:
    """The COG with the smallest pixels ."""
    cogs = sorted(Path(geoportal.data_dir, "ortho").glob("*.tif"))
    sizes = {}
    for path in cogs:
        with rasterio.open(path) as cog:
            sizes[path] = cog.transform.a
    return min(sizes, key=sizes.__getitem__)


def source(geoportal, layer: str, address: str) -> str:
    return f"WMTS:{geoportal.url}{address},layer={layer}"


def middle(cog: rasterio.DatasetReader) -> Window:
    """512 pixels square around the middle, on no edge of a tile."""
    return Window(cog.width // 2 - 200, cog.height // 2 - 300, 512, 512)


@pytest.mark.parametrize("address", ["/wmts/1.0.0/WMTSCapabilities.xml", "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"])
def test_pixels_are_those_of_the_file_at_their_place(geoportal, finest, address):
    with rasterio.open(finest) as cog:
        window = middle(cog)
        truth, bounds = cog.read(window=window), cog.window_bounds(window)
    read = {}
    for layer in ("ortho-2019", "ortho-2024"):
        with rasterio.open(source(geoportal, layer, address)) as flight:
            assert flight.crs.to_epsg() == 3857
            here = from_bounds(*bounds, flight.transform)
            assert (here.col_off, here.row_off) == pytest.approx((round(here.col_off), round(here.row_off)), abs=0.01)
            read[layer] = flight.read(window=here.round_offsets().round_lengths())

    # GDAL takes PNG, which loses nothing; one of the two flights is the file's own.
    assert sorted(np.array_equal(pixels, truth) for pixels in read.values()) == [False, True]
