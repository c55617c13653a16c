"""GDAL's own WMTS client reads the flights of a running town: the pixels of the files, in their place."""

import numpy as np
import pytest
import rasterio
from rasterio.windows import from_bounds


@pytest.fixture(scope="module")
def block(geoportal):
    """A block of the file with the smallest pixels that is opaque all over, and its bounds in EPSG:3857."""
    files = [rasterio.open(path) for path in sorted((geoportal.data_dir / "ortho").glob("*.tif"))]
    finest = min(files, key=lambda file: file.transform.a)
    for _, window in finest.block_windows(1):
        pixels = finest.read(window=window)
        if (pixels[3] == 255).all():
            return pixels, finest.window_bounds(window)
    raise AssertionError("The picture has no whole block.")


@pytest.mark.parametrize("address", ["/wmts/1.0.0/WMTSCapabilities.xml", "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"])
def test_pixels_are_those_of_the_file_at_their_place(geoportal, block, address):
    truth, bounds = block
    read = {}

    for layer in ("ortho-2019", "ortho-2024"):
        with rasterio.open(f"WMTS:{geoportal.url}{address},layer={layer}") as flight:
            assert flight.crs.to_epsg() == 3857
            window = from_bounds(*bounds, flight.transform)
            assert (window.col_off, window.row_off) == pytest.approx(
                (round(window.col_off), round(window.row_off)), abs=0.001
            )
            read[layer] = flight.read(window=window.round_offsets().round_lengths())

    # GDAL takes PNG, which loses nothing; the file belongs to one of the two flights.
    assert sorted(np.array_equal(pixels, truth) for pixels in read.values()) == [False, True]
