"""QGIS as Debian ships it adds the town: every layer listed, read whole, in its place, and drawn."""

import io

import numpy as np
import pytest
import shapely
from PIL import Image

from geo.http import palette
from geo.tiles import TileId
from tests.clients.conftest import VECTOR_TILES, Session, Truth
from tests.running import Installation

MILLIMETRE = 0.001
# Metres of a degree of longitude at 50 degrees north, and of a degree of latitude.
DEGREE_M = np.array([71_700.0, 111_300.0])
WHITE = (255, 255, 255)
COLLECTIONS = [
    "boundary", "districts", "parcels", "buildings", "roads", "streets", "addresses", "localities", "ortho-2019",
    "ortho-2024",
]  # fmt: skip


def test_the_browser_lists_every_collection_under_one_connection(qgis: Session, truth: Truth) -> None:
    listed = [item["uri"].split("typename='")[1].split("'")[0] for item in qgis.found["listed"]["WFS"]]

    assert listed == list(truth.deps.catalog().collections) == COLLECTIONS


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_feature_is_read_and_lies_where_the_database_has_it(qgis: Session, truth: Truth, collection: str) -> None:
    known, layer = truth.deps.catalog().collection(collection), qgis.found["collections"][collection]
    expected = truth.features(collection)
    read = {name: shapely.from_wkb(wkb) if wkb else None for name, wkb in layer["features"].items()}

    assert (layer["valid"], layer["crs"], layer["count"]) == (True, "EPSG:4326", known.count)
    assert read.keys() == expected.keys()
    assert set(layer["fields"]) == {"id", *(field.name for field in known.type.fields)} - {""}
    for name, geometry in read.items():
        truly = expected[name]
        # QGIS 3.22 gives a layer the first type that it meets, and streets are lines and squares.
        if geometry is None:
            assert truly is None or collection == "streets"
            continue
        apart = (shapely.get_coordinates(geometry) - shapely.get_coordinates(truly)) * DEGREE_M
        assert np.abs(apart).max() <= MILLIMETRE, name


def test_features_are_drawn_where_they_are_and_nowhere_else(qgis: Session, truth: Truth) -> None:
    view = shapely.box(*qgis.view)
    buildings = shapely.union_all(truth.on_the_map("buildings"))
    inside = [part.representative_point() for part in buildings.intersection(view).geoms if part.area > 30]
    empty = [place for place in grid(qgis) if buildings.distance(place) > 3]

    assert len(inside) > 10
    assert len(empty) > 10
    assert {qgis.colour_at("features", place) for place in inside} == {(255, 0, 255)}
    assert {qgis.colour_at("features", place) for place in empty} == {WHITE}
    assert qgis.found["drawing errors"] == []


def test_the_flights_are_listed_in_every_format(qgis: Session) -> None:
    pictures = qgis.found["pictures"]

    assert len(pictures) == 6
    assert all(picture == {"valid": True, "crs": "EPSG:3857"} for picture in pictures.values())


@pytest.mark.parametrize("ending", ["png", "webp", "jpeg"])
def test_the_orthophoto_by_wmts_is_drawn_pixel_by_pixel(qgis: Session, geoportal: Installation, ending: str) -> None:
    drawn, tiles = qgis.picture(f"ortho-{ending}"), qgis.tiles
    served = np.vstack(
        [
            np.hstack([fetched(geoportal, TileId(tiles.z, x, y), ending) for x in range(tiles.min_x, tiles.max_x + 1)])
            for y in range(tiles.min_y, tiles.max_y + 1)
        ]
    )

    apart = np.abs(drawn.astype(int) - served)

    # Two programs decode JPEG and WebP by a shade or two apart; one pixel's shift would be tens.
    assert apart.mean() < 1.0
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 1000


@pytest.mark.parametrize("collection", VECTOR_TILES)
def test_vector_tiles_come_with_their_style(qgis: Session, collection: str) -> None:
    assert qgis.found["vector tiles"][collection] == {"valid": True, "styled": True, "message": ""}


def test_vector_tiles_are_drawn_in_the_colours_of_the_map(qgis: Session, truth: Truth) -> None:
    view = shapely.box(*qgis.view)
    colours = {name: rgb(value) for name, value in palette.colours("light").items()}
    homes = [one.representative_point() for one in truth.on_the_map("buildings") if view.contains(one)]
    roads = [one.interpolate(0.5, normalized=True) for one in lines(truth.on_the_map("roads"), view)]

    of_homes = [qgis.colour_at("tiles-buildings", place) for place in homes]
    of_roads = [qgis.colour_at("tiles-roads", place) for place in roads]

    assert len(homes) > 10
    assert set(of_homes) <= {colours[name] for name in ("home", "public", "works")}
    assert colours["home"] in of_homes
    assert len(roads) > 3
    assert WHITE not in of_roads or colours["road"] == WHITE
    assert len(np.unique(qgis.picture("tiles-roads").reshape(-1, 3), axis=0)) > 2


def fetched(geoportal: Installation, tile: TileId, ending: str) -> np.ndarray:
    address = f"/wmts/1.0.0/ortho-2024/default/WebMercatorQuad/{tile.z}/{tile.y}/{tile.x}.{ending}"
    status, _, body = geoportal.get(address)
    assert status == 200
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)


def grid(qgis: Session) -> list[shapely.Point]:
    """Places all over the view."""
    left, bottom, right, top = qgis.view
    steps = np.linspace(0.02, 0.98, 25)
    return [shapely.Point(left + x * (right - left), bottom + y * (top - bottom)) for x in steps for y in steps]


def lines(geometries: list[shapely.Geometry], view: shapely.Polygon) -> list[shapely.Geometry]:
    """The single lines inside a view."""
    return [line for one in geometries for line in shapely.get_parts(one.intersection(view)) if line.length > 20]


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))
