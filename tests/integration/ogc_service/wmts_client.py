"""WMTS 1.0.0 as its clients ask it and read it."""

from urllib.parse import urlencode

from flask.testing import FlaskClient
from lxml import etree

from geo.tiles import TileId

NAMES = {
    "": "http://www.opengis.net/wmts/1.0",
    "ows": "http://www.opengis.net/ows/1.1",
    "xlink": "http://www.w3.org/1999/xlink",
}


DOCUMENT = "/wmts/1.0.0/WMTSCapabilities.xml"


def capabilities(client: FlaskClient, address: str = DOCUMENT, **headers: str):
    answer = client.get(address, headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    return etree.fromstring(answer.data)


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
