"""The rooms that know of whole layers as files, put together."""

from flask import Flask
from flask.testing import FlaskClient
from publishing import PlainTiles

from geo import http
from geo.deps import Deps
from geo.downloads import shelf as downloads_shelf
from geo.downloads import views as downloads_room
from geo.map import views as map_room
from geo.ogc import views as ogc_room


def client_of(deps: Deps) -> FlaskClient:
    """The rooms that know of files, asked as a client asks."""
    shelf = downloads_shelf.at(deps.settings.data_dir)
    app = Flask("town", static_folder=None)
    http.install(app, deps.settings)
    app.register_blueprint(ogc_room.blueprint(deps, PlainTiles(), shelf.links))
    app.register_blueprint(downloads_room.blueprint(deps, shelf))
    app.register_blueprint(map_room.blueprint(deps))
    return app.test_client()
