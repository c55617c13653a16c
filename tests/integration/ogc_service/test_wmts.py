"""The document of WMTS 1.0.0: its order, its grid, its limits, and which operations it offers."""

import pytest
from flask.testing import FlaskClient
from lxml import etree
from publishing import PUBLIC_URL, addresses, flight, make_app, publish
from wmts_client import DOCUMENT, NAMES, capabilities, exception

from geo.deps import Deps
from geo.tiles import TileId

# 2π · 6378137 m / 256 / 0.28 mm, as the well-known scale set GoogleMapsCompatible has it (OGC 07-057r7, annex E.4).
WIDEST_SCALE = 559082264.0287178


def names(element) -> list[str]:
    """The children's names in their order."""
    return [etree.QName(child).localname for child in element]


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


@pytest.mark.parametrize("operation", ["GetFeatureInfo", "getcapabilities", "GetMap"])
def test_another_operation_is_not_supported(client: FlaskClient, operation: str):
    answer = client.get(f"/wmts?service=WMTS&version=1.0.0&request={operation}")

    assert exception(answer) == (501, "OperationNotSupported", operation)


def test_a_client_of_other_versions_only_is_told_so(client: FlaskClient):
    answer = client.get("/wmts?service=WMTS&request=GetCapabilities&acceptversions=2.0.0,1.1.0")

    assert exception(answer) == (400, "VersionNegotiationFailed", "AcceptVersions")


def test_who_asks_for_a_wms_is_told_which_address_to_give(client: FlaskClient):
    answer = client.get("/wmts?SERVICE=WMS&REQUEST=GetCapabilities", headers={"Accept-Language": "en"})

    assert exception(answer) == (400, "InvalidParameterValue", "service")
    assert "/1.0.0/WMTSCapabilities.xml" in answer.text
    assert answer.headers["Content-Language"] == "en"
