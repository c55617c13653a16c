"""A town of the tests: its registry, its database, the verbs of `geo layers`, and a file of roads."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from geo import editions, registry, settings
from geo.deps import Deps
from geo.layers import service, uploads
from geo.layers.reader import Source, open_file
from geo.layers.service import Loaded, Options

ROOT = Path(__file__).parents[2]


@pytest.fixture
def deps(database, tmp_path):
    """Everything that a door is handed, on an empty database and an empty data folder."""
    ours = settings.load({"GEO_DATA_DIR": str(tmp_path / "data")}, ROOT)
    made = Deps.make(ours, registry.read(ours.config_dir), database.owner, database.public)
    yield made
    made.close()


@pytest.fixture
def load(deps) -> Callable[..., list[Loaded]]:
    """Stages what a file holds."""

    def load_(path: Path, *layers: str, **options) -> list[Loaded]:
        upload = uploads.keep(path, deps.settings.data_dir / "uploads")
        with deps.database.transaction() as connection:
            town = deps.settings.town.municipality
            return service.load(connection, deps.registry, town, upload, Options(layers=layers, **options))

    return load_


@pytest.fixture
def read_freely(monkeypatch) -> None:
    """Files are read in this process, for tests of what comes after: a confined reader takes a second to start.

    That it says what this one says is a test of its own.
    """

    def opened(path: Path, name: str, *, limits: object, **more) -> Source:  # noqa: ARG001 - as the other one's
        return open_file(path, name, **more)

    monkeypatch.setattr(service, "open_confined", opened)


@pytest.fixture
def publish(deps) -> Callable[[str], list[editions.Edition]]:
    """Publishes a layer with its bundle."""

    def publish_(layer: str) -> list[editions.Edition]:
        with deps.database.transaction() as connection:
            return service.publish(connection, deps.registry, layer)

    return publish_


@pytest.fixture
def rows(deps) -> Callable[..., list[tuple]]:
    """Rows that the public role gets."""

    def rows_(query: str) -> list[tuple]:
        with deps.database.public() as connection:
            return connection.execute(query).fetchall()

    return rows_


@pytest.fixture
def road_ids():
    """The roads that there are."""
    return ["1"]


@pytest.fixture
def road_file(tmp_path, road_ids):
    """A file of roads."""
    roads = [
        {
            "type": "Feature",
            "properties": {"id": id_, "kategoria": "gminna", "zarzadca": "Urząd", "nazwa": "Lipowa"},
            "geometry": {"type": "LineString", "coordinates": [[18.90, 50.17], [18.91, 50.18]]},
        }
        for id_ in road_ids
    ]
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": roads}), encoding="utf-8")
    return path
