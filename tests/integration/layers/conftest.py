"""A geoportal that is only commanded, `geo` on a database of its own; files of roads; editions made of SQL."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from geo import editions
from geo.layers import service, store, tile
from geo.tile_cache import TileCache
from geo.tiles import TileId
from tests.databases import Database
from tests.integration.layers.bad_files import collection, feature
from tests.running import ROOT, Installation, geo_here, installation

# A place in the middle: longitude, latitude.
TOWN = (18.90, 50.17)
# A layer that takes whatever lies in the town.
ANYTHING = """
  anything:
    title: {pl: Cokolwiek, en: Anything}
    description: {pl: Dowolne obiekty., en: Any features.}
    source: town
    geometry: any
    key: id_pola
    label: "{nazwa}"
    fields:
      id_pola: {type: text, required: true, title: {pl: Id, en: Id}}
      nazwa: {type: text, title: {pl: Nazwa, en: Name}}
      liczba: {type: integer, title: {pl: Liczba, en: Number}}
      dzien: {type: date, title: {pl: Dzień, en: Day}}
      chwila: {type: datetime, title: {pl: Chwila, en: Moment}}
    from:
      table: {id_pola: id}
    recognise: false
    tiles: {min_zoom: 10, max_zoom: 14, attributes: {0: [nazwa]}}
    search: {kind: place, detail: "{liczba}"}
"""

type Answer = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Town:
    """An installation, and what its public sees."""

    installed: Installation
    public_dsn: str

    def geo(self, *arguments: object, lang: str = "pl") -> Answer:
        """A command through the same door as the program `geo`, without starting Python for it."""
        return geo_here({**self.installed.environ, "GEO_LANG": lang}, *arguments)

    def public(self) -> list[tuple]:
        """Everything that is published, rows and all."""
        with psycopg.connect(self.public_dsn) as reader:
            found = reader.execute("SELECT collection, number FROM published.edition ORDER BY 1").fetchall()
            rows = [
                reader.execute(
                    sql.SQL("SELECT {}, t::text FROM {} AS t ORDER BY fid").format(
                        sql.Literal(collection), sql.Identifier("layers", f"{collection.replace('-', '_')}_e{number}")
                    )
                ).fetchall()
                for collection, number in found
            ]
        return [found, *rows]


@pytest.fixture(scope="module")
def make_town(lasting_database: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Town]:
    """Makes installations with the layer `anything`, each on a database of its own."""

    def make() -> Town:
        folder = tmp_path_factory.mktemp("commanded")
        owner, public = lasting_database()
        return Town(
            installation(
                folder / "data",
                GEO_CONFIG_DIR=str(config_with(folder / "config", ANYTHING)),
                GEO_DATABASE_URL=owner,
                GEO_PUBLIC_DATABASE_URL=public,
                GEO_DEMO="0",
            ),
            public,
        )

    return make


@pytest.fixture(scope="module")
def town(make_town: Callable[[], Town]) -> Town:
    """The installation that a module's tests share; what they stage, others may replace."""
    return make_town()


def config_with(folder: Path, entry: str) -> Path:
    """The town's configuration with one layer more."""
    folder.mkdir()
    for file in (ROOT / "config").iterdir():
        content = file.read_text(encoding="utf-8")
        if file.name == "layers.yaml":
            content = content.replace("\nflights:", f"\n{entry}\nflights:")
        (folder / file.name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def published(town, tmp_path_factory):
    """The town with two editions of `anything`, the second one public, and what the public sees."""
    folder = tmp_path_factory.mktemp("good")
    for number, names in enumerate((("a", "b"), ("a", "b", "c")), 1):
        good = folder / f"good-{number}.geojson"
        good.write_text(collection(*[feature(n, None, nazwa=name) for n, name in enumerate(names)]), encoding="utf-8")
        assert town.geo("layers", "load", good, "--layer", "anything").returncode == 0
        assert town.geo("layers", "publish", "anything").returncode == 0
    return town.public()


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def write_(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write_


@pytest.fixture
def edition(deps):
    """Publishes an edition of a layer whose rows come from SQL; gives its collection.

    The SQL selects number, id and geom (4326); fields that are required get the id.
    """

    def edition_(layer: str, select: str, *, search: bool = False):
        entry = deps.registry.layers[layer]
        with deps.database.transaction() as connection:
            connection.execute("SELECT setseed(0.5)")
            store.begin(connection, layer, entry)
            names = [name for name, field in entry.fields.items() if field.type == "text"]
            connection.execute(
                sql.SQL(
                    "INSERT INTO {} (loaded_number, loaded_name, id, geom, {}) SELECT n, id, id, geom, {} FROM ({}) m"
                ).format(
                    sql.Identifier(f"loading_{layer}"),
                    sql.SQL(", ").join(map(sql.Identifier, names)),
                    sql.SQL(", ").join([sql.SQL("id")] * len(names)),
                    sql.SQL(select),
                )
            )
            number = editions.next_number(connection, layer)
            table = editions.table_name(layer, number)
            stored, extent = store.finish(connection, layer, entry, table)
            editions.stage(
                connection,
                editions.Edition(
                    layer, number, editions.EditionState.STAGED, "made.sql", "0" * 64, "SQL", stored, stored, 0, 0, 0,
                    True, None, extent, now(connection), None,
                ),
            )  # fmt: skip
            # The search's entries take longer than the tiles; few tests need them and the worker's job.
            if search:
                service.publish(connection, deps.registry, layer)
            else:
                editions.publish(connection, layer)
        return deps.catalog().collection(layer)

    return edition_


def now(connection):
    return connection.execute("SELECT now()").fetchone()[0]


@pytest.fixture
def make(deps, tmp_path):
    """Makes a tile as the public role; gives its gzipped bytes."""
    cache = TileCache(tmp_path / "made")

    def make_(collection, tile_id: TileId) -> bytes:
        return tile.make(deps.database.public, cache, collection, tile_id)

    return make_


@pytest.fixture
def places(tmp_path):
    """Writes a GeoJSON file of named road sections in the town."""

    def write(*names: str, **properties):
        path = tmp_path / f"{'-'.join(names) or 'empty'}.geojson"
        features = [
            {
                "type": "Feature",
                "id": name,
                "properties": {"id": name, "nazwa": name, "kategoria": "gminna", "zarzadca": "Urząd", **properties},
                "geometry": {"type": "LineString", "coordinates": [TOWN, (TOWN[0] + 0.001 * n, TOWN[1] + 0.001)]},
            }
            for n, name in enumerate(names, start=1)
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return path

    return write
