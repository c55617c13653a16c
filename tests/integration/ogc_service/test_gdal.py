"""GDAL's own client reads every collection from a real server: right fields, right place."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from publishing import ROOT
from pyogrio import get_gdal_config_option, list_layers, raw, read_info, set_gdal_config_options

from geo.deps import Deps

MILLIMETRE = 0.001


@pytest.fixture(scope="module")
def server(service_dsns: tuple[str, str], deps: Deps) -> Iterator[str]:
    """The address of the service in a process of its own, once `deps` has published everything."""
    assert deps.catalog().collections
    # Tests of confined readers leave GDAL a second for the net; the first answer may take longer.
    before = get_gdal_config_option("GDAL_HTTP_TIMEOUT")
    set_gdal_config_options({"GDAL_HTTP_TIMEOUT": "60"})
    script = Path(__file__).with_name("serve.py")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script), *service_dsns],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    ) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        assert port, process.stderr and process.stderr.read()
        yield f"OAPIF:http://127.0.0.1:{port}/ogc"
        process.terminate()
    set_gdal_config_options({"GDAL_HTTP_TIMEOUT": before})


def expected(deps: Deps, collection: str, srid: int, where: str = "true") -> dict[str, shapely.Geometry]:
    """The database's own coordinates, easting or longitude first."""
    table = deps.catalog().collection(collection).table
    with psycopg.connect(deps.database.dsn) as connection:
        query = f"SELECT id, ST_AsBinary(ST_Transform(geom, %s)) FROM layers.{table} WHERE {where}"
        return {row[0]: shapely.from_wkb(row[1]) for row in connection.execute(query, [srid])}  # type: ignore[arg-type]


def found(server: str, collection: str, **options: object) -> dict[str, shapely.Geometry]:
    meta, _, geometry, fields = raw.read(server, layer=collection, **options)
    names = list(meta["fields"])
    ids = fields[names.index("id")]
    return dict(zip(ids, shapely.from_wkb(geometry), strict=True))


def farthest(one: dict[str, shapely.Geometry], other: dict[str, shapely.Geometry]) -> float:
    """The largest difference of a coordinate."""
    return max(
        float(
            np.abs(
                shapely.get_coordinates(shapely.normalize(one[key]))
                - shapely.get_coordinates(shapely.normalize(other[key]))
            ).max()
        )
        for key in other
    )


def test_every_collection_is_listed(server: str) -> None:
    assert sorted(list_layers(server)[:, 0]) == ["addresses", "ortho-2024", "parcels"]


@pytest.mark.parametrize("collection", ["addresses", "parcels", "ortho-2024"])
@pytest.mark.parametrize("srid", [2177, 2180, 3857])
def test_coordinates_agree_with_the_database_to_a_millimetre(
    server: str, deps: Deps, collection: str, srid: int
) -> None:
    here = found(server, collection, CRS=f"EPSG:{srid}")
    truth = expected(deps, collection, srid)

    assert here.keys() == truth.keys()
    assert farthest(here, truth) <= MILLIMETRE


@pytest.mark.parametrize("srid", [2177, 2180])
def test_a_box_finds_what_the_database_finds(server: str, deps: Deps, srid: int) -> None:
    everything = expected(deps, "addresses", srid)
    xs, ys = zip(*((point.x, point.y) for point in everything.values()), strict=True)
    box = (*np.percentile(np.column_stack((xs, ys)), 30, axis=0), *np.percentile(np.column_stack((xs, ys)), 70, axis=0))

    here = found(server, "addresses", CRS=f"EPSG:{srid}", bbox=tuple(float(side) for side in box))

    inside = {key for key, point in everything.items() if box[0] <= point.x <= box[2] and box[1] <= point.y <= box[3]}
    assert here.keys() == inside
    assert 5 < len(inside) < len(everything)


def test_fields_have_their_types_and_every_page_is_read(server: str) -> None:
    info = read_info(server, layer="addresses", PAGE_SIZE="40")
    _, _, geometry, _ = raw.read(server, layer="addresses", PAGE_SIZE="40")

    types = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert info["features"] == len(geometry) == 250
    assert info["geometry_type"] == "Point"
    assert types["numer_porzadkowy"] == "object"
    assert types["data_nadania"].startswith("datetime64")
