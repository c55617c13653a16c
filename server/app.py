"""The web application: every room's addresses, health, the fast door in front, and the guard before both."""

from __future__ import annotations

import psycopg
from flask import Flask, Response, jsonify

from geo import auth, http
from geo.auth import accounts as accounts_room
from geo.auth import views as staff_room
from geo.catalog import Catalog
from geo.deps import Deps
from geo.downloads import shelf as downloads
from geo.downloads import views as downloads_room
from geo.errors import GeoError
from geo.http.limits import LONGEST_S
from geo.mail import views as mail_room
from geo.map import views as map_room
from geo.ogc import views as ogc_room
from geo.ogc.quick import QuickPages
from geo.ortho.flights import Flights
from geo.registry import Registry
from geo.reports import desk as report_desk
from geo.reports import views as reports_room
from geo.settings import Settings
from geo.tile_cache import TileCache
from geo.wmts import views as wmts_room
from server import tiles as tile_room
from server.bodies import Bodies
from server.door import FrontDoor
from server.guard import Guard
from server.tiles import PublishedTiles

# Blueprints and single addresses that everybody may enter; a new one lets nobody in until it stands here, or names
# roles itself.
PUBLIC = frozenset({"assets", "map", "ogc", "downloads", "wmts", "tiles", "reports", "healthz", "readyz"})


def create(
    settings: Settings,
    registry: Registry,
    dsn: str,
    public_dsn: str,
    *,
    stale_s: float = 0.0,
    longest_s: float = LONGEST_S,
) -> Guard[FrontDoor]:
    """The WSGI application of one process, as it is served.

    Answers from memory may be `stale_s` seconds behind a publication; `longest_s` is a request's time.
    """
    flights = Flights(settings.data_dir)
    deps = Deps.make(settings, registry, dsn, public_dsn, flights.with_its_zooms, stale_s=stale_s)
    data_dir = settings.data_dir
    tiles = PublishedTiles(deps, TileCache(data_dir / "tiles"), TileCache.unpacked(data_dir), flights)
    front = FrontDoor(flask_app(deps, tiles), deps.catalog, tiles, QuickPages(deps))
    bodies = Bodies(client=http.PublicAddress(settings).client)
    return Guard(front, front.behind, longest_s=longest_s, bodies=bodies)


def flask_app(deps: Deps, tiles: PublishedTiles) -> Flask:
    """The slow door: everything, with errors, languages and pages."""
    app = Flask("geo", static_folder=None)
    http.install(app, deps.settings)
    auth.Gate(deps, PUBLIC).install(app)
    app.register_blueprint(map_room.blueprint(deps))
    shelf = downloads.at(deps.settings.data_dir)
    app.register_blueprint(ogc_room.blueprint(deps, tiles, shelf.links))
    app.register_blueprint(downloads_room.blueprint(deps, shelf))
    app.register_blueprint(wmts_room.blueprint(deps, tiles))
    app.register_blueprint(tile_room.blueprint(deps, tiles))
    app.register_blueprint(staff_room.blueprint(deps))
    app.register_blueprint(accounts_room.blueprint(deps))
    app.register_blueprint(reports_room.blueprint(deps))
    app.register_blueprint(report_desk.blueprint(deps))
    app.register_blueprint(mail_room.blueprint(deps))

    @app.get("/healthz")
    def healthz() -> Response:
        """This process answers."""
        return _now(status="ok")

    @app.get("/readyz")
    def readyz() -> Response:
        """This process can serve the town: the database answers."""
        try:
            catalog: Catalog = deps.catalog()
        except (GeoError, psycopg.Error):
            refused = _now(status="the database does not answer")
            refused.status_code = 503
            return refused
        return _now(status="ready", revision=catalog.revision, collections=len(catalog.collections))

    return app


def _now(**members: object) -> Response:
    """What is so at this moment: nobody may keep it."""
    response = jsonify(**members)
    response.headers["Cache-Control"] = "no-store"
    return response
