"""The invented town, loaded by our own loader into our own editions, and the peers' plain tables beside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import psycopg
from psycopg import sql

from bench import invented, measure, places
from geo import editions, registry, settings
from geo.deps import Deps
from geo.layers import service
from geo.tile_cache import TileCache
from geo.tiles import TileId
from server import cluster, connections, migrate, worker

ADDRESSES = invented.ADDRESSES
PLAIN_ROLE = "bench_reader"
KEYS = {"addresses": "id_adresu", "parcels": "id_dzialki"}
_KINDS = {"addresses": "Point", "parcels": "MultiPolygon"}
_PLAIN_SQL = Path(__file__).with_name("plain.sql")


@dataclass(frozen=True)
class Town:
    """A loaded town whose database runs."""

    data_dir: Path
    environ: Mapping[str, str]
    database: cluster.Cluster

    @property
    def settings(self) -> settings.Settings:
        """As `geo` reads them."""
        return settings.load(self.environ, places.ROOT)

    @property
    def plain_dsn(self) -> str:
        """The address of the role that the peers use; `host` is the folder of the socket."""
        return self.database.dsn(PLAIN_ROLE)

    @property
    def orthophoto(self) -> Path:
        """The one converted file."""
        return next(self.data_dir.glob("ortho/**/*.tif"))

    def version(self, collection: str) -> str:
        """What stands in the addresses of its tiles."""
        return _version(self.database, self.settings.config_dir, self.data_dir, collection)

    def rows(self, query: str, values: Mapping[str, object] | None = None) -> list[tuple[object, ...]]:
        """What the database answers to the role of the peers."""
        with psycopg.connect(self.plain_dsn) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def geo(self, *arguments: str) -> measure.Taken:
        """Run a command of `geo`."""
        return measure.run([*measure.GEO, *arguments], self.environ)


@cache
def _version(database: cluster.Cluster, config_dir: Path, data_dir: Path, collection: str) -> str:
    ours = settings.load({"GEO_CONFIG_DIR": str(config_dir), "GEO_DATA_DIR": str(data_dir)}, places.ROOT)
    deps = Deps.make(ours, registry.read(config_dir), database.owner_dsn, database.public_dsn)
    try:
        return deps.catalog().collection(collection).version
    finally:
        deps.close()


@contextmanager
def ready(addresses: int = ADDRESSES) -> Iterator[Town]:
    """The town, made at the first use; its folder is named by what it is made of."""
    made_of = [places.HERE / name for name in ("invented.py", "layers.yaml", "plain.sql")]
    # What the tables of an edition look like.
    made_of += [*(places.ROOT / "migrations").rglob("*.py"), places.ROOT / "geo" / "layers" / "store.py"]
    folder = places.kept() / f"town-{places.fingerprint(*made_of)}-{addresses}"
    (folder / "config").mkdir(parents=True, exist_ok=True)
    shutil.copy(places.ROOT / "config" / "town.yaml", folder / "config")
    shutil.copy(places.HERE / "layers.yaml", folder / "config")
    (folder / "config" / "styles.yaml").write_text("layers: {}\n", encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GEO_")}
    own = {"GEO_CONFIG_DIR": str(folder / "config"), "GEO_DATA_DIR": str(folder), "GEO_DEMO": "0", "GEO_LANG": "en"}
    environ = {**inherited, **own}
    server_settings = connections.server_settings(settings.load(environ, places.ROOT))
    # The peers hold connections of their own.
    with cluster.use(folder, settings={**server_settings, "max_connections": "200"}) as database:
        town = Town(folder, environ, database)
        if not (folder / "complete.json").exists():
            _make(town, addresses)
        _finish(town)
        yield town


def sample_tiles(town: Town, collection: str, zooms: range, most: int) -> list[TileId]:
    """Tiles that hold features, spread evenly over a collection and its zooms, shuffled the same way at each call."""
    found = []
    for zoom in zooms:
        side = TileId(zoom, 0, 0).bounds
        rows = town.rows(
            "SELECT DISTINCT floor((ST_X(p) + %(half)s) / %(side)s)::int AS x,"
            " floor((%(half)s - ST_Y(p)) / %(side)s)::int AS y"
            f" FROM (SELECT ST_Centroid(geom) AS p FROM bench.{collection}_3857) AS middle ORDER BY x, y",
            {"half": -side.left, "side": side.right - side.left},
        )
        step = max(1, len(rows) * len(zooms) // most)
        found += [TileId(zoom, int(str(x)), int(str(y))) for x, y in rows[::step]]
    Random(collection).shuffle(found)  # noqa: S311 - repeatable, not secret
    return found


def _finish(town: Town) -> None:
    """What the worker of a running town does after a publication."""
    ours, database = town.settings, town.database
    deps = Deps.make(ours, registry.read(ours.config_dir), database.owner_dsn, database.public_dsn)
    try:
        handlers = worker.handlers(deps, TileCache(town.data_dir / "tiles"))
        for layer in KEYS:
            for job in (service.TEXT_JOB, service.INDEX_JOB):
                handlers[job](layer=layer)
    finally:
        deps.close()


def _make(town: Town, addresses: int) -> None:
    print(f"Making the town in {town.data_dir}: some minutes, at the first run only.", flush=True)
    migrate.upgrade(town.database.owner_dsn)
    taken: dict[str, float] = {}
    for name, layer in {"addresses": invented.addresses(addresses), "parcels": invented.parcels()}.items():
        file = town.data_dir / f"{name}.gpkg"
        file.unlink(missing_ok=True)
        layer.write(file)
        loaded = town.geo("layers", "load", str(file), "--layer", name, "--anywhere", "--synthetic")
        taken[name] = (loaded + town.geo("layers", "publish", name)).wall_s
        print(f"  {name}: {len(layer.geometry)} features loaded and published in {taken[name]:.0f} s", flush=True)
    picture = town.data_dir / "picture.tif"
    if not picture.exists():
        # Whole or not there, whoever stops us.
        invented.write_orthophoto(picture.with_suffix(".part.tif"))
        picture.with_suffix(".part.tif").replace(picture)
    taken["ortho"] = town.geo("ortho", "add", str(picture), "--flight", "ortho", "--synthetic").wall_s
    print(f"  ortho: converted and published in {taken['ortho']:.0f} s", flush=True)
    _make_plain_tables(town)
    (town.data_dir / "complete.json").write_text(json.dumps(taken), encoding="utf-8")


def _make_plain_tables(town: Town) -> None:
    with psycopg.connect(town.database.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS bench")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [PLAIN_ROLE]).fetchone()
        if not known:
            connection.execute(f"CREATE ROLE {PLAIN_ROLE}")
        # Our wall takes from everybody what other databases grant, such as temporary tables: peers stand before it.
        connection.execute(f"ALTER ROLE {PLAIN_ROLE} LOGIN SUPERUSER")
        # Their best case (measured): parallel plans cost some of them half of their speed.
        connection.execute(f"ALTER ROLE {PLAIN_ROLE} SET max_parallel_workers_per_gather = 0")
        connection.execute(f"ALTER ROLE {PLAIN_ROLE} SET search_path = bench, public")
        for name, key in KEYS.items():
            columns = [sql.Identifier(field) for field in town_fields(town, name)]
            statement = sql.SQL(_PLAIN_SQL.read_text(encoding="utf-8")).format(
                name=sql.Identifier(name),
                name_3857=sql.Identifier(f"{name}_3857"),
                table=sql.Identifier(_table(connection, name)),
                key=sql.Identifier(key),
                kind=sql.SQL(_KINDS[name]),
                columns=sql.SQL(", ").join(columns),
                prefixed=sql.SQL(", ").join(sql.SQL("p.{}").format(column) for column in columns),
            )
            connection.execute(statement)


def town_fields(town: Town, collection: str) -> list[str]:
    """The fields of a collection, in the order of the registry."""
    return list(registry.read(town.settings.config_dir).layers[collection].fields)


def _table(connection: psycopg.Connection, collection: str) -> str:
    row = connection.execute(
        "SELECT number FROM geo.edition WHERE collection = %s AND state = 'published'", [collection]
    ).fetchone()
    if row is None:
        raise RuntimeError(f"{collection} is not published")
    return editions.table_name(collection, row[0])
