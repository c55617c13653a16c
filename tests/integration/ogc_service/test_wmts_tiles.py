"""Tiles by WMTS 1.0.0 in both styles of address, and each exception with its code."""

from typing import NoReturn
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from publishing import PlainTiles
from wmts_client import address, exception, get_tile, pairs

from geo import http
from geo.deps import Deps
from geo.ortho.flights import FlightFileMissing
from geo.tiles import TileId
from geo.wmts import views


def test_a_tile_by_pairs_by_address_and_by_ogc_api_is_one(client: FlaskClient, inside: TileId):
    for word in ("jpeg", "png", "webp"):
        by_pairs = get_tile(client, inside, format=f"image/{word}")
        by_address = client.get(address(inside, word))
        by_api = client.get(
            f"/ogc/collections/ortho-2024/tiles/WebMercatorQuad/{inside.z}/{inside.y}/{inside.x}?f={word}"
        )

        for answer in (by_pairs, by_address):
            assert (answer.status_code, answer.mimetype, answer.data) == (200, f"image/{word}", by_api.data)
            for name in ("ETag", "Cache-Control", "Access-Control-Allow-Origin"):
                assert answer.headers[name] == by_api.headers[name]


def test_a_client_that_holds_the_tile_is_told_so(client: FlaskClient, inside: TileId):
    tag = get_tile(client, inside).headers["ETag"]

    answer = client.get(address(inside), headers={"If-None-Match": tag})

    assert (answer.status_code, answer.data) == (304, b"")


def test_names_in_capitals_and_an_empty_style_are_taken(client: FlaskClient, inside: TileId):
    capitals = {name.upper(): value for name, value in pairs(inside, style="").items()}

    assert client.get(f"/wmts?{urlencode(capitals)}").status_code == 200


@pytest.mark.parametrize(
    "name", ["service", "request", "version", "layer", "format", "TileMatrixSet", "TileMatrix", "TileRow", "TileCol"]
)
def test_a_missing_parameter_is_named(client: FlaskClient, inside: TileId, name: str):
    assert exception(get_tile(client, inside, **{name: None})) == (400, "MissingParameterValue", name)
    assert exception(get_tile(client, inside, **{name: ""})) == (400, "MissingParameterValue", name)


def test_a_style_may_be_empty_but_not_missing(client: FlaskClient, inside: TileId):
    assert get_tile(client, inside, style="").status_code == 200
    assert exception(get_tile(client, inside, style=None)) == (400, "MissingParameterValue", "style")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service", "WMS"),
        ("service", "wmts"),
        ("version", "1.1.0"),
        ("layer", "addresses"),
        ("layer", "\x00<&\x1f" * 100),
        ("style", "night"),
        ("format", "image/gif"),
        ("format", "png"),
        ("TileMatrixSet", "EPSG:2180"),
        ("TileMatrix", "99"),
        ("TileMatrix", "-1"),
        ("TileMatrix", "014"),
        ("TileRow", "-1"),
        ("TileRow", "1.5"),
        ("TileCol", "²"),
        ("TileCol", "9" * 40),
    ],
)
def test_a_wrong_value_is_named(client: FlaskClient, inside: TileId, name: str, value: str):
    assert exception(get_tile(client, inside, **{name: value})) == (400, "InvalidParameterValue", name)


def test_a_parameter_that_stands_twice_is_named(client: FlaskClient, inside: TileId):
    answer = client.get(f"/wmts?{urlencode(pairs(inside))}&TILEROW=1")

    assert exception(answer) == (400, "InvalidParameterValue", "TileRow")


@pytest.mark.parametrize(
    ("moved", "locator"),
    [
        (lambda t: t._replace(x=0), "TileCol"),
        (lambda t: t._replace(y=0), "TileRow"),
        (lambda t: t._replace(x=1 << t.z), "TileCol"),
        (lambda t: t._replace(z=24), "TileMatrix"),
    ],
)
def test_a_tile_outside_the_limits_is_named_by_what_lies_outside(client: FlaskClient, inside: TileId, moved, locator):
    beyond = moved(inside)

    assert exception(get_tile(client, beyond)) == (400, "TileOutOfRange", locator)
    assert exception(client.get(address(beyond))) == (404, "TileOutOfRange", locator)


def test_what_is_wrong_in_an_address_is_not_there(client: FlaskClient, inside: TileId):
    wrong = [address(inside, "gif"), address(inside, layer="addresses"), address(inside, style="night")]

    assert [exception(client.get(one))[:2] for one in wrong] == [(404, "InvalidParameterValue")] * 3


def test_a_failure_of_ours_is_a_report_too(deps: Deps, inside: TileId):
    class Broken(PlainTiles):
        def tile(self, *_: object, **__: object) -> NoReturn:
            raise FlightFileMissing(collection="ortho-2024") if self.asked else ZeroDivisionError

    tiles = Broken()
    app = Flask("broken", static_folder=None)
    http.install(app, deps.settings)
    app.register_blueprint(views.blueprint(deps, tiles))

    unforeseen = get_tile(app.test_client(), inside)
    tiles.asked = 1
    foreseen = get_tile(app.test_client(), inside)

    assert exception(unforeseen) == (500, "NoApplicableCode", None)
    assert exception(foreseen) == (503, "NoApplicableCode", None)
    assert (foreseen.headers["Retry-After"], foreseen.headers["Cache-Control"]) == ("2", "no-store")
