"""The registry and a database for flights, small pictures, and the verb that adds one."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from flights_of_tests import CORNER, quiet
from rasterio.transform import from_origin

from geo import registry, settings
from geo.db import Database
from geo.ortho import service

ROOT = Path(__file__).parents[3]


@pytest.fixture
def ours(tmp_path):
    return settings.load({"GEO_DATA_DIR": str(tmp_path / "data"), "GEO_LANG": "en"}, ROOT)


@pytest.fixture
def known(ours):
    return registry.read(ours.config_dir)


@pytest.fixture
def house(database):
    opened = Database(database.owner, database.public)
    yield opened
    opened.close()


@pytest.fixture
def make_source(tmp_path):
    def make(name="a.tif", *, colour=(200, 40, 40), corner=CORNER, pixel=0.5, side=400):
        pixels = np.broadcast_to(np.array(colour, "uint8")[:, None, None], (3, side, side))
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "height": side, "width": side}
        placed = {"crs": "EPSG:2177", "transform": from_origin(*corner, pixel, pixel)}
        with rasterio.open(tmp_path / name, "w", **profile, **placed) as out:
            out.write(pixels)
        return tmp_path / name

    return make


@pytest.fixture
def add(house, ours, known):
    def add(file, flight="2024", **options):
        return service.add(house, ours, known, flight, file, progress=quiet, **options)

    return add
