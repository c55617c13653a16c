"""tipg: OGC API Features and Tiles in Python, on the plain tables."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bench import environments
from bench.contestants import POOL, UNCUT, WORKERS, Ask, Query
from bench.servers import Launch
from bench.town import PLAIN_ROLE, Town
from geo.tiles import MVT_BUFFER, TileId


@dataclass(frozen=True)
class Tipg:
    """Two workers of uvicorn."""

    town: Town

    def launch(self, port: int) -> Launch:
        """Its limits are raised, so that it cuts nothing; its tiles get the buffer that all have here."""
        database = self.town.database
        environ = {
            # As the host of the address: its settings know no other way to a socket.
            "DATABASE_URL": f"postgresql://{PLAIN_ROLE}@{quote(str(database.place.socket_dir), safe='')}/geo",
            "TIPG_DB_SCHEMAS": '["bench"]',
            "DB_MIN_CONN_SIZE": str(POOL),
            "DB_MAX_CONN_SIZE": str(POOL),
            "TIPG_MAX_FEATURES_PER_QUERY": "20000",
            "TIPG_MAX_FEATURES_PER_TILE": str(UNCUT),
            "TIPG_TILE_BUFFER": str(MVT_BUFFER),
        }
        uvicorn = [environments.python("tipg"), "-m", "uvicorn", "tipg.main:app", "--log-level", "warning"]
        return Launch([*uvicorn, "--port", str(port), "--workers", str(WORKERS)], "/healthz", environ)

    def query(self, ask: Ask) -> Query:
        """A page of GeoJSON."""
        asked = ask.parameters("S_INTERSECTS", "geom")
        dialect = {"filter-lang": "cql2-text"} if "filter" in asked else {}
        return f"/collections/bench.{ask.collection}/items", {"f": "geojson", **asked, **dialect}

    def tile(self, collection: str, tile: TileId) -> str:
        """A tile of the table in EPSG:3857."""
        return f"/collections/bench.{collection}_3857/tiles/WebMercatorQuad/{tile.z}/{tile.x}/{tile.y}"
