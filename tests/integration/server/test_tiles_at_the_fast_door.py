"""Tiles at the fast door: made there, kept ready there, and never of a withdrawn edition."""

from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Semaphore

from told import told
from werkzeug.test import Client

from bench import forgetful
from geo.errors import Unavailable
from geo.layers import service, tile
from server import app
from server import door as front_door
from tests.patience import until


def test_the_fast_door_answers_without_the_slow_one(doors, monkeypatch):
    fast, slow, address = doors
    slow.get(address)
    monkeypatch.setattr(fast.application.doors, "behind", None)

    assert fast.get(address).status_code == 200


def test_a_tile_that_nobody_asked_for_yet_is_made_at_the_fast_door(doors, monkeypatch):
    fast, slow, address = doors
    with monkeypatch.context() as alone:
        alone.setattr(fast.application.doors, "behind", None)
        made = fast.get(address)

    kept = slow.get(address)

    assert (made.status_code, made.data) == (kept.status_code, kept.data) == (200, made.data)
    assert told(made) == told(kept)


def test_a_tile_that_lies_ready_is_sent_in_the_form_of_each_client(doors):
    fast, slow, address = doors
    slow.get(address)
    tag = slow.get(address, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    clients = (
        {}, {"Accept-Encoding": "gzip, br"}, {"Accept-Encoding": "br"}, {"If-None-Match": tag},
        {"Accept-Encoding": "gzip", "If-None-Match": tag},
        {"Accept-Encoding": "gzip", "If-None-Match": f'W/"x", {tag}'},
        {"Accept-Encoding": "gzip", "If-None-Match": "*"},
    )  # fmt: skip

    for headers in (*clients, *reversed(clients)):
        quick, thorough = fast.get(address, headers=headers), slow.get(address, headers=headers)
        head = fast.head(address, headers=headers)

        assert (quick.status_code, quick.data) == (thorough.status_code, thorough.data), headers
        assert (head.status_code, head.data) == (quick.status_code, b""), headers
        assert told(quick) == told(thorough) == told(head), headers


def test_what_lies_ready_is_not_sent_once_another_edition_is_public(doors, load, publish, tmp_path):
    fast, slow, address = doors
    packed = {"Accept-Encoding": "gzip"}
    slow.get(address)
    assert [fast.get(address, headers=packed).status_code for _ in range(2)] == [200, 200]
    path = tmp_path / "roads.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("Lipowa", "Nowa"), encoding="utf-8")
    load(path, "roads")
    publish("roads")
    # Whoever asks for features tells the process what is public.
    slow.get("/ogc/collections/roads/items")

    answer = fast.get(address, headers=packed)

    assert (answer.status_code, answer.data) == (307, b"")
    assert answer.headers["Location"] != address


def test_who_is_asked_for_nothing_but_tiles_learns_of_a_publication_and_of_a_rollback(
    doors, deps, load, publish, road_file, monkeypatch
):
    monkeypatch.setattr(front_door, "LOOK_EVERY_S", 0)
    fast, _, first = doors
    packed = {"Accept-Encoding": "gzip"}
    assert [fast.get(first, headers=packed).status_code for _ in range(2)] == [200, 200]

    road_file.write_text(road_file.read_text(encoding="utf-8").replace("Lipowa", "Nowa"), encoding="utf-8")
    load(road_file, "roads")
    publish("roads")
    older = fast.get(first, headers=packed)
    second = older.headers["Location"]
    newer = [fast.get(second, headers=packed) for _ in range(2)]
    with deps.database.transaction() as connection:
        service.rollback(connection, deps.registry, "roads")
    withdrawn, again = (fast.get(address, headers=packed) for address in (second, first))

    assert (older.status_code, [answer.status_code for answer in newer]) == (307, [200, 200])
    assert (withdrawn.status_code, withdrawn.headers["Location"]) == (307, first)
    assert again.status_code == 200


def test_for_tiles_alone_the_database_is_asked_once_a_second_at_most_and_need_not_answer(doors, monkeypatch):
    fast, _, address = doors
    front, asked = fast.application.doors, []
    fast.get(address)

    def fail():
        asked.append(address)
        raise Unavailable

    monkeypatch.setattr(front.catalog, "recent", fail)
    monkeypatch.setattr(front, "_look_s", 0.0)
    # For these requests time stands still.
    monkeypatch.setattr(front_door, "LOOK_EVERY_S", 3600)
    answers = [fast.get(address).status_code for _ in range(20)]

    assert answers == [200] * 20
    assert len(asked) == 1


def test_two_who_ask_for_one_tile_have_it_made_once_and_no_more_are_made_than_there_is_room_for(doors, monkeypatch):
    fast, slow, address = doors
    turns, (kept, missing) = fast.application.doors.tiles.turns, neighbours(address)
    slow.get(kept)
    made, began, let_go = [], Semaphore(0), Event()
    make = tile.make

    def slowly(*asked):
        made.append(asked)
        began.release()
        assert let_go.wait(30)
        return make(*asked)

    monkeypatch.setattr(tile, "make", slowly)
    # One is made, one waits.
    monkeypatch.setattr(turns, "_places", BoundedSemaphore(2))
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(fast.get, address)]
        assert began.acquire(timeout=30)
        both.append(threads.submit(fast.get, address))
        until(lambda: not turns._places._value)
        refused, ready = fast.get(missing), fast.get(kept)
        let_go.set()
        answers = [one.result(30) for one in both]

    assert (refused.status_code, refused.headers["Retry-After"], ready.status_code) == (503, "2", 200)
    assert [(answer.status_code, answer.data) for answer in answers] == [(200, answers[0].data)] * 2
    assert len(made) == 1
    assert fast.get(missing).status_code == 200


def neighbours(address: str) -> list[str]:
    """The two tiles over a tile, the larger first."""
    *before, z, x, y = address.split("/")
    return ["/".join([*before, str(int(z) - up), str(int(x) >> up), str(int(y) >> up)]) for up in (2, 1)]


def test_where_the_benchmark_asks_first_no_memory_finds_a_tile(deps, database, doors, monkeypatch):
    for module, name in ((app, "TileCache"), (front_door, "READY_BYTES")):
        monkeypatch.setattr(module, name, getattr(module, name))
    forgetful.forget()
    made, make = [], tile.make
    monkeypatch.setattr(tile, "make", lambda *asked: made.append(asked) or make(*asked))
    fast = Client(app.create(deps.settings, deps.registry, database.owner, database.public))

    for headers in ({}, {"Accept-Encoding": "gzip"}):
        assert [fast.get(doors[2], headers=headers).status_code for _ in range(3)] == [200] * 3
    fast.application.doors.tiles.deps.close()

    assert len(made) == 6


def test_tiles_that_lie_ready_have_a_limit_that_no_client_moves(doors):
    fast, slow, address = doors
    slow.get(address)

    for number in range(50):
        padding = ", ".join(f"x{number}-{part}" for part in range(300))
        assert fast.get(address, headers={"Accept-Encoding": f"gzip, {padding}"}).status_code == 200
        assert fast.get(address, headers={"Accept-Encoding": padding}).status_code == 200
        assert fast.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": padding}).status_code == 200

    assert list(fast.application.doors._ready._values) == [address]


def test_another_way_of_writing_a_tile_is_answered_and_not_kept_once_more(doors):
    fast, slow, address = doors
    packed = {"Accept-Encoding": "gzip"}
    whole = fast.get(address, headers=packed)
    *before, zoom, x, y = address.split("/")

    for written in ((f"0{zoom}", x, y), (zoom, f"00{x}", y), (zoom, x, f"0{y}")):
        odd = "/".join([*before, *written])
        answers = [door.get(odd, headers=packed) for door in (fast, slow)]

        assert [(answer.status_code, answer.data) for answer in answers] == [(200, whole.data)] * 2, odd

    assert list(fast.application.doors._ready._values) == [address]


def test_an_unpacked_tile_is_unpacked_once(doors, monkeypatch):
    fast, slow, address = doors
    slow.get(address, headers={"Accept-Encoding": "gzip"})
    first = fast.get(address)
    monkeypatch.setattr("gzip.decompress", None)

    assert [door.get(address).data for door in (fast, fast)] == [first.data] * 2
