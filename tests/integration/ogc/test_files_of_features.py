"""A file of features in any format obeys the same parameters and limits."""

import json
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest
from files_made import made, rows_of
from ogc_places import PLACES

from geo.crs import CRS84, PL_2000_ZONE_6
from geo.errors import BadRequest
from geo.ogc.formats import geopackage, making, selecting, table
from geo.ogc.parameters import parse_items


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
