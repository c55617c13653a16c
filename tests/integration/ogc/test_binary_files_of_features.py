"""FlatGeobuf and GeoPackage hold what the database holds: each feature, each value, each coordinate."""

import sqlite3
from dataclasses import replace

import numpy as np
import pyogrio
import pytest
import shapely
from files_made import expected, made, plain, same
from ogc_places import PLACES

from geo.crs import PL_2000_ZONE_6
from geo.ogc.formats import table


def read_by_gdal(path, **options):
    meta, _, geometry, columns = pyogrio.raw.read(path, datetime_as_string=True, **options)
    names = list(meta["fields"])
    shapes = [None if one is None else shapely.from_wkb(one) for one in geometry]
    found = {}
    for row, shape in enumerate(shapes):
        values = {name: columns[at][row] for at, name in enumerate(names)}
        found[values.pop("id")] = (shape, values)
    return meta, found


def test_gdal_reads_a_binary_file_as_the_database_is(asked, tmp_path):
    connection, collection = asked
    truth = expected(connection, collection)

    for wanted in (table.FLATGEOBUF, table.GEOPACKAGE):
        path = tmp_path / f"plik.{wanted.extension}"
        path.write_bytes(made(connection, collection, wanted, tmp_path / "robocze"))
        meta, found = read_by_gdal(path)

        assert list(found) == list(truth), wanted.word
        assert meta["crs"] == "EPSG:4326"
        for name, (shape, values) in truth.items():
            assert same(found[name][0], shape, 0.0), (wanted.word, name, found[name][0])
            assert {k: plain(v) for k, v in found[name][1].items()} == {k: plain(v) for k, v in values.items()}


def test_the_index_of_a_binary_file_finds_what_lies_in_a_box(places, tmp_path):
    west, south, east, north = box = (18.88, 50.16, 18.92, 50.18)
    where = f"geom && ST_MakeEnvelope({west}, {south}, {east}, {north}, 4326)"
    truth = expected(places.connection, places.collection, where=where)

    for wanted in (table.FLATGEOBUF, table.GEOPACKAGE):
        path = tmp_path / f"plik.{wanted.extension}"
        path.write_bytes(made(places.connection, places.collection, wanted, tmp_path / "robocze"))
        _, found = read_by_gdal(path, bbox=box)

        assert 10 < len(truth) < 1000
        assert set(found) == set(truth)
    assert pyogrio.read_info(tmp_path / "plik.fgb")["capabilities"]["fast_spatial_filter"]


def test_a_binary_file_carries_another_crs_with_easting_first(places, tmp_path):
    truth = expected(places.connection, places.collection, srid=2177)

    for wanted in (table.FLATGEOBUF, table.GEOPACKAGE):
        path = tmp_path / f"plik.{wanted.extension}"
        path.write_bytes(
            made(places.connection, places.collection, wanted, tmp_path / "robocze", crs=PL_2000_ZONE_6.uri)
        )
        meta, found = read_by_gdal(path)

        assert meta["crs"] == "EPSG:2177"
        assert all(same(found[name][0], shape, 0.0) for name, (shape, _) in truth.items())


@pytest.mark.parametrize("wanted", [table.FLATGEOBUF, table.GEOPACKAGE])
def test_a_binary_file_may_be_empty_or_without_geometries(wanted, places, tmp_path):
    path = tmp_path / f"plik.{wanted.extension}"
    options = {"read_geometry": False, "datetime_as_string": True}

    path.write_bytes(made(places.connection, places.collection, wanted, tmp_path / "robocze", liczba="-1"))
    nothing = pyogrio.read_info(path, force_feature_count=True)
    path.write_bytes(
        made(places.connection, places.collection, wanted, tmp_path / "robocze", skipGeometry="true", limit="3")
    )
    meta, _, _, columns = pyogrio.raw.read(path, **options)

    assert nothing["features"] == 0
    assert list(nothing["fields"]) == ["id", *(field.name for field in PLACES.fields)]
    assert columns[list(meta["fields"]).index("id")].tolist() == ["centrum", "o'hara", "a/b?c#ł"]


def test_a_geopackage_is_whole_and_keeps_its_rules(places, tmp_path):
    path = tmp_path / "plik.gpkg"
    path.write_bytes(made(places.connection, places.collection, table.GEOPACKAGE, tmp_path / "robocze"))

    with sqlite3.connect(path) as file:
        (checked,) = file.execute("PRAGMA integrity_check").fetchone()
        broken = file.execute("PRAGMA foreign_key_check").fetchall()
        name, srid, *box = file.execute(
            "SELECT table_name, srs_id, min_x, min_y, max_x, max_y FROM gpkg_contents"
        ).fetchone()
        (indexed,) = file.execute("SELECT count(*) FROM rtree_miejsca_geom").fetchone()
        triggers = file.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()

    assert (checked, broken, name, srid) == ("ok", [], "miejsca", 4326)
    assert (indexed, triggers) == (places.collection.count, (6,))
    shapes = [shape for shape, _ in expected(places.connection, places.collection).values()]
    assert box == pytest.approx(shapely.total_bounds(shapes).tolist())


@pytest.mark.parametrize("wanted", [table.GEOPACKAGE, table.FLATGEOBUF], ids=["gpkg", "fgb"])
@pytest.mark.parametrize("synthetic", [True, False])
def test_a_file_that_can_describe_itself_says_whether_its_data_are_invented(places, tmp_path, wanted, synthetic):
    collection = replace(places.collection, synthetic=synthetic)

    content = made(places.connection, collection, wanted, tmp_path / "robocze", limit="1")

    assert ("Dane zmyślone (invented)".encode() in content) is synthetic


def test_who_edits_a_geopackage_keeps_its_index(places, tmp_path):
    path = tmp_path / "plik.gpkg"
    path.write_bytes(made(places.connection, places.collection, table.GEOPACKAGE, tmp_path / "robocze", limit="5"))
    point = np.array([shapely.to_wkb(shapely.Point(10.5, 45.5))], dtype=object)

    pyogrio.raw.write(
        path, point, [np.array(["nowy"], dtype=object)] * 2, ["id", "nazwa"], layer="miejsca", append=True,
        geometry_type="Point", crs="EPSG:4326",
    )  # fmt: skip
    _, found = read_by_gdal(path, bbox=(10, 45, 11, 46))

    assert list(found) == ["nowy"]


def test_a_geopackage_in_any_crs_has_the_rows_that_the_standard_demands(places, tmp_path):
    path = tmp_path / "plik.gpkg"
    path.write_bytes(
        made(places.connection, places.collection, table.GEOPACKAGE, tmp_path / "robocze", crs=PL_2000_ZONE_6.uri)
    )

    with sqlite3.connect(path) as file:
        rows = file.execute(
            "SELECT srs_id, organization, organization_coordsys_id FROM gpkg_spatial_ref_sys ORDER BY 1"
        ).fetchall()

    # OGC 12-128r18, requirement 11.
    assert rows == [(-1, "NONE", -1), (0, "NONE", 0), (2177, "EPSG", 2177), (4326, "EPSG", 4326)]
