"""Vector tiles from PostGIS, read as a client reads them."""

import gzip
import json
import math
import subprocess
import sys

import pytest
from tiles_of_tests import MIDDLE, dense, drawn, in_tile

from geo import jobs
from geo.layers import tile
from geo.tile_cache import TileCache
from geo.tiles import MVT_BUFFER, MVT_EXTENT, TileId, TileNotFound, covering
from server import worker
from tests.fixtures.mvt import decode

READ_BY_GDAL = """
import json, sys, pyogrio
meta, fids, geometry, fields = pyogrio.raw.read("MVT:" + sys.argv[1], return_fids=True)
print(json.dumps([meta["geometry_type"], list(meta["fields"]), len(geometry)]))
"""


def test_a_tile_holds_the_features_with_their_numbers_and_the_attributes_of_its_zoom(edition, make, rows):
    collection = edition(
        "addresses",
        f"SELECT 1 AS n, 'a' AS id, {in_tile(0.25, 0.5)} AS geom UNION ALL SELECT 2, 'b', {in_tile(0.75, 0.5)}",
    )
    numbers = dict(rows(f"SELECT id, fid FROM layers.{collection.table}"))

    coarse = drawn(make(collection, MIDDLE))
    deep = MIDDLE.x * 8 + 2, MIDDLE.y * 8 + 4
    fine = drawn(make(collection, TileId(16, *deep)))

    assert {(f.id, f.kind, f.positions[0]) for f in coarse} == {
        (numbers["a"], "point", (1024, 2048)),
        (numbers["b"], "point", (3072, 2048)),
    }
    assert [f.properties for f in coarse] == [{}, {}]
    assert [(f.id, f.properties) for f in fine] == [(numbers["a"], {"numer_porzadkowy": "a"})]


def test_each_zoom_of_each_layer_carries_exactly_what_the_registry_gives_it(deps, edition, make):
    for layer in ("parcels", "buildings", "roads"):
        entry = deps.registry.layers[layer]
        area = f"ST_Multi(ST_Buffer({in_tile(0.5, 0.5)}, 0.002))"
        shape = area if entry.geometry == "polygon" else f"ST_Multi(ST_Boundary({area}))"
        collection = edition(layer, f"SELECT 1 AS n, 'x' AS id, {shape} AS geom")
        for zoom in range(entry.tiles.min_zoom, entry.tiles.max_zoom + 1):
            by_zoom = entry.tiles.attributes
            named = by_zoom[max(z for z in by_zoom if z <= zoom)]
            drawn_at_all = 0

            for tile_id in covering(collection.extent, zoom).tiles():
                body = gzip.decompress(make(collection, tile_id))
                features = decode(body)[0].features if body else []

                # Numbers were left empty, and MVT leaves out what is empty.
                texts = {name for name in named if entry.fields[name].type == "text"}
                assert all(set(f.properties) == texts for f in features), (layer, zoom)
                drawn_at_all += len(features)

            assert drawn_at_all, (layer, zoom)


def test_points_of_neighbours_within_the_margin_are_there_and_no_others(edition, make):
    margin = MVT_BUFFER / MVT_EXTENT
    near, far = margin * 0.9, margin * 1.1
    shares = [(-near, 0.5), (1 + near, 0.5), (0.5, -near), (0.5, 1 + near), (-far, 0.5), (0.5, 1 + far)]
    collection = edition(
        "addresses",
        " UNION ALL ".join(
            f"SELECT {n} AS n, 'p{n}' AS id, {in_tile(*share)} AS geom" for n, share in enumerate(shares)
        ),
    )

    assert {f.positions[0] for f in drawn(make(collection, MIDDLE))} == {
        (round(x * MVT_EXTENT), round(y * MVT_EXTENT)) for x, y in shares[:4]
    }


def test_inside_the_limits_an_empty_tile_is_valid_and_outside_there_is_none(deps, edition, tmp_path):
    collection = edition(
        "addresses",
        f"SELECT 1 AS n, 'a' AS id, {in_tile(0.5, 0.5)} AS geom UNION ALL SELECT 2, 'b', {in_tile(5.5, 5.5)}",
    )
    cache = TileCache(tmp_path / "tiles")
    inside, outside = TileId(13, MIDDLE.x + 3, MIDDLE.y), TileId(13, MIDDLE.x - 1, MIDDLE.y)

    lend = deps.database.public
    empty = [tile.tile(lend, cache, collection, inside) for _ in range(2)]
    with pytest.raises(TileNotFound):
        tile.tile(lend, cache, collection, outside)
    with pytest.raises(TileNotFound):
        tile.tile(lend, cache, collection, TileId(collection.tiles.max_zoom + 1, 0, 0))

    assert [gzip.decompress(body) for body in empty] == [b"", b""]


def test_equal_tiles_are_equal_bytes(edition, make):
    collection = edition("addresses", dense("point", 30_000))

    assert make(collection, MIDDLE) == make(collection, MIDDLE)
    above = TileId(MIDDLE.z - 1, MIDDLE.x // 2, MIDDLE.y // 2)
    assert make(collection, above) == make(collection, above)


def test_multi_geometries_keep_all_their_parts(edition, make):
    squares = [f"ST_Expand({in_tile(x, 0.5)}, 0.0005)" for x in (0.2, 0.8)]
    collection = edition("buildings", f"SELECT 1 AS n, 'm' AS id, ST_Collect({', '.join(squares)}) AS geom")
    lines = [f"ST_MakeLine({in_tile(x, 0.2)}, {in_tile(x, 0.8)})" for x in (0.2, 0.8)]
    roads = edition("roads", f"SELECT 1 AS n, 'm' AS id, ST_Collect({', '.join(lines)}) AS geom")

    (building,), (road,) = drawn(make(collection, MIDDLE)), drawn(make(roads, MIDDLE))

    assert (building.kind, len(building.parts)) == ("polygon", 2)
    assert (road.kind, len(road.parts)) == ("line", 2)


def box_of(west: float, north: float, east: float, south: float) -> str:
    """SQL of a rectangle, by shares of the tile in the middle."""
    return f"ST_Multi(ST_Envelope(ST_Collect({in_tile(west, north)}, {in_tile(east, south)}))) AS geom"


def label_points(body: bytes) -> list:
    """The features of a tile's layer of label points."""
    return [
        feature
        for layer in decode(gzip.decompress(body))
        if layer.name == "districts-labels"
        for feature in layer.features
    ]


def test_an_area_across_many_tiles_has_one_label_point_inside_it(edition, make):
    # Over nine tiles; its middle lies on the seam between two of them.
    districts = edition("districts", f"SELECT 1 AS n, 'a' AS id, {box_of(-1.5, -1.5, 1.5, 2.5)}")

    around = [TileId(13, MIDDLE.x + dx, MIDDLE.y + dy) for dx in (-2, -1, 0, 1) for dy in (-2, -1, 0, 1, 2)]
    bodies = {tile_id: make(districts, tile_id) for tile_id in around}

    found = [(tile_id, feature) for tile_id, body in bodies.items() for feature in label_points(body)]
    ((tile_id, feature),) = found
    ((x, y),) = feature.positions
    assert (feature.kind, feature.properties) == ("point", {"id_obrebu": "a", "nazwa": "a"})
    assert 0 <= x < MVT_EXTENT
    assert 0 <= y < MVT_EXTENT
    assert tile_id in {MIDDLE, TileId(13, MIDDLE.x - 1, MIDDLE.y)}
    outlines = [
        tile_id
        for tile_id, body in bodies.items()
        for layer in decode(gzip.decompress(body))
        if layer.name == "districts"
    ]
    assert len(outlines) >= 9


def test_a_collection_without_label_points_has_one_layer_of_tiles(edition, make):
    parcels = edition("parcels", f"SELECT 1 AS n, 'a' AS id, {box_of(0.2, 0.2, 0.8, 0.8)}")

    assert [layer.name for layer in decode(gzip.decompress(make(parcels, MIDDLE)))] == ["parcels"]


def test_gdal_reads_the_same_tile(edition, make, tmp_path):
    collection = edition("addresses", dense("point", 50))
    path = tmp_path / "tile.mvt"
    body = make(collection, MIDDLE)
    path.write_bytes(gzip.decompress(body))

    read = subprocess.run([sys.executable, "-c", READ_BY_GDAL, path], capture_output=True, text=True, check=True)

    assert json.loads(read.stdout) == ["Point", ["mvt_id"], len(drawn(body))]


def test_a_new_edition_has_new_addresses_and_the_worker_warms_it_and_forgets_the_old(deps, edition):
    # Without memory of its own: what is found is what other processes find.
    cache = TileCache(deps.settings.data_dir / "tiles")
    handlers = worker.handlers(deps, cache)
    slash = f"ST_Multi(ST_MakeLine({in_tile(0, 1)}, {in_tile(1, 0)}))"
    backslash = f"ST_Multi(ST_MakeLine({in_tile(0, 0)}, {in_tile(1, 1)}))"

    first = edition("roads", f"SELECT 1 AS n, 'a' AS id, {slash} AS geom", search=True)
    run_until_idle(deps, handlers)
    warm = kept(cache, first)
    deep = next(t for t in tile.warming(first) if t.z == 12)
    was = cache.get("roads", first.version, deep, "mvt")
    second = edition("roads", f"SELECT 1 AS n, 'a' AS id, {backslash} AS geom", search=True)
    run_until_idle(deps, handlers)

    assert first.version != second.version
    assert len(warm) > 5
    assert None not in warm
    assert None not in kept(cache, second)
    assert cache.get("roads", second.version, deep, "mvt") != was
    assert set(kept(cache, first)) == {None}


def kept(cache, collection) -> list[bytes | None]:
    """The tiles that are to be warm, None for what the cache has not."""
    return [cache.get(collection.id, collection.version, tile_id, "mvt") for tile_id in tile.warming(collection)]


def run_until_idle(deps, handlers) -> None:
    app = jobs.app(deps.database.dsn, handlers, {})
    with app.open():
        app.run_worker(wait=False, install_signal_handlers=False)


@pytest.mark.parametrize(("layer", "kind"), [("addresses", "point"), ("buildings", "equal")])
def test_neighbouring_numbers_are_near_each_other_on_the_ground(edition, rows, layer, kind):
    collection = edition(layer, dense(kind, 4000))

    ((steps, pairs),) = rows(
        "SELECT avg(ST_Distance(a.p, b.p)), (SELECT avg(ST_Distance(c.p, d.p))"
        f" FROM (SELECT fid, ST_Centroid(geom_3857) AS p FROM layers.{collection.table}) c"
        f" JOIN (SELECT fid, ST_Centroid(geom_3857) AS p FROM layers.{collection.table}) d"
        "  ON d.fid = (c.fid * 7919) % 4000 + 1)"
        f" FROM (SELECT fid, ST_Centroid(geom_3857) AS p FROM layers.{collection.table}) a"
        f" JOIN (SELECT fid, ST_Centroid(geom_3857) AS p FROM layers.{collection.table}) b ON b.fid = a.fid + 1"
    )

    assert steps < pairs / 10
    assert math.isfinite(pairs)
