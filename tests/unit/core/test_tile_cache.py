import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lmdb
import pytest

from geo.tile_cache import TileCache, tile_key
from geo.tiles import TileId

TILE = TileId(12, 2263, 1385)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tiles"


def put_from_another_process(folder, start):
    cache = TileCache(folder)
    for number in range(start, start + 100):
        cache.put("parcels", "3-abc", TileId(14, number, 7), "mvt", str(number).encode())


def test_a_tile_is_found_again_under_its_own_key_only(folder):
    cache = TileCache(folder)

    cache.put("parcels", "3-abc", TILE, "mvt", b"tile")

    assert cache.get("parcels", "3-abc", TILE, "mvt") == b"tile"
    assert cache.get("parcels", "4-abc", TILE, "mvt") is None
    assert cache.get("parcels", "3-abc", TILE, "png") is None
    assert cache.get("parcels", "3-abc", TileId(12, 1385, 2263), "mvt") is None


def test_a_tile_outlives_the_process_that_put_it(folder):
    cache = TileCache(folder)
    cache.put("parcels", "3-abc", TILE, "mvt", b"tile")
    cache.close()

    assert TileCache(folder).get("parcels", "3-abc", TILE, "mvt") == b"tile"


def test_an_empty_tile_is_a_tile(folder):
    TileCache(folder).put("parcels", "3-abc", TILE, "mvt", b"")
    cache = TileCache(folder)

    assert cache.get("parcels", "3-abc", TILE, "mvt") == b""


def test_processes_and_threads_write_into_one_cache(folder):
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=put_from_another_process, args=(folder, start)) for start in (0, 100)]
    for other in others:
        other.start()
    cache = TileCache(folder)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: cache.put("parcels", "3-abc", TileId(14, n, 7), "mvt", b"%d" % n), range(200, 300)))
    for other in others:
        other.join(60)

    assert [cache.get("parcels", "3-abc", TileId(14, n, 7), "mvt") for n in range(300)] == [
        str(n).encode() for n in range(300)
    ]


def test_forgetting_keeps_the_named_versions_and_other_collections(folder):
    cache = TileCache(folder)
    for version in ("1-a", "2-a", "3-a"):
        for x in range(1500):
            cache.put("parcels", version, TileId(14, x, 7), "mvt", b"x")
    cache.put("parcels-old", "1-a", TILE, "mvt", b"x")

    gone = cache.forget("parcels", {"2-a"})

    assert gone == 3000
    assert cache.get("parcels", "1-a", TileId(14, 3, 7), "mvt") is None
    assert cache.get("parcels", "3-a", TileId(14, 1499, 7), "mvt") is None
    assert cache.get("parcels", "2-a", TileId(14, 3, 7), "mvt") == b"x"
    assert cache.get("parcels-old", "1-a", TILE, "mvt") == b"x"


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 1000, None])
def test_a_broken_file_is_replaced_and_the_cache_starts_anew(folder, damage):
    cache = TileCache(folder)
    for x in range(200):
        cache.put("parcels", "3-abc", TileId(14, x, 7), "mvt", bytes(5000))
    cache.close()
    file = folder / "data.mdb"
    file.write_bytes(file.read_bytes()[:8192] if damage is None else damage)
    cache = TileCache(folder)

    assert cache.get("parcels", "3-abc", TileId(14, 3, 7), "mvt") is None
    cache.put("parcels", "3-abc", TILE, "mvt", b"tile")

    cache.close()
    assert TileCache(folder).get("parcels", "3-abc", TILE, "mvt") == b"tile"


def heavy_tiles(count):
    """Tiles as they are: gzipped, of several pages, no two alike. LMDB fills a file of some size only with these."""
    return ((TileId(14, x, 7), random.Random(x).randbytes(9000)) for x in range(count))  # noqa: S311 - no secret


@pytest.mark.parametrize("megabytes", [1, 16])
def test_a_full_cache_starts_anew_and_keeps_what_comes_then(folder, megabytes):
    cache = TileCache(folder, map_bytes=megabytes << 20)
    # Three times what it holds.
    tiles = dict(heavy_tiles(megabytes * 3 * 90))

    for tile_id, content in tiles.items():
        cache.put("parcels", "3-abc", tile_id, "mvt", content)

    kept = {tile_id: cache.get("parcels", "3-abc", tile_id, "mvt") for tile_id in tiles}
    assert kept[TileId(14, 0, 7)] is None
    assert {kept[tile_id] for tile_id in [*tiles][-10:]} == {tiles[tile_id] for tile_id in [*tiles][-10:]}
    assert (folder / "data.mdb").stat().st_size <= megabytes << 20
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiles", "tiles.lock"]


def fill(environment) -> bool:
    """Put tiles until one finds no room."""
    for tile_id, content in heavy_tiles(10_000):
        try:
            with environment.begin(write=True) as transaction:
                transaction.put(tile_key("parcels", "3-abc", tile_id, "mvt"), content)
        except lmdb.MapFullError:
            return True
    return False


def test_a_full_cache_that_cannot_be_replaced_costs_no_answer(folder, monkeypatch):
    cache = TileCache(folder, map_bytes=1 << 20)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refuse)
    for tile_id, content in heavy_tiles(200):
        cache.put("parcels", "3-abc", tile_id, "mvt", content)

    assert cache.get("parcels", "3-abc", TileId(14, 199, 7), "mvt") is None


def test_a_full_cache_can_forget(folder):
    cache = TileCache(folder, map_bytes=16 << 20)
    with lmdb.open(str(folder), map_size=16 << 20, sync=False) as environment:
        filled = fill(environment)

    cache.forget("parcels", {"4-abc"})

    assert filled
    cache.put("parcels", "4-abc", TILE, "mvt", b"tile")
    assert cache.get("parcels", "4-abc", TILE, "mvt") == b"tile"


def test_a_folder_that_cannot_be_made_costs_the_cache_but_no_answer(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cache = TileCache(tmp_path / "file" / "tiles")

    cache.put("parcels", "3-abc", TILE, "mvt", b"tile")

    assert cache.get("parcels", "3-abc", TILE, "mvt") is None


def test_two_caches_of_one_process_share_one_folder(folder):
    one, two = TileCache(folder), TileCache(folder)

    one.put("parcels", "3-abc", TILE, "mvt", b"tile")

    assert two.get("parcels", "3-abc", TILE, "mvt") == b"tile"
    one.close()
    two.put("parcels", "4-abc", TILE, "mvt", b"newer")
    assert one.get("parcels", "4-abc", TILE, "mvt") == b"newer"


def test_a_folder_that_cannot_be_opened_for_the_moment_is_left_as_it_is(folder, monkeypatch):
    cache = TileCache(folder)
    cache.put("parcels", "3-abc", TILE, "mvt", b"tile")
    cache.close()

    def refuse(*_: object, **__: object) -> None:
        raise lmdb.LockError

    with monkeypatch.context() as patch:
        patch.setattr(lmdb, "open", refuse)
        lost = cache.get("parcels", "3-abc", TILE, "mvt")

    assert lost is None
    assert cache.get("parcels", "3-abc", TILE, "mvt") == b"tile"


def test_a_forked_child_opens_the_folder_for_itself(folder):
    cache = TileCache(folder)
    cache.put("parcels", "3-abc", TILE, "mvt", b"tile")
    child = multiprocessing.get_context("fork").Process(
        target=cache.put, args=("parcels", "4-abc", TILE, "mvt", b"child")
    )

    child.start()
    child.join(60)

    assert child.exitcode == 0
    assert cache.get("parcels", "4-abc", TILE, "mvt") == b"child"
