"""The application with one published layer."""

import json

import pytest

from server import app


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


@pytest.fixture
def whole(deps, database, load, publish, road_file):
    """The application at its front door, with the roads published."""
    load(road_file, "roads")
    publish("roads")
    made = app.create(deps.settings, deps.registry, database.owner, database.public)
    yield made
    made.doors.tiles.deps.close()
