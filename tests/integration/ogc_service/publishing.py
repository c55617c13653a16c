"""Editions made by hand as a load makes them: a table in `layers`, staged and published."""

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from psycopg import sql

from geo import editions, http, registry, settings
from geo.deps import Deps
from geo.editions import Edition, EditionState
from geo.errors import NotFound
from geo.feature import Collection, FeatureType
from geo.layers.store import COLUMN_TYPE
from geo.ogc import views
from geo.ogc.tiles import TileAnswer
from geo.registry import FLIGHT_TYPE
from geo.tiles import TileId, TileRange, covering
from geo.wmts import views as wmts

ROOT = Path(__file__).parents[3]
PUBLIC_URL = "https://gis.example.pl"

type Row = tuple[str, str | None, dict[str, Any]]  # id, WKT of longitude and latitude, fields

ODD_ID = "a/b c+d%ł?#"


def addresses(count: int = 250) -> list[Row]:
    """Points over the town, the same at each run; the first has an id that must be percent-encoded."""
    chance = random.Random(1)  # noqa: S311 - repeatable numbers are wanted
    rows: list[Row] = []
    for number in range(1, count + 1):
        lng, lat = chance.uniform(18.80, 18.94), chance.uniform(50.15, 50.24)
        fields = {
            "lokalny_id": f"adr-{number}",
            "numer_porzadkowy": f"{number}a",
            "miejscowosc": "Mikołów",
            "ulica": "Żwirki i Wigury" if number % 2 else None,
            "kod_pocztowy": "43-190",
            "data_nadania": date(2012 + number % 10, 5, 1),
        }
        rows.append((ODD_ID if number == 1 else f"adr-{number}", f"POINT({lng!r} {lat!r})", fields))
    return rows


def parcels() -> list[Row]:
    """Four squares in a row."""
    return [
        (
            f"240802_1.0001.{number}",
            "POLYGON(({w} 50.17, {e} 50.17, {e} 50.18, {w} 50.18, {w} 50.17))".format(
                w=18.90 + number / 100, e=18.91 + number / 100
            ),
            {
                "id_dzialki": f"240802_1.0001.{number}",
                "numer": str(number),
                "obreb": "0001",
                "pole_ewidencyjne_ha": 1.25,
            },
        )
        for number in range(1, 5)
    ]


def flight() -> list[Row]:
    """The footprint of one picture."""
    outline = "POLYGON((18.80 50.15, 18.94 50.15, 18.94 50.24, 18.80 50.24, 18.80 50.15))"
    return [("zdjecie-1", outline, {"nazwa": "zdjecie-1", "piksel_m": 0.25})]


def publish(deps: Deps, collection: str, rows: Sequence[Row], *, synthetic: bool = False) -> None:
    """A new edition with these features, published."""
    entry = deps.registry.layers.get(collection)
    kind: FeatureType = entry.feature_type() if entry else FLIGHT_TYPE
    with deps.database.transaction() as connection:
        number = editions.next_number(connection, collection)
        table = sql.Identifier("layers", editions.table_name(collection, number))
        columns = [sql.SQL("{} " + COLUMN_TYPE[field.type]).format(sql.Identifier(field.name)) for field in kind.fields]
        connection.execute(
            sql.SQL(
                "CREATE TABLE {} (fid bigint PRIMARY KEY, id text UNIQUE NOT NULL, geom geometry(Geometry, 4326),"
                " geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED, {})"
            ).format(table, sql.SQL(", ").join(columns))
        )
        for fid, (feature_id, wkt, fields) in enumerate(rows, start=1):
            names = sql.SQL(", ").join(map(sql.Identifier, fields))
            connection.execute(
                sql.SQL("INSERT INTO {} (fid, id, geom, {}) VALUES (%s, %s, ST_GeomFromText(%s, 4326), {})").format(
                    table, names, sql.SQL(", ").join([sql.Placeholder()] * len(fields))
                ),
                [fid, feature_id, wkt, *fields.values()],
            )
        box = connection.execute(
            sql.SQL(
                "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) e FROM {}) x"
            ).format(table)
        ).fetchone()
        extent = list(box) if box and box[0] is not None else None
        now = datetime.now(UTC)
        count = len(rows)
        edition = Edition(
            collection, number, EditionState.STAGED, "plik.gml", "0" * 64, "prg", count, count, 0, 0, 0,
            synthetic, date(2026, 10, 31), extent, now, None,
        )  # fmt: skip
        editions.stage(connection, edition)
        editions.publish(connection, collection)


@dataclass
class PlainTiles:
    """Tiles whose bytes say what they are; inside the limits always one."""

    asked: int = 0

    def tile(
        self, collection: Collection, tile_id: TileId, media_type: str | None = None, *, packed: bool = True
    ) -> TileAnswer:
        self.asked += 1
        bounds = self.limits(collection).get(tile_id.z)
        if bounds is None or not bounds.holds(tile_id):
            raise NotFound
        if collection.raster:
            return TileAnswer(b"picture", media_type or "image/webp", None)
        body, media_type = b"\x1a\x00 vector", "application/vnd.mapbox-vector-tile"
        if not packed:
            return TileAnswer(body, media_type, None)
        return TileAnswer(gzip.compress(body, mtime=0), media_type, "gzip")

    def limits(self, collection: Collection) -> dict[int, TileRange]:
        if collection.extent is None:
            return {}
        return {
            z: covering(collection.extent, z) for z in range(collection.tiles.min_zoom, collection.tiles.max_zoom + 1)
        }


def make_app(deps: Deps) -> Flask:
    """The room and WMTS, with the shared manners."""
    app = Flask("service", static_folder=None)
    http.install(app, deps.settings)
    app.register_blueprint(views.blueprint(deps, PlainTiles()))
    app.register_blueprint(wmts.blueprint(deps, PlainTiles()))
    return app


def make_deps(owner: str, public: str, **changes: object) -> Deps:
    read = settings.load({"GEO_PUBLIC_URL": PUBLIC_URL}, ROOT)
    return Deps.make(read.model_copy(update=changes), registry.read(ROOT / "config"), owner, public)
