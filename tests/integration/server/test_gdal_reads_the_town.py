"""GDAL's own client reads every collection of a running town, in every CRS, by box and by attribute."""

from collections.abc import Iterator
from typing import LiteralString

import numpy as np
import psycopg
import pytest
import shapely
from psycopg import sql
from pyogrio import get_gdal_config_option, list_layers, raw, set_gdal_config_options

from geo import registry, settings
from geo.catalog import Catalog
from geo.deps import Deps
from server import cluster
from tests.running import ROOT, Installation

MILLIMETRE = 0.001
DEGREE_M = 111_300.0
CRSS = {"OGC:CRS84": 4326, "EPSG:4326": 4326, "EPSG:2177": 2177, "EPSG:2180": 2180}
COLLECTIONS = [
    "boundary", "districts", "parcels", "buildings", "roads", "streets", "addresses", "localities", "ortho-2019",
    "ortho-2024",
]  # fmt: skip

type Shapes = dict[str, shapely.Geometry | None]


@pytest.fixture(scope="module")
def database(geoportal: Installation) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.at(geoportal.data_dir).owner_dsn) as connection:
        yield connection


@pytest.fixture(scope="module")
def catalog(geoportal: Installation) -> Iterator[Catalog]:
    running, ours = cluster.at(geoportal.data_dir), settings.load(geoportal.environ, ROOT)
    deps = Deps.make(ours, registry.read(ours.config_dir), running.owner_dsn, running.public_dsn)
    yield deps.catalog()
    deps.close()


@pytest.fixture(scope="module")
def source(geoportal: Installation, catalog: Catalog) -> Iterator[str]:
    assert catalog.collections
    # Tests of confined readers leave GDAL a second for the net; the first answer may take longer.
    before = get_gdal_config_option("GDAL_HTTP_TIMEOUT")
    set_gdal_config_options({"GDAL_HTTP_TIMEOUT": "60"})
    yield f"OAPIF:{geoportal.url}/ogc"
    set_gdal_config_options({"GDAL_HTTP_TIMEOUT": before})


def test_every_collection_is_listed(source: str, catalog: Catalog) -> None:
    assert [*list_layers(source)[:, 0]] == [*catalog.collections] == COLLECTIONS


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_coordinates_and_boxes_agree_with_the_database_in_every_crs(
    source: str, database: psycopg.Connection, catalog: Catalog, collection: str
) -> None:
    table = sql.Identifier("layers", catalog.collection(collection).table)
    for crs, srid in CRSS.items():
        truth = shapes(database, table, srid)
        box = middle(truth)
        inside = {key for key, one in truth.items() if one is not None and one.intersects(shapely.box(*box))}
        tolerance = MILLIMETRE / (DEGREE_M if srid == 4326 else 1)

        whole, boxed = read(source, collection, CRS=crs), read(source, collection, CRS=crs, bbox=box)

        assert whole.keys() == truth.keys()
        assert farthest(whole, truth) <= tolerance, crs
        assert boxed.keys() == inside, crs


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_attribute_finds_what_the_database_finds(
    source: str, database: psycopg.Connection, catalog: Catalog, collection: str
) -> None:
    known = catalog.collection(collection)
    table = sql.Identifier("layers", known.table)
    name, value = shared_value(database, table, [field.name for field in known.type.fields if field.type == "text"])
    where = sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))

    here = read(source, collection, where=where.as_string(database))

    assert here.keys() == shapes(database, table, 4326, where).keys() != set()


@pytest.mark.parametrize(
    "where",
    [
        "data_nadania >= '2020-01-01'",
        "data_nadania < '2020-01-01'",
        "data_nadania >= '2020-01-01' AND data_nadania <= '2020-12-31'",
    ],
)
def test_a_date_finds_what_the_database_finds(
    source: str, database: psycopg.Connection, catalog: Catalog, where: LiteralString
) -> None:
    table = sql.Identifier("layers", catalog.collection("addresses").table)

    here = read(source, "addresses", where=where)

    assert here.keys() == shapes(database, table, 4326, sql.SQL(where)).keys() != set()


def shared_value(database: psycopg.Connection, table: sql.Identifier, names: list[str]) -> tuple[str, str]:
    """A text that many features share: the commonest of the field that has the fewest."""
    fewest = []
    for name in names:
        query = sql.SQL("SELECT count(DISTINCT {0}), mode() WITHIN GROUP (ORDER BY {0}) FROM {1} WHERE {0} <> ''")
        found = database.execute(query.format(sql.Identifier(name), table)).fetchone()
        if found and found[0]:
            fewest.append((found[0], name, found[1]))
    _, name, value = min(fewest)
    return name, value


def shapes(
    database: psycopg.Connection, table: sql.Identifier, srid: int, where: sql.Composable | None = None
) -> Shapes:
    """The database's own coordinates by id, easting or longitude first."""
    query = sql.SQL("SELECT id, ST_AsBinary(ST_Transform(geom, {})) FROM {} WHERE {}")
    rows = database.execute(query.format(sql.Literal(srid), table, where or sql.SQL("true")))
    return {name: shapely.from_wkb(wkb) for name, wkb in rows}


def read(source: str, collection: str, **options: object) -> Shapes:
    """What GDAL makes of a collection."""
    meta, _, geometry, fields = raw.read(source, layer=collection, PAGE_SIZE="10000", **options)
    ids = fields[list(meta["fields"]).index("id")]
    return dict(zip(ids, shapely.from_wkb(geometry), strict=True))


def middle(shapes: Shapes) -> tuple[float, float, float, float]:
    """The middle ninth of where they lie."""
    left, bottom, right, top = shapely.total_bounds([one for one in shapes.values() if one is not None])
    width, height = (right - left) / 3, (top - bottom) / 3
    return left + width, bottom + height, right - width, top - height


def farthest(here: Shapes, truth: Shapes) -> float:
    """The largest difference of a coordinate; the same vertices in the same order."""
    assert {key for key, one in here.items() if one is None} == {key for key, one in truth.items() if one is None}
    return max(
        float(np.abs(shapely.get_coordinates(here[key]) - shapely.get_coordinates(one)).max())
        for key, one in truth.items()
        if one is not None
    )
