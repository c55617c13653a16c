"""Our own web server, as `geo run` starts it, on the published editions."""

from __future__ import annotations

from dataclasses import dataclass

from bench.contestants import Ask, Query
from bench.servers import Launch
from bench.town import Town
from geo.tiles import TileId
from server import run


@dataclass(frozen=True)
class Ours:
    """`factory` is what granian loads: the application itself, or the one whose tile cache forgets."""

    town: Town
    factory: str = "server.wsgi:create"

    def launch(self, port: int) -> Launch:
        """The web server without the worker, which has nothing to do here."""
        settings = self.town.settings.model_copy(update={"port": port})
        command = [*run.web_command(settings)[:-1], self.factory]
        return Launch(command, "/readyz", run.environment(settings, self.town.environ))

    def query(self, ask: Ask) -> Query:
        """A page of GeoJSON."""
        asked = ask.parameters("S_INTERSECTS", "geometry")
        dialect = {"filter-lang": "cql2-text"} if "filter" in asked else {}
        return f"/ogc/collections/{ask.collection}/items", {"f": "json", "offset": "0", **asked, **dialect}

    def tile(self, collection: str, tile: TileId) -> str:
        """The immutable address of a tile."""
        return f"/tiles/{collection}/{self.town.version(collection)}/{tile.z}/{tile.x}/{tile.y}"

    def picture(self, tile: TileId) -> str:
        """The address of an orthophoto tile, WebP."""
        return self.tile("ortho", tile)
