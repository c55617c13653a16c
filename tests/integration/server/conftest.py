"""The application with one published layer."""

import pytest
from werkzeug.test import Client

from geo.tiles import covering
from server import app


@pytest.fixture
def whole(request, deps, database, load, publish, road_file):
    """The application at its front door, with the roads published."""
    request.getfixturevalue("read_freely")
    load(road_file, "roads")
    publish("roads")
    made = app.create(deps.settings, deps.registry, database.owner, database.public)
    yield made
    made.doors.tiles.deps.close()


@pytest.fixture
def doors(deps, whole):
    """The fast door, the slow one, and the address of a tile of a published layer."""
    collection = deps.catalog().collection("roads")
    tile = next(covering(collection.extent, 12).tiles())
    return Client(whole), Client(whole.doors.behind), f"/tiles/roads/{collection.version}/12/{tile.x}/{tile.y}"


@pytest.fixture
def items(doors):
    """The fast door, the slow one, and the address of the features of a published layer."""
    fast, slow, _ = doors
    # Whoever asks first tells the process what is published.
    slow.get("/ogc/collections/roads/items")
    return fast, slow, "/ogc/collections/roads/items"
