"""Pages of features at the fast door: answered there, kept there, within limits that no client moves."""

import gc
import json
import tracemalloc

from told import told

from geo import editions
from geo.ogc.items import Plan


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
