"""WMTS 1.0.0 as its clients ask: the document, tiles in both styles of address, and each exception with its code."""

from typing import NoReturn
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from publishing import PUBLIC_URL, PlainTiles, addresses, flight, make_app, publish

from geo import http
from geo.deps import Deps
from geo.ortho.flights import FlightFileMissing
from geo.tiles import TileId, covering
from geo.wmts import views

NAMES = {
    "": "http://www.opengis.net/wmts/1.0",
    "ows": "http://www.opengis.net/ows/1.1",
    "xlink": "http://www.w3.org/1999/xlink",
}
DOCUMENT = "/wmts/1.0.0/WMTSCapabilities.xml"
# 2π · 6378137 m / 256 / 0.28 mm, as the well-known scale set GoogleMapsCompatible has it (OGC 07-057r7, annex E.4).
WIDEST_SCALE = 559082264.0287178


@pytest.fixture(scope="module")
def inside(deps: Deps) -> TileId:
    return next(covering(deps.catalog().collection("ortho-2024").extent, 14).tiles())


def capabilities(client: FlaskClient, address: str = DOCUMENT, **headers: str):
    answer = client.get(address, headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    return etree.fromstring(answer.data)


def names(element) -> list[str]:
    """The children's names in their order."""
    return [etree.QName(child).localname for child in element]


def pairs(tile: TileId, **changed: str | None) -> dict[str, str]:
    """A whole GetTile request; None leaves a parameter out."""
    whole = {
        "service": "WMTS", "request": "GetTile", "version": "1.0.0", "layer": "ortho-2024", "style": "default",
        "format": "image/png", "TileMatrixSet": "WebMercatorQuad", "TileMatrix": str(tile.z),
        "TileRow": str(tile.y), "TileCol": str(tile.x),
    }  # fmt: skip
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def get_tile(client: FlaskClient, tile: TileId, **changed: str | None):
    return client.get(f"/wmts?{urlencode(pairs(tile, **changed))}")


def address(tile: TileId, ending: str = "png", layer: str = "ortho-2024", style: str = "default") -> str:
    return f"/wmts/1.0.0/{layer}/{style}/WebMercatorQuad/{tile.z}/{tile.y}/{tile.x}.{ending}"


def exception(answer) -> tuple[int, str | None, str | None]:
    """The status, the code and the locator of a report."""
    assert answer.mimetype == "application/xml", answer.data
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    root = etree.fromstring(answer.data)
    assert (root.tag, root.get("version")) == (f"{{{NAMES['ows']}}}ExceptionReport", "1.0.0")
    (said,) = root
    assert said.findtext("ows:ExceptionText", namespaces=NAMES)
    return answer.status_code, said.get("exceptionCode"), said.get("locator")


def test_the_document_is_the_same_by_pairs_in_any_case_and_by_address(client: FlaskClient):
    by_address = client.get(DOCUMENT).data

    for query in (
        "SERVICE=WMTS&REQUEST=GetCapabilities",
        "service=WMTS&request=GetCapabilities&AcceptVersions=2.0.0,1.0.0&sections=All",
        "Service=WMTS&Request=GetCapabilities&VERSION=1.0.0&whatever=it+is",
    ):
        assert client.get(f"/wmts?{query}").data == by_address


def test_the_elements_stand_in_the_order_of_the_schema(client: FlaskClient):
    root = capabilities(client)

    assert root.tag == f"{{{NAMES['']}}}Capabilities"
    assert root.get("version") == "1.0.0"
    assert names(root) == [
        "ServiceIdentification", "ServiceProvider", "OperationsMetadata", "Contents", "ServiceMetadataURL",
    ]  # fmt: skip
    assert names(root[0]) == [
        "Title", "Abstract", "Keywords", "ServiceType", "ServiceTypeVersion", "Fees", "AccessConstraints",
    ]  # fmt: skip
    assert names(root[1]) == ["ProviderName", "ProviderSite", "ServiceContact"]
    layer, grid = root.find("Contents", NAMES)
    assert names(layer) == [
        "Title", "Abstract", "WGS84BoundingBox", "Identifier", "Metadata", "Style", *["Format"] * 3,
        "TileMatrixSetLink", *["ResourceURL"] * 3,
    ]  # fmt: skip
    assert names(grid)[:4] == ["Identifier", "SupportedCRS", "WellKnownScaleSet", "TileMatrix"]
    assert names(grid[3]) == [
        "Identifier", "ScaleDenominator", "TopLeftCorner", "TileWidth", "TileHeight", "MatrixWidth", "MatrixHeight",
    ]  # fmt: skip


def test_the_grid_is_the_well_known_one_down_to_the_deepest_picture(client: FlaskClient, deps: Deps):
    grid = capabilities(client).find("Contents/TileMatrixSet", NAMES)
    matrices = grid.findall("TileMatrix", NAMES)
    scales = [float(one.findtext("ScaleDenominator", namespaces=NAMES)) for one in matrices]
    deepest = deps.catalog().collection("ortho-2024").tiles.max_zoom

    assert [one.findtext("ows:Identifier", namespaces=NAMES) for one in matrices] == [*map(str, range(deepest + 1))]
    assert scales == pytest.approx([WIDEST_SCALE / 2**zoom for zoom in range(deepest + 1)], rel=1e-12)
    assert [int(one.findtext("MatrixWidth", namespaces=NAMES)) for one in matrices] == [
        2**zoom for zoom in range(deepest + 1)
    ]
    corner = matrices[0].findtext("TopLeftCorner", namespaces=NAMES).split()
    assert [*map(float, corner)] == pytest.approx([-20037508.342789, 20037508.342789], abs=1e-5)


def test_only_flights_are_layers_and_every_template_leads_to_a_tile(client: FlaskClient, inside: TileId):
    (layer,) = capabilities(client).findall("Contents/Layer", NAMES)
    values = {"TileMatrixSet": "WebMercatorQuad", "TileMatrix": inside.z, "TileRow": inside.y, "TileCol": inside.x}

    assert layer.findtext("ows:Identifier", namespaces=NAMES) == "ortho-2024"
    for resource in layer.findall("ResourceURL", NAMES):
        template = resource.get("template")
        assert template.startswith(f"{PUBLIC_URL}/wmts/1.0.0/")
        answer = client.get(template.removeprefix(PUBLIC_URL).format(**values))
        assert (answer.status_code, answer.mimetype) == (200, resource.get("format"))


def test_the_limits_are_those_of_the_tileset(client: FlaskClient):
    limits = [
        {etree.QName(part).localname: part.text for part in one}
        for one in capabilities(client).findall(".//TileMatrixLimits", NAMES)
    ]
    tileset = client.get("/ogc/collections/ortho-2024/tiles/WebMercatorQuad").json

    assert limits == [
        {name[0].upper() + name[1:]: str(value) for name, value in one.items()}
        for one in tileset["tileMatrixSetLimits"]
    ]


def test_the_operations_are_offered_both_ways_and_nothing_else_is(client: FlaskClient):
    operations = {
        one.get("name"): {
            get.findtext(".//ows:Value", namespaces=NAMES): get.get(f"{{{NAMES['xlink']}}}href")
            for get in one.iterfind(".//ows:Get", NAMES)
        }
        for one in capabilities(client).iterfind(".//ows:Operation", NAMES)
    }

    assert operations == {
        "GetCapabilities": {"KVP": f"{PUBLIC_URL}/wmts?", "RESTful": f"{PUBLIC_URL}{DOCUMENT}"},
        "GetTile": {"KVP": f"{PUBLIC_URL}/wmts?", "RESTful": f"{PUBLIC_URL}/wmts/1.0.0/"},
    }


@pytest.mark.parametrize(("headers", "query"), [({"Accept-Language": "en"}, ""), ({}, "?lang=en")])
def test_titles_follow_the_language(client: FlaskClient, headers: dict[str, str], query: str):
    polish, english = capabilities(client), capabilities(client, DOCUMENT + query, **headers)

    title = "ows:ServiceIdentification/ows:Title"
    assert polish.findtext(title, namespaces=NAMES) == "Geoportal Mikołowa: ortofotomapy"
    assert english.findtext(title, namespaces=NAMES) == "Geoportal of Mikołów: orthophotos"


def test_the_document_is_kept_until_a_flight_or_the_language_changes(fresh_deps: Deps):
    ours = make_app(fresh_deps).test_client()
    publish(fresh_deps, "ortho-2024", flight())
    held = ours.get(DOCUMENT)
    again = ours.get(DOCUMENT, headers={"If-None-Match": held.headers["ETag"]})
    publish(fresh_deps, "addresses", addresses(3))
    still = ours.get(DOCUMENT, headers={"If-None-Match": held.headers["ETag"]})
    english = ours.get(f"{DOCUMENT}?lang=en", headers={"If-None-Match": held.headers["ETag"]})
    publish(fresh_deps, "ortho-2024", flight())
    after = ours.get(DOCUMENT, headers={"If-None-Match": held.headers["ETag"]})

    assert [one.status_code for one in (held, again, still, english, after)] == [200, 304, 304, 200, 200]
    assert "Accept-Language" in again.headers["Vary"]


def test_a_town_without_flights_has_a_document_without_layers(fresh_deps: Deps):
    root = capabilities(make_app(fresh_deps).test_client())

    assert names(root.find("Contents", NAMES)) == ["TileMatrixSet"]


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


@pytest.mark.parametrize("operation", ["GetFeatureInfo", "getcapabilities", "GetMap"])
def test_another_operation_is_not_supported(client: FlaskClient, operation: str):
    answer = client.get(f"/wmts?service=WMTS&version=1.0.0&request={operation}")

    assert exception(answer) == (501, "OperationNotSupported", operation)


def test_a_client_of_other_versions_only_is_told_so(client: FlaskClient):
    answer = client.get("/wmts?service=WMTS&request=GetCapabilities&acceptversions=2.0.0,1.1.0")

    assert exception(answer) == (400, "VersionNegotiationFailed", "AcceptVersions")


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


def test_who_asks_for_a_wms_is_told_which_address_to_give(client: FlaskClient):
    answer = client.get("/wmts?SERVICE=WMS&REQUEST=GetCapabilities", headers={"Accept-Language": "en"})

    assert exception(answer) == (400, "InvalidParameterValue", "service")
    assert "/1.0.0/WMTSCapabilities.xml" in answer.text
    assert answer.headers["Content-Language"] == "en"
