"""TileJSON, the style and the tilesets of a running town: they agree, and the tiles that they name are there."""

import gzip
import json
import shutil
import subprocess

import mercantile
import pytest

from tests.fixtures.mvt import decode
from tests.running import ROOT

VALIDATOR = ROOT / "web/node_modules/@maplibre/maplibre-gl-style-spec/dist/gl-style-validate.mjs"
PICTURES = {b"RIFF": "image/webp", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@pytest.fixture(scope="module")
def ask(geoportal):
    """Gets JSON from an address of the geoportal, absolute or not."""

    def ask_(address: str):
        status, _, body = geoportal.get(address.removeprefix(geoportal.url))
        assert status == 200, (address, body)
        return json.loads(body)

    return ask_


@pytest.fixture(scope="module")
def collections(ask):
    return {one["id"]: one for one in ask("/ogc/collections?f=json")["collections"]}


def address_of(template: str, lng: float, lat: float, zoom: int) -> str:
    found = mercantile.tile(lng, lat, zoom)
    return template.format(z=found.z, x=found.x, y=found.y)


def test_each_tilejson_agrees_with_its_tileset_and_has_a_tile_in_its_middle(geoportal, ask, collections):
    assert len(collections) >= 10
    for name in collections:
        document = ask(f"/tiles/{name}.json")
        tileset = ask(f"/ogc/collections/{name}/tiles/WebMercatorQuad?f=json")
        zooms = [int(limit["tileMatrix"]) for limit in tileset["tileMatrixSetLimits"]]
        box = tileset["boundingBox"]

        assert document["tilejson"] == "3.0.0"
        assert (document["minzoom"], document["maxzoom"]) == (min(zooms), max(zooms)), name
        assert zooms == list(range(min(zooms), max(zooms) + 1))
        assert document["bounds"] == [*box["lowerLeft"], *box["upperRight"]]
        lng, lat, zoom = document["center"]
        assert document["minzoom"] <= zoom <= document["maxzoom"]
        for deep in {document["minzoom"], zoom, document["maxzoom"]}:
            status, headers, body = geoportal.get(
                address_of(document["tiles"][0], lng, lat, deep).removeprefix(geoportal.url), Accept_Encoding="gzip"
            )
            assert status == 200, (name, deep)
            if document["vector_layers"]:
                assert headers["content-type"] == "application/vnd.mapbox-vector-tile"
                known = {layer["id"]: set(layer["fields"]) for layer in document["vector_layers"]}
                assert list(known) == [layer["id"] for layer in tileset["layers"]]
                plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
                for layer in decode(plain):
                    assert set().union(*(f.properties for f in layer.features)) <= known[layer.name]
            else:
                kind = next(kind for magic, kind in PICTURES.items() if body.startswith(magic))
                assert kind == headers["content-type"]


def test_the_corners_of_the_limits_answer_and_what_is_beyond_does_not(geoportal, ask, collections):
    for name in collections:
        tileset = ask(f"/ogc/collections/{name}/tiles/WebMercatorQuad?f=json")
        for limit in (tileset["tileMatrixSetLimits"][0], tileset["tileMatrixSetLimits"][-1]):
            home = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{limit['tileMatrix']}"
            west, east = limit["minTileCol"], limit["maxTileCol"]
            north, south = limit["minTileRow"], limit["maxTileRow"]

            inside = [geoportal.get(f"{home}/{row}/{column}")[0] for row in (north, south) for column in (west, east)]
            outside = [
                geoportal.get(f"{home}/{row}/{column}")[0] for row, column in ((south + 1, west), (north, east + 1))
            ]

            assert inside == [200] * 4, (name, limit)
            assert outside == [404] * 2, (name, limit)


@pytest.mark.parametrize("asked", ["/styles/town.json", "/styles/town.json?theme=dark"])
def test_the_style_names_only_what_is_there(geoportal, ask, collections, asked):
    document = ask(asked)
    drawn = {source["url"].rsplit("/", 1)[-1].removesuffix(".json") if "url" in source else name
             for name, source in document["sources"].items() if source["type"] != "geojson"}  # fmt: skip

    assert document["version"] == 8
    assert drawn == set(collections)
    for name, source in document["sources"].items():
        if source["type"] == "geojson":
            continue
        content = ask(source["url"]) if "url" in source else source
        west, south, east, north = content["bounds"]
        zoom = min(max(12, content["minzoom"]), content["maxzoom"])
        tile = address_of(content["tiles"][0], (west + east) / 2, (south + north) / 2, zoom)
        assert tile.startswith(geoportal.url)
        assert geoportal.get(tile.removeprefix(geoportal.url))[0] == 200, name
    sources = {layer["source"] for layer in document["layers"] if "source" in layer}
    assert sources <= set(document["sources"])
    assert json.dumps(document).count("http") == json.dumps(document).count(geoportal.url)


def test_the_served_style_obeys_the_specification(ask, tmp_path):
    node = shutil.which("node")
    assert node, "Node is not installed: run make web."
    assert VALIDATOR.is_file(), "The validator of the style specification is not installed: run make web."
    path = tmp_path / "style.json"
    path.write_text(json.dumps(ask("/styles/town.json")), encoding="utf-8")

    checked = subprocess.run([node, VALIDATOR, path], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout) == (0, "")
