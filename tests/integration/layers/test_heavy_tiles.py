"""Dense data never make a heavy tile: they are thinned, in rounds that hold no connection."""

from contextlib import contextmanager

import pytest
from tiles_of_tests import MIDDLE, dense, drawn, in_tile

from geo import deadline
from geo.errors import Unavailable
from geo.layers import tile
from geo.layers.tile import HEAVIEST_GZIPPED
from geo.tile_cache import TileCache
from geo.tiles import TileId, packed


@pytest.mark.parametrize(
    ("layer", "kind", "count"),
    [("addresses", "point", 60_000), ("buildings", "equal", 20_000), ("parcels", "round", 20_000)],
)
def test_dense_data_never_make_a_heavy_tile_and_are_thinned_evenly(edition, make, layer, kind, count):
    collection = edition(layer, dense(kind, count))

    body = make(collection, MIDDLE)

    features = drawn(body)
    assert len(body) <= HEAVIEST_GZIPPED
    assert len(features) > 2000
    quarters = [0] * 16
    for feature in features:
        x = sum(p[0] for p in feature.positions) / len(feature.positions)
        y = sum(p[1] for p in feature.positions) / len(feature.positions)
        quarters[min(3, max(0, int(x // 1024))) * 4 + min(3, max(0, int(y // 1024)))] += 1
    mean = len(features) / 16
    assert all(0.8 * mean < n < 1.2 * mean for n in quarters), quarters


def test_a_few_enormous_outlines_do_not_make_a_heavy_tile_either(edition, make):
    box = MIDDLE.bounds
    side = box.right - box.left
    # Forty stars of ten thousand points, each as large as the tile.
    star = (
        f"ST_MakePoint({box.left + side / 2} + cos(k / 5000.0 * pi()) * {side / 2} * (0.2 + 0.8 * random()),"
        f" {box.bottom + side / 2} + sin(k / 5000.0 * pi()) * {side / 2} * (0.2 + 0.8 * random()))"
    )
    ring = f"(SELECT ST_MakeLine({star} ORDER BY k) FROM generate_series(0, 9999) AS k WHERE n > 0)"
    collection = edition(
        "roads",
        f"SELECT n, 'f' || n AS id, ST_Transform(ST_Multi(ST_SetSRID({ring}, 3857)), 4326) AS geom"
        " FROM generate_series(1, 40) AS n",
    )

    body = make(collection, MIDDLE)

    assert len(body) <= HEAVIEST_GZIPPED
    assert drawn(body)


def test_a_tile_that_nothing_makes_light_is_sent_and_logged(edition, make, monkeypatch, caplog):
    monkeypatch.setattr(tile, "HEAVIEST_GZIPPED", 50)
    collection = edition("addresses", dense("point", 500))

    body = make(collection, MIDDLE)

    assert drawn(body)
    (record,) = [record for record in caplog.records if record.message == "heavy tile"]
    assert (record.collection, record.tile, record.bytes) == ("addresses", MIDDLE, len(body))


def test_points_among_lines_survive_the_thinning(edition, make):
    line = f"ST_MakeLine({in_tile(0.1, 0.1)}, {in_tile(0.9, 0.9)})"
    collection = edition(
        "streets", f"SELECT 1 AS n, 'a' AS id, {in_tile(0.5, 0.2)} AS geom UNION ALL SELECT 2, 'b', {line}"
    )

    for zoom in range(collection.tiles.min_zoom, 14):
        shift = 13 - zoom
        kinds = {f.kind for f in drawn(make(collection, TileId(zoom, MIDDLE.x >> shift, MIDDLE.y >> shift)))}

        assert kinds == {"point", "line"}, zoom


def test_no_connection_is_held_while_a_tile_is_compressed_nor_asked_for_when_it_is_kept(
    deps, edition, tmp_path, monkeypatch
):
    collection = edition("addresses", f"SELECT 1 AS n, 'a' AS id, {in_tile(0.5, 0.5)} AS geom")
    cache, lent, compressed = TileCache(tmp_path / "tiles"), [], []

    @contextmanager
    def lend():
        with deps.database.public() as connection:
            lent.append(connection)
            yield connection
            lent.append(None)

    monkeypatch.setattr(tile, "packed", lambda body: compressed.append(lent[-1]) or packed(body))
    made = tile.tile(lend, cache, collection, MIDDLE)
    asked = len(lent)
    kept = tile.tile(lend, cache, collection, MIDDLE)

    assert compressed == [None]
    assert (kept, len(lent), asked) == (made, 2, 2)


def test_a_tile_whose_time_ended_between_two_rounds_of_thinning_goes_on_where_it_stopped(
    deps, edition, tmp_path, monkeypatch
):
    monkeypatch.setattr(tile, "HEAVIEST_GZIPPED", 2500)
    collection = edition("addresses", dense("point", 2000))
    cells, query = [], tile._query
    monkeypatch.setattr(tile, "_query", lambda *asked: cells.append(asked[-1]) or query(*asked))
    whole = tile.make(deps.database.public, TileCache(tmp_path / "whole"), collection, MIDDLE)
    needed = cells.copy()
    cells.clear()
    cache = TileCache(tmp_path / "tiles")

    @contextmanager
    def lend():
        # The first of two rounds has all the time, the second none.
        with deadline.within(0 if len(cells) % 2 == 0 else 60), deps.database.public() as connection:
            yield connection

    made, failed = None, 0
    while made is None and failed < 10:
        try:
            made = tile.tile(lend, cache, collection, MIDDLE)
        except Unavailable:
            failed += 1

    assert len(needed) > 2
    assert failed > 1
    # What had no time is asked again, what was too heavy is not.
    assert list(dict.fromkeys(cells)) == needed
    assert len(cells) == len(needed) + failed
    assert made == whole == cache.get("addresses", collection.version, MIDDLE, "mvt")
