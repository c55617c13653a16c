"""Two doors, one app: an answer never depends on the door."""

import gc
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Semaphore

import pytest
from werkzeug.test import Client

from bench import forgetful
from geo import editions
from geo.errors import Unavailable
from geo.layers import service, tile
from geo.ogc.items import Plan
from geo.tiles import covering
from server import app
from server import door as front_door


@pytest.fixture
def doors(deps, whole):
    """The fast door, the slow one, and the address of a tile of a published layer."""
    collection = deps.catalog().collection("roads")
    tile = next(covering(collection.extent, 12).tiles())
    return Client(whole), Client(whole.doors.behind), f"/tiles/roads/{collection.version}/12/{tile.x}/{tile.y}"


def told(answer) -> list[tuple[str, str]]:
    """All headers but the time."""
    return sorted((name.lower(), value) for name, value in answer.headers if name.lower() != "date")


@pytest.mark.parametrize(
    ("headers", "encoding"),
    [
        ({}, None),
        ({"Accept-Encoding": "gzip, deflate, br, zstd"}, "gzip"),
        ({"Accept-Encoding": "*"}, "gzip"),
        ({"Accept-Encoding": "identity"}, None),
        ({"Accept-Encoding": "gzip;q=0"}, None),
        ({"Accept-Encoding": "gzip; q=0.0, *"}, None),
        ({"If-None-Match": '"another"'}, None),
    ],
)
def test_both_doors_give_the_same_tile(doors, headers, encoding):
    fast, slow, address = doors
    slow.get(address)

    quick, thorough = fast.get(address, headers=headers), slow.get(address, headers=headers)

    assert quick.status_code == thorough.status_code == 200
    assert quick.headers.get("Content-Encoding") == thorough.headers.get("Content-Encoding") == encoding
    assert quick.data == thorough.data
    assert told(quick) == told(thorough)


# How an If-None-Match may be written around a tag, and whether its client holds what the tag names.
HELD = (
    ("{tag}", True),
    ("W/{tag}", True),
    ('"other", W/"another" ,{tag}', True),
    ('"with,comma",,{tag},', True),
    ("{bare}", False),
    ("{bare}, other", False),
    ("w/{tag}", False),
    ('"x-{bare}"', False),
    ('"{bare}-x"', False),
    ("other {tag}", False),
    ("{tag} other", False),
    ('"', False),
    ("", False),
)


def test_clients_that_hold_the_tile_or_the_page_are_told_so_at_both_doors_however_they_write_it(doors, items):
    fast, slow, tile = doors
    for address in (tile, items[2], f"{items[2]}?limit=1&properties=nazwa"):
        tag = slow.get(address).headers["ETag"]
        assert fast.get(address).headers["ETag"] == tag

        for written, held in HELD:
            known = {"If-None-Match": written.format(tag=tag, bare=tag[1:-1])}
            quick, thorough = (door.get(address, headers=known) for door in (fast, slow))

            assert quick.status_code == thorough.status_code == (304 if held else 200), (address, known)
            assert quick.data == thorough.data, (address, known)
            assert told(quick) == told(thorough), (address, known)


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

    assert answer.status_code == 307
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
        while turns._places._value:
            pass
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


def test_a_parameter_of_a_tile_is_refused_at_both_doors_by_its_name(doors):
    fast, slow, address = doors
    slow.get(address)

    answers = [door.get(f"{address}?x=1") for door in (fast, slow)]

    assert [(answer.status_code, answer.json["parameter"]) for answer in answers] == [(400, "x"), (400, "x")]


def test_an_old_version_leads_to_the_new_address(doors):
    fast, _, address = doors
    parts = address.split("/")
    parts[3] = "0-abcdef"

    answer = fast.get("/".join(parts))

    assert answer.status_code == 307
    assert answer.headers["Location"] == address
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_old_version_leads_to_the_new_address_behind_a_path_of_a_proxy(doors, deps, database):
    _, _, address = doors
    behind = deps.settings.model_copy(update={"public_url": None, "trusted_proxies": ("127.0.0.1",)})
    client = Client(app.create(behind, deps.registry, database.owner, database.public))
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.example", "X-Forwarded-Prefix": "/mapa"}
    version = address.split("/")[3]

    answer = client.get(
        address.replace(version, "0-abcdef"), headers=forwarded, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    )

    assert answer.headers["Location"] == f"/mapa{address}"


@pytest.mark.parametrize(
    "tile", ["12/0/0", "99/0/0", "3/8/0", "12/x/1", "-1/0/0", "12/1.5/1", "12/²/1", f"12/{'9' * 400}/1"]
)
def test_what_is_no_tile_is_not_found_at_either_address(doors, tile):
    fast, _, address = doors
    base = "/".join(address.split("/")[:4])
    z, x, y = tile.split("/")

    answers = [fast.get(f"{base}/{tile}"), fast.get(f"/ogc/collections/roads/tiles/WebMercatorQuad/{z}/{y}/{x}")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all(answer.headers["Content-Type"].startswith("application/problem+json") for answer in answers)


@pytest.fixture
def items(doors):
    """The fast door, the slow one, and the address of the features of a published layer."""
    fast, slow, _ = doors
    # Whoever asks first tells the process what is published.
    slow.get("/ogc/collections/roads/items")
    return fast, slow, "/ogc/collections/roads/items"


QUERIES = (
    "", "limit=1", "f=json", "lang=en&limit=5", "offset=1", "offset=9", "bbox=18.8,50.1,19,50.3", "bbox=1,1,2,2",
    "crs=http://www.opengis.net/def/crs/EPSG/0/2177", "properties=nazwa&skipGeometry=true", "sortby=-nazwa",
    "nazwa=Lipowa", "filter=nazwa%20LIKE%20%27L%25%27", "resultType=hits", "f=html", "id=1&f=json", "filter=1/0%3D1",
)  # fmt: skip
WRONG = (
    "limit=0", "x=1", "limit=1&limit=2", "f=xml", "lang=de", "after=7.1", "bbox=1", "%00=1", "nazwa=%FF", "%FE=1",
    "nazwa=%C5",
)  # fmt: skip


def test_both_doors_give_the_same_page_of_features(items):
    fast, slow, address = items

    for query in (*QUERIES, *WRONG):
        quick, thorough = fast.get(f"{address}?{query}"), slow.get(f"{address}?{query}")

        assert quick.status_code == thorough.status_code == (400 if query in WRONG else 200), query
        assert quick.data == thorough.data, query
        assert told(quick) == told(thorough), query


def test_a_value_that_is_no_text_is_refused_by_its_parameter_at_both_doors(items):
    fast, slow, address = items

    for path, query in (
        (address, "limit=1&nazwa=%FFLipowa"), (address, "limit=1&nazwa=\xff"), ("/api/search", "q=a&nazwa=%C5"),
    ):  # fmt: skip
        sent = {"environ_overrides": {"QUERY_STRING": query}, "headers": {"Accept-Language": "en"}}
        answers = [door.get(path, **sent) for door in (fast, slow)]

        assert [(answer.status_code, answer.json["parameter"]) for answer in answers] == [(400, "nazwa")] * 2, query
        assert all("UTF-8" in answer.json["detail"] for answer in answers)
    # Links from elsewhere carry parameters in whatever encoding.
    assert [door.get("/?utm_source=%B3").status_code for door in (fast, slow)] == [200, 200]


def test_both_doors_negotiate_a_page_of_features_alike(items):
    fast, slow, address = items
    for accept in (None, "*/*", "application/json", "text/html", "application/geo+json;q=0, */*", "image/png"):
        for encoding in (None, "gzip, deflate, br, zstd", "gzip;q=0", "identity", "br"):
            asked = {"Accept": accept, "Accept-Encoding": encoding}
            headers = {name: value for name, value in asked.items() if value is not None}

            quick, thorough = (door.get(f"{address}?properties=nazwa", headers=headers) for door in (fast, slow))
            again = fast.get(f"{address}?properties=nazwa", headers=headers)

            assert quick.status_code == again.status_code == thorough.status_code, asked
            assert quick.data == again.data == thorough.data, asked
            assert told(quick) == told(again) == told(thorough), asked


def test_a_client_that_holds_the_page_is_told_so_at_both_doors(items):
    fast, slow, address = items
    tag = slow.get(address).headers["ETag"]

    answers = [door.get(address, headers={"If-None-Match": tag}) for door in (fast, slow)]
    others = [door.get(address, headers={"If-None-Match": "*"}) for door in (fast, slow)]
    wrong = [door.get(address, headers={"If-None-Match": '"another", *'}) for door in (fast, slow)]

    assert [(answer.status_code, answer.data) for answer in answers] == [(304, b""), (304, b"")]
    assert told(answers[0]) == told(answers[1])
    # Any answer that there is: RFC 9110, 13.1.2.
    assert [(answer.status_code, answer.data) for answer in others] == [(304, b""), (304, b"")]
    assert told(others[0]) == told(others[1])
    assert [answer.status_code for answer in wrong] == [200, 200]


def test_whoever_wants_nothing_that_there_is_gets_304_of_it_alone(doors, items):
    fast, slow, tile = doors
    any_answer = {"If-None-Match": "*"}
    for address in (
        tile, items[2], f"{items[2]}/1", f"{items[2]}?f=html", f"{items[2]}?f=csv", "/ogc", "/ogc/collections",
        "/ogc/openapi", "/styles/town.json", "/tiles/roads.json", "/api/search?q=Lipowa", "/",
    ):  # fmt: skip
        for door in (fast, slow):
            answer, whole = door.get(address, headers=any_answer), door.get(address)

            assert (answer.status_code, answer.data, whole.status_code) == (304, b"", 200), address
            assert {name: answer.headers.get(name) for name in ("ETag", "Cache-Control", "Vary")} == {
                name: whole.headers.get(name) for name in ("ETag", "Cache-Control", "Vary")
            }, address
    for address in (f"{items[2]}/nothing", f"{items[2]}?limit=0", "/ogc/collections/nothing"):
        assert [door.get(address, headers=any_answer).status_code for door in (fast, slow)] == [
            door.get(address).status_code for door in (fast, slow)
        ]


def test_the_fast_door_answers_pages_of_features_without_the_slow_one(items, monkeypatch):
    fast, _, address = items
    tag = fast.get(address).headers["ETag"]
    monkeypatch.setattr(fast.application.doors, "behind", None)

    assert fast.get(f"{address}?limit=1").status_code == 200
    assert fast.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_new_edition_is_served_by_the_next_request_at_the_fast_door(items, load, publish, road_file):
    fast, _, address = items
    before = fast.get(address)
    held = {"If-None-Match": before.headers["ETag"]}
    features = json.loads(road_file.read_text(encoding="utf-8"))
    for name in ("Nowa", "Nowsza"):
        features["features"][0]["properties"]["nazwa"] = name
        road_file.write_text(json.dumps(features), encoding="utf-8")
        load(road_file, "roads")
        publish("roads")

        after = fast.get(address, headers=held)

        assert after.status_code == 200
        assert [feature["properties"]["nazwa"] for feature in after.json["features"]] == [name]


def test_a_page_asked_again_comes_from_memory_unless_the_client_will_not_have_it(items, deps, monkeypatch):
    fast, _, address = items
    first = fast.get(address)
    read = []
    plan_read = Plan.read
    monkeypatch.setattr(Plan, "read", lambda plan, connection: read.append(plan) or plan_read(plan, connection))
    with deps.database.transaction() as connection:
        # Another layer's publication moves the revision and changes nothing here.
        editions.announce(connection)

    again, held = fast.get(address), fast.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert not read
    anew = fast.get(address, headers={"Cache-Control": "no-cache"})

    assert (again.data, told(again)) == (anew.data, told(anew)) == (first.data, told(first))
    assert (held.status_code, len(read)) == (304, 1)


def test_what_a_client_writes_into_its_headers_takes_no_memory_of_ours(items):
    fast, _, address = items
    fast.get(address)
    quick = fast.application.doors.pages

    for number in range(40):
        padding = ",".join(f"x/y{number}-{part}" for part in range(300))
        headers = {"Accept": f"*/*,{padding}", "Accept-Encoding": f"gzip,{padding}"}
        assert fast.get(address, headers=headers).status_code == 200

    assert len(quick._pages._values) <= 2
    assert all(len(str(part)) < 300 for key in quick._pages._values for part in key)


def test_pages_in_memory_weigh_no_more_than_is_said_of_them(items):
    fast, _, address = items
    quick = fast.application.doors.pages
    name = "ulica" * 150
    for kind in (f"nazwa={name}", f"filter=nazwa='{name}'"):
        fast.get(f"{address}?{kind}")
        before = quick._pages._size
        tracemalloc.start()
        for number in range(60):
            asked = kind.replace(name, f"{name}{number}")
            assert fast.get(f"{address}?{asked}").status_code == 200
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        # The statements' own memory beside it, which has a limit of its own.
        assert held < quick._pages._size - before + (2 << 20), kind


def test_what_the_database_refuses_is_asked_of_it_once(items, monkeypatch):
    fast, _, address = items
    read = []
    plan_read = Plan.read
    monkeypatch.setattr(Plan, "read", lambda plan, connection: read.append(plan) or plan_read(plan, connection))

    answer = fast.get(f"{address}?filter=10%20%5E%20999%20%5E%209%20%3E%201")

    assert (answer.status_code, answer.json["parameter"]) == (400, "filter")
    assert len(read) == 1


def test_links_follow_a_trusted_proxy_at_both_doors(items, deps, database):
    _, _, address = items
    behind = deps.settings.model_copy(update={"public_url": None, "trusted_proxies": ("127.0.0.1",)})
    fast = app.create(behind, deps.registry, database.owner, database.public)
    Client(fast).get("/readyz")
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.example", "X-Forwarded-Prefix": "/mapa"}

    for client, root in (("127.0.0.1", "https://gis.example/mapa"), ("10.0.0.9", behind.base_url)):
        quick, thorough = (
            Client(door).get(address, headers=forwarded, environ_base={"REMOTE_ADDR": client})
            for door in (fast, fast.doors.behind)
        )

        assert quick.json["links"][0]["href"] == f"{root}{address}"
        assert told(quick) == told(thorough)
