"""Every format of a file holds what the database holds: each feature, each value, each coordinate."""

import csv
import io
import json
import math
import re
import sqlite3
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import psycopg
import pyogrio
import pytest
import shapely
from ogc_places import PLACES, make_collection
from psycopg import sql

from geo.crs import CRS84, PL_2000_ZONE_6
from geo.errors import BadRequest
from geo.feature import FeatureType, Field
from geo.ogc.formats import geopackage, making, selecting, table
from geo.ogc.formats.lines import FORMULA, SEPARATORS
from geo.ogc.parameters import parse_items

MILLIMETRE_DEGREES = 1.1e-8
MILLIMETRE = 0.0011
WITH_A_HOLE = "(18.9 50.1, 19 50.1, 19 50.2, 18.9 50.1), (18.95 50.12, 18.97 50.12, 18.97 50.14, 18.95 50.12)"


@pytest.fixture(scope="session")
def mixed(items_database):
    """Every kind of geometry, none, and what a spreadsheet takes for a formula."""
    shapes = [
        ("punkt", "POINT(18.9 50.17)", "=1+1"),
        ("linia", "LINESTRING(18.9 50.17, 18.91 50.18, 18.92 50.17)", "+48 32 324 85 00"),
        ("linie", "MULTILINESTRING((18.9 50.17, 18.91 50.18), (18.92 50.17, 18.93 50.18, 18.94 50.19))", "'=1"),
        ("plac", f"POLYGON({WITH_A_HOLE})", "-2"),
        ("place", f"MULTIPOLYGON(((18 50, 18.1 50, 18.1 50.1, 18 50)), ({WITH_A_HOLE}))", '"a", b\nc'),
        ("punkty", "MULTIPOINT((18.9 50.1), (18.8 50.2))", ""),
        ("zbiór", "GEOMETRYCOLLECTION(POINT(18.9 50.1), LINESTRING(18 50, 19 51))", "-cmd|' /C calc'!A1"),
        ("nikt", None, None),
        ("średnik", None, 'abc;=HYPERLINK("http://x")'),
        ("wiersz", None, "abc\n+a\r\n@b\t-c"),
        ("cudzysłów", None, 'abc;"=1+1"'),
        ("apostrof", None, "abc;'=1"),
        ("szerokie", None, "＝1+1;＠a"),
        ("tabulator", None, "\t=1"),
        ("lista", None, "a; b;-2;+48 32 324;c;"),
    ]  # fmt: skip
    with psycopg.connect(items_database.owner) as owner:
        owner.execute(
            "CREATE TABLE layers.rozne_e1 (fid bigint PRIMARY KEY, id text UNIQUE NOT NULL,"
            " geom geometry(Geometry, 4326), opis text)"
        )
        for fid, (name, wkt, text) in enumerate(shapes, start=1):
            owner.execute(
                "INSERT INTO layers.rozne_e1 VALUES (%s, %s, ST_GeomFromText(%s, 4326), %s)", (fid, name, wkt, text)
            )
        owner.execute("GRANT SELECT ON layers.rozne_e1 TO geo_public")
    kind = FeatureType((Field("opis", "text", {"pl": "Opis"}),), "any", geometry_required=False)
    with psycopg.connect(items_database.public, autocommit=True) as connection:
        yield connection, make_collection(kind, "rozne_e1", len(shapes))


@pytest.fixture(params=["places", "areas", "mixed"])
def asked(request):
    """A connection and a collection."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, tuple) else (found.connection, found.collection)


def made(connection, collection, wanted, folder, **parameters):
    """The file as bytes."""

    @contextmanager
    def lend():
        yield connection

    query = parse_items(list(parameters.items()), collection.type)
    selection = selecting.select(connection, collection, query)
    if making.streams(wanted):
        return b"".join(making.chunks(wanted, selection, lend))
    file = making.write(wanted, selection, lend, folder)
    with file.body:
        content = b"".join(file.chunks())
        assert len(content) == file.size
    assert list(folder.iterdir()) == []
    return content


def expected(connection, collection, srid=4326, where="true"):
    """Of each id: (geometry, easting or longitude first, values as the database has them)."""
    names = [field.name for field in collection.type.fields]
    query = sql.SQL("SELECT id, ST_AsBinary(ST_Transform(geom, {})), {} FROM layers.{} WHERE {} ORDER BY fid").format(
        sql.Literal(srid),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.Identifier(collection.table),
        sql.SQL(where),
    )
    with connection.transaction():
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        rows = connection.execute(query).fetchall()
    return {
        row[0]: (row[1] and shapely.from_wkb(bytes(row[1])), dict(zip(names, row[2:], strict=True))) for row in rows
    }


def read_by_gdal(path, **options):
    meta, _, geometry, columns = pyogrio.raw.read(path, datetime_as_string=True, **options)
    names = list(meta["fields"])
    shapes = [None if one is None else shapely.from_wkb(one) for one in geometry]
    found = {}
    for row, shape in enumerate(shapes):
        values = {name: columns[at][row] for at, name in enumerate(names)}
        found[values.pop("id")] = (shape, values)
    return meta, found


def same(one, other, tolerance):
    if one is None or other is None:
        return one is None and other is None
    if one.geom_type != other.geom_type:
        # A column of multi-geometries takes a single one for one part.
        other = shapely.multipolygons([other])
    return one.geom_type == other.geom_type and shapely.equals_exact(one, other, tolerance)


def plain(value):
    """A value of GDAL's and one of the database's, in one form."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = str(value)
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]", text):
        text = re.sub(r"(Z|\+00:00)$", "", text).replace(" ", "T")
        text = re.sub(r"\.?0+$", "", text) if "." in text else text
        # FlatGeobuf has no days: one is its midnight.
        return text.removesuffix("T00:00:00")
    return value if isinstance(value, float | int) else text


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


def test_a_sequence_holds_each_feature_as_items_say_it(asked, tmp_path):
    connection, collection = asked

    content = made(connection, collection, table.SEQUENCE, tmp_path, crs=PL_2000_ZONE_6.uri) if (
        collection.table != "rozne_e1"
    ) else made(connection, collection, table.SEQUENCE, tmp_path)  # fmt: skip

    srid = 2177 if collection.table != "rozne_e1" else 4326
    texts = content.decode().split("\x1e")
    features = [json.loads(text) for text in texts[1:]]
    truth = expected(connection, collection, srid=srid)
    assert texts[0] == ""
    assert all(text.endswith("\n") for text in texts[1:])
    assert [feature["id"] for feature in features] == list(truth)
    for feature in features:
        shape = feature["geometry"] and shapely.geometry.shape(feature["geometry"])
        if shape is not None and srid == 2177:
            shape = shapely.transform(shape, lambda positions: positions[:, ::-1])
        assert same(shape, truth[feature["id"]][0], MILLIMETRE if srid == 2177 else MILLIMETRE_DEGREES)
        values = truth[feature["id"]][1]
        assert {k: plain(v) for k, v in feature["properties"].items()} == {k: plain(v) for k, v in values.items()}


def test_a_whole_layer_is_one_geojson_document(asked, tmp_path):
    connection, collection = asked
    path = tmp_path / "plik.geojson"

    path.write_bytes(made(connection, collection, table.GEOJSON, tmp_path))

    document = json.loads(path.read_bytes())
    assert [feature["id"] for feature in document["features"]] == list(expected(connection, collection))
    assert document["numberReturned"] == len(document["features"])


def unguarded(text):
    """A cell's text without the apostrophes that a spreadsheet needs."""
    text = re.sub(f"([{SEPARATORS}])'(?={FORMULA})", r"\1", text)
    return re.sub(f"^'(?={FORMULA})", "", text)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_a_table_of_points_says_longitude_and_latitude(places, tmp_path):
    truth = expected(places.connection, places.collection)

    rows = rows_of(made(places.connection, places.collection, table.CSV, tmp_path))

    assert list(rows[0]) == ["id", *(field.name for field in PLACES.fields), "lon", "lat"]
    assert [row["id"] for row in rows] == list(truth)
    for row in rows:
        shape, values = truth[row["id"]]
        assert (float(row["lon"]), float(row["lat"])) == pytest.approx((shape.x, shape.y), abs=MILLIMETRE_DEGREES)
        for field in PLACES.fields:
            value = values[field.name]
            match field.type:
                case _ if value is None:
                    assert row[field.name] == ""
                case "number" | "integer":
                    assert float(row[field.name]) == value
                case "boolean":
                    assert row[field.name] == str(value).lower()
                case "text":
                    assert unguarded(row[field.name]) == value
                case _:
                    assert plain(row[field.name]) == plain(value)


def test_a_table_in_metres_names_its_columns_so(places, tmp_path):
    truth = expected(places.connection, places.collection, srid=2177)

    rows = rows_of(
        made(places.connection, places.collection, table.CSV, tmp_path, crs=PL_2000_ZONE_6.uri, properties="nazwa")
    )

    assert list(rows[0]) == ["id", "nazwa", "easting", "northing"]
    for row in rows:
        shape = truth[row["id"]][0]
        found = (float(row["easting"]), float(row["northing"]))
        assert found == pytest.approx((shape.x, shape.y), abs=MILLIMETRE)


def test_a_table_of_other_geometries_has_their_text(mixed, tmp_path):
    truth = expected(*mixed)

    rows = rows_of(made(*mixed, table.CSV, tmp_path))

    for row in rows:
        shape = shapely.from_wkt(row["wkt"]) if row["wkt"] else None
        assert same(shape, truth[row["id"]][0], MILLIMETRE_DEGREES)
        assert unguarded(row["opis"]) == (truth[row["id"]][1]["opis"] or "")


def test_no_cell_is_a_formula_and_a_telephone_number_stays_one(mixed, tmp_path):
    content = made(*mixed, table.CSV, tmp_path, properties="opis", skipGeometry="true").decode()

    cells = {row["id"]: row["opis"] for row in csv.DictReader(io.StringIO(content, newline=""))}
    assert cells["punkt"] == "'=1+1"
    assert cells["linie"] == "''=1"
    assert cells["zbiór"] == "'-cmd|' /C calc'!A1"
    assert (cells["linia"], cells["plac"]) == ("+48 32 324 85 00", "-2")
    # What divides cells for a Polish spreadsheet, or for one that takes a quote for the end of a text.
    assert cells["średnik"] == 'abc;\'=HYPERLINK("http://x")'
    assert cells["wiersz"] == "abc\n'+a\r\n'@b\t'-c"
    assert cells["cudzysłów"] == 'abc;\'"=1+1"'
    assert cells["apostrof"] == "abc;''=1"
    assert cells["szerokie"] == "'＝1+1;'＠a"
    assert cells["tabulator"] == "'\t'=1"
    assert cells["lista"] == "a; b;-2;+48 32 324;c;"
    # An empty text and none at all differ.
    assert 'punkty,""\n' in content
    assert "nikt,\n" in content


@pytest.mark.parametrize(
    "parameters",
    [
        {"bbox": "18.88,50.16,18.92,50.18"},
        {"datetime": "2024-05-01"},
        {"rodzaj": "park"},
        {"filter": "liczba > 100 AND liczba < 120"},
        {"sortby": "-liczba", "limit": "7"},
        {"sortby": "nazwa", "offset": "3", "limit": "2"},
        {"properties": "nazwa,liczba", "limit": "4"},
    ],
)
def test_a_file_obeys_the_parameters_of_items(parameters, places, tmp_path):
    page = places.json(**{"limit": "10000", **parameters})["features"]

    sequence = made(places.connection, places.collection, table.SEQUENCE, tmp_path, **parameters)
    rows = rows_of(made(places.connection, places.collection, table.CSV, tmp_path, **parameters))

    assert 0 < len(page) < 1500
    assert [json.loads(text) for text in sequence.decode().split("\x1e")[1:]] == page
    assert [row["id"] for row in rows] == [feature["id"] for feature in page]


@pytest.mark.parametrize("wanted", table.PREPARED, ids=lambda one: one.word)
def test_the_same_features_are_the_same_bytes_whenever_the_file_is_made(wanted, places, tmp_path, monkeypatch):
    one = made(places.connection, places.collection, wanted, tmp_path / "robocze")

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=1)

    monkeypatch.setattr(geopackage, "datetime", Tomorrow, raising=False)
    other = made(places.connection, places.collection, wanted, tmp_path / "robocze")

    assert one == other


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


def test_batches_join_without_a_seam(places, tmp_path, monkeypatch):
    whole = {
        wanted.word: made(places.connection, places.collection, wanted, tmp_path)
        for wanted in table.PREPARED
        if wanted is not table.GEOPACKAGE
    }

    monkeypatch.setattr(selecting, "BATCH", 7)

    for wanted in table.PREPARED:
        if wanted is not table.GEOPACKAGE:
            assert made(places.connection, places.collection, wanted, tmp_path) == whole[wanted.word]


def test_more_than_a_file_may_hold_is_refused_and_a_limit_helps(places, tmp_path, monkeypatch):
    monkeypatch.setattr(selecting, "MOST_FEATURES", 100)

    with pytest.raises(BadRequest) as caught:
        made(places.connection, places.collection, table.CSV, tmp_path)

    assert caught.value.values["parameter"] == "limit"
    assert len(rows_of(made(places.connection, places.collection, table.CSV, tmp_path, limit="50"))) == 50


def test_a_file_that_grows_too_large_is_refused_and_leaves_nothing(places, tmp_path):
    @contextmanager
    def lend():
        yield places.connection

    selection = selecting.select(places.connection, places.collection, parse_items([], PLACES))

    for wanted in (table.FLATGEOBUF, table.GEOPACKAGE):
        with pytest.raises(BadRequest):
            making.write(wanted, selection, lend, tmp_path / "robocze", most_bytes=60_000)
    assert list((tmp_path / "robocze").iterdir()) == []


def test_a_geometry_that_the_crs_cannot_express_is_said_by_every_format(faraway, tmp_path):
    for wanted in table.ON_REQUEST:
        with pytest.raises(BadRequest) as caught:
            made(faraway.connection, faraway.collection, wanted, tmp_path, crs=PL_2000_ZONE_6.uri)

        assert caught.value.values["parameter"] == "crs"
        with suppress(FileNotFoundError):
            assert list(tmp_path.iterdir()) == []
    assert made(faraway.connection, faraway.collection, table.CSV, tmp_path, crs=CRS84.uri)
