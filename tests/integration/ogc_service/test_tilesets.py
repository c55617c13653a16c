"""Tilesets of collections and of the town: their lists, their limits, and a tile for every place in them."""

import gzip

import pytest
from flask.testing import FlaskClient
from publishing import PUBLIC_URL

from geo.tiles import TileId

VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
MAP = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map"
TOWN = "/ogc/tiles/WebMercatorQuad"
# What java.net sends, and with it the conformance suite.
JAVA = {"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}
LISTS = {"/ogc": VECTOR, "/ogc/collections/addresses": VECTOR, "/ogc/collections/ortho-2024": MAP}
TILESETS = [TOWN, *(f"/ogc/collections/{name}/tiles/WebMercatorQuad" for name in ("parcels", "ortho-2024"))]
PLAIN = b"\x1a\x00 vector"


@pytest.mark.parametrize(("home", "relation"), LISTS.items())
def test_a_list_of_tilesets_is_linked_and_has_what_the_standard_demands(client: FlaskClient, home: str, relation: str):
    links = [link for link in client.get(home).json["links"] if link["rel"] == relation]
    listed = client.get(links[0]["href"].removeprefix(PUBLIC_URL))

    assert links[0]["type"] == "application/json"
    assert [link["type"] for link in links] == ["application/json", "text/html"][: 1 if home == "/ogc" else 2]
    assert all("/tiles?" in link["href"] for link in links)
    assert listed.status_code == 200
    for tileset in listed.json["tilesets"]:
        assert tileset["tileMatrixSetURI"].endswith("/tilematrixset/OGC/1.0/WebMercatorQuad")
        assert tileset["dataType"] == ("vector" if relation == VECTOR else "map")
        assert tileset["crs"].endswith("/EPSG/0/3857")
        for link in tileset["links"]:
            own = client.get(link["href"].removeprefix(PUBLIC_URL), headers={"Accept": "application/json"}).json
            assert own["tileMatrixSetURI"] == tileset["tileMatrixSetURI"]
            assert any("{tileMatrix}/{tileRow}/{tileCol}" in one["href"] for one in own["links"])


@pytest.mark.parametrize("tileset", TILESETS)
def test_every_tile_within_the_limits_is_200_and_every_other_404(client: FlaskClient, tileset: str):
    document = client.get(tileset).json
    template = next(link["href"] for link in document["links"] if link["rel"] == "item").removeprefix(PUBLIC_URL)
    assert {"{tileMatrix}", "{tileRow}", "{tileCol}"} <= {
        f"{{{part.split('}')[0]}}}" for part in template.split("{")[1:]
    }

    def status(matrix: object, row: object, column: object) -> int:
        values = {"{tileMatrix}": matrix, "{tileRow}": row, "{tileCol}": column}
        address = template
        for name, value in values.items():
            address = address.replace(name, str(value))
        return client.get(address, headers=JAVA).status_code

    assert document["tileMatrixSetLimits"]
    for one in document["tileMatrixSetLimits"][:4]:
        rows, columns = (range(one[f"minTile{kind}"], one[f"maxTile{kind}"] + 1) for kind in ("Row", "Col"))
        matrix = one["tileMatrix"]
        assert {status(matrix, row, column) for row in rows for column in columns} == {200}
        assert status(matrix, rows[0] - 1, columns[0]) == status(matrix, rows[0], columns[-1] + 1) == 404
        assert status(matrix, 2**31 - 1, 2**31 - 1) == 404
    assert status(99, 0, 0) == status("word", 0, 0) == status(-1, 0, 0) == status(13, "0.5", 0) == 404


def test_the_grid_is_linked_as_the_standard_and_as_the_suite_have_it(client: FlaskClient):
    links = client.get("/ogc/tileMatrixSets").json["tileMatrixSets"][0]["links"]

    assert {link["rel"] for link in links} == {"self", "item"}
    assert all("WebMercatorQuad" in link["href"] for link in links)


def test_operations_on_tiles_have_the_names_of_the_standard(client: FlaskClient):
    paths = client.get("/ogc/openapi").json["paths"]
    named = {path: item["get"]["operationId"] for path, item in paths.items() if "/tiles" in path}

    assert named["/tiles"] == "dataset.vector.getTileSetsList"
    assert named["/collections/parcels/tiles/{tileMatrixSetId}"] == "parcels.collection.vector.getTileSet"
    assert all(name.endswith((".getTileSetsList", ".getTileSet", ".getTile")) for name in named.values())


def test_a_tile_of_the_town_is_the_tiles_of_its_collections_one_after_another(client: FlaskClient):
    place = TileId(14, 9052, 5543)
    address = f"{TOWN}/{place.z}/{place.y}/{place.x}"

    everything = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    one = client.get(f"{address}?collections=addresses")
    known = client.get(address, headers={"If-None-Match": everything.headers["ETag"]})

    assert everything.content_type == "application/vnd.mapbox-vector-tile"
    assert everything.data == PLAIN * 2
    assert gzip.decompress(packed.data) == everything.data
    assert one.data == PLAIN
    assert known.status_code == 304
    assert len({answer.headers["ETag"] for answer in (everything, packed, one)}) == 3


@pytest.mark.parametrize("name", ["nothing", "ortho-2024", "", "addresses,,parcels"])
def test_a_collection_without_vector_tiles_is_named(client: FlaskClient, name: str):
    answer = client.get(f"{TOWN}/14/5543/9052", query_string={"collections": name})

    assert (answer.status_code, answer.json["parameter"]) == (400, "collections")


def test_the_towns_tileset_has_the_layers_and_the_box_of_all(client: FlaskClient):
    document = client.get(TOWN).json
    grid = next(link["href"] for link in document["links"] if link["rel"].endswith("tiling-scheme"))

    assert {layer["id"] for layer in document["layers"]} >= {"addresses", "parcels"}
    assert "ortho-2024" not in {layer["id"] for layer in document["layers"]}
    west, south = document["boundingBox"]["lowerLeft"]
    assert west < 18.85
    assert south < 50.17
    assert client.get(grid.removeprefix(PUBLIC_URL)).json["uri"].endswith("WebMercatorQuad")
