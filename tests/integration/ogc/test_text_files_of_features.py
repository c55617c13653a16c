"""GeoJSON and CSV hold what the database holds: each feature, each value, each coordinate."""

import csv
import io
import json
import re

import pytest
import shapely
from files_made import MILLIMETRE, MILLIMETRE_DEGREES, expected, made, plain, rows_of, same
from ogc_places import PLACES

from geo.crs import PL_2000_ZONE_6
from geo.ogc.formats import table
from geo.ogc.formats.lines import FORMULA, SEPARATORS


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
