"""Programs that people use, on a running town. `make test-clients` installs them: what is missing is a failure."""

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from numpy.typing import NDArray
from PIL import Image

from geo import registry, settings
from geo.crs import transform
from geo.deps import Deps
from geo.tiles import TileId, TileRange, covering
from server import cluster
from tests.running import ROOT, Installation

SESSION = Path(__file__).with_name("session.py")
# Debian's own interpreter: QGIS is built for no other.
PYTHON = "/usr/bin/python3"
VECTOR_TILES = ["buildings", "roads"]
# The view: two by two tiles of this zoom, each pixel one of theirs.
ZOOM = 18


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == SESSION.parent:
            item.add_marker("clients")


@dataclass(frozen=True)
class Truth:
    """What the database holds of a running town."""

    deps: Deps
    owner: str

    def features(self, collection: str) -> dict[str, shapely.Geometry | None]:
        """Geometries in longitude and latitude, by id."""
        table = self.deps.catalog().collection(collection).table
        with psycopg.connect(self.owner) as connection:
            rows = connection.execute(f"SELECT id, ST_AsBinary(geom) FROM layers.{table}")  # type: ignore[arg-type]
            return {name: shapely.from_wkb(wkb) for name, wkb in rows}

    def on_the_map(self, collection: str) -> list[shapely.Geometry]:
        """Geometries in metres of Web Mercator."""
        return [
            shapely.transform(one, lambda points: transform(points, 4326, 3857))
            for one in self.features(collection).values()
            if one is not None
        ]


@dataclass(frozen=True)
class Session:
    """What QGIS found and drew."""

    found: dict
    folder: Path
    tiles: TileRange

    @property
    def view(self) -> tuple[float, float, float, float]:
        """Metres of Web Mercator: left, bottom, right, top."""
        first = TileId(ZOOM, self.tiles.min_x, self.tiles.max_y).bounds
        last = TileId(ZOOM, self.tiles.max_x, self.tiles.min_y).bounds
        return first.left, first.bottom, last.right, last.top

    def picture(self, name: str) -> NDArray[np.uint8]:
        """What was drawn, as (512, 512, 3), the north at the top."""
        return opened(self.folder / f"{name}.png")

    def colour_at(self, name: str, point: shapely.Point) -> tuple[int, int, int]:
        """The colour of a picture at a place in Web Mercator."""
        left, _, right, top = self.view
        pixels = self.picture(name)
        metres = (right - left) / len(pixels)
        red, green, blue = pixels[int((top - point.y) / metres), int((point.x - left) / metres)]
        return int(red), int(green), int(blue)


@cache
def opened(path: Path) -> NDArray[np.uint8]:
    """The pixels of a picture file; a test asks for hundreds of them."""
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.fixture(scope="session")
def truth(geoportal: Installation) -> Truth:
    ours = settings.load(geoportal.environ, ROOT)
    running = cluster.at(geoportal.data_dir)
    return Truth(
        Deps.make(ours, registry.read(ours.config_dir), running.owner_dsn, running.public_dsn), running.owner_dsn
    )


@pytest.fixture(scope="session")
def qgis(geoportal: Installation, truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """One visit of QGIS to the town; it takes about a minute."""
    folder = tmp_path_factory.mktemp("qgis")
    homes = shapely.union_all([one.centroid for one in truth.on_the_map("buildings")])
    middle = shapely.Point(np.median(shapely.get_coordinates(homes), axis=0))
    (place,) = transform([(middle.x, middle.y)], 3857, 4326)
    here = next(covering(type(truth.deps.settings.town.municipality.bbox)(*place, *place), ZOOM).tiles())
    session = Session({}, folder, TileRange(ZOOM, here.x, here.x + 1, here.y, here.y + 1))
    asked = {"url": geoportal.url, "vector tiles": VECTOR_TILES, "view": session.view, "pixels": 512}
    (folder / "asked.json").write_text(json.dumps(asked))

    # Its own home: no settings of whoever runs this, none left behind.
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    environ = {name: value for name, value in environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    command = [PYTHON, "-X", "faulthandler", SESSION, folder / "asked.json", folder]
    visit = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=600)
    assert visit.returncode == 0, f"{visit.stdout}\n{visit.stderr}\nIs QGIS installed? Run make test-clients."
    session.found.update(json.loads((folder / "found.json").read_text()))
    return session
