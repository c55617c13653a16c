"""Two doors, one app: an answer never depends on the door."""

import json

import pytest
from werkzeug.test import Client

from geo.tiles import covering
from server import app

SAME = ("ETag", "Cache-Control", "Content-Type", "Content-Encoding", "Content-Length", "Vary")


@pytest.fixture
def doors(deps, database, load, publish, tmp_path):
    """The fast door, the slow one, and the address of a tile of a published layer."""
    road = {
        "type": "Feature",
        "properties": {"id": "1", "kategoria": "gminna", "zarzadca": "Urząd", "nazwa": "Lipowa"},
        "geometry": {"type": "LineString", "coordinates": [[18.90, 50.17], [18.91, 50.18]]},
    }
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [road]}), encoding="utf-8")
    load(path, "roads")
    publish("roads")
    fast = app.create(deps.settings, deps.registry, database.owner, database.public)
    collection = deps.catalog().collection("roads")
    tile = next(covering(collection.extent, 12).tiles())
    return Client(fast), Client(fast.behind), f"/tiles/roads/{collection.version}/12/{tile.x}/{tile.y}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept-Encoding": "gzip, deflate, br, zstd"},
        {"Accept-Encoding": "identity"},
        {"Accept-Encoding": "gzip;q=0"},
        {"If-None-Match": '"another"'},
        {"If-None-Match": "*"},
    ],
)
def test_both_doors_give_the_same_tile(doors, headers):
    fast, slow, address = doors
    slow.get(address)

    quick, thorough = fast.get(address, headers=headers), slow.get(address, headers=headers)

    assert quick.status_code == thorough.status_code
    assert quick.data == thorough.data
    assert {n: quick.headers.get(n) for n in SAME} == {n: thorough.headers.get(n) for n in SAME}


def test_a_client_that_holds_the_tile_is_told_so_at_both_doors(doors):
    fast, slow, address = doors
    tag = slow.get(address).headers["ETag"]

    answers = [door.get(address, headers={"If-None-Match": tag}) for door in (fast, slow)]

    assert [(answer.status_code, answer.data) for answer in answers] == [(304, b""), (304, b"")]


def test_the_fast_door_answers_without_the_slow_one(doors, monkeypatch):
    fast, slow, address = doors
    slow.get(address)
    monkeypatch.setattr(fast.application, "behind", None)

    assert fast.get(address).status_code == 200


def test_an_old_version_leads_to_the_new_address(doors, deps):
    fast, _, address = doors
    parts = address.split("/")
    parts[3] = "0-abcdef"

    answer = fast.get("/".join(parts))

    assert answer.status_code == 307
    assert answer.headers["Location"] == deps.settings.base_url + address
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("tile", "status"),
    [("12/0/0", 404), ("99/0/0", 404), ("12/x/1", 400), ("-1/0/0", 400), ("12/1.5/1", 400), ("12/²/1", 400)],
)
def test_what_is_no_tile_is_a_problem_and_never_a_fault(doors, tile, status):
    fast, _, address = doors
    base = "/".join(address.split("/")[:4])

    answer = fast.get(f"{base}/{tile}")

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
