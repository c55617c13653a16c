"""When everything is taken: 503 with a time to come back, ready tiles all the same; no memory for big bodies."""

import io
import json
from contextlib import ExitStack

import pytest
from werkzeug.test import Client

from geo import db
from geo.http.limits import LARGEST_BODY
from geo.tiles import covering
from server import app
from server.guard import Guard

ITEMS = "/ogc/collections/roads/items"


@pytest.fixture
def whole(deps, database, load, publish, tmp_path):
    """The application with one published layer."""
    road = {
        "type": "Feature",
        "properties": {"id": "1", "kategoria": "gminna", "zarzadca": "Urząd", "nazwa": "Lipowa"},
        "geometry": {"type": "LineString", "coordinates": [[18.90, 50.17], [18.91, 50.18]]},
    }
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [road]}), encoding="utf-8")
    load(path, "roads")
    publish("roads")
    made = app.create(deps.settings, deps.registry, database.owner, database.public)
    yield made
    made.tiles.deps.close()


def test_with_every_connection_held_we_say_when_to_come_back_and_give_the_tiles_that_lie_ready(whole):
    client, held = Client(whole), whole.tiles.deps
    collection = held.catalog().collection("roads")
    tile = next(covering(collection.extent, 12).tiles())
    ready = f"/tiles/roads/{collection.version}/12/{tile.x}/{tile.y}"
    assert client.get(ready).status_code == 200

    with ExitStack() as stack:
        for _ in range(db.POOL_SIZE):
            stack.enter_context(held.database.public())
        # Nobody comes free: the waiting can be short.
        held.database._public.timeout = 0.02
        answers = {path: client.get(path) for path in (ITEMS, "/ogc", "/api/search?q=Lipowa", "/", ready, "/healthz")}
        held.database._public.timeout = db.WAIT_S
    after = client.get(ITEMS)

    assert {path: answer.status_code for path, answer in answers.items()} == {
        ITEMS: 503, "/ogc": 503, "/api/search?q=Lipowa": 503, "/": 503, ready: 200, "/healthz": 200
    }  # fmt: skip
    for path in (ITEMS, "/ogc", "/api/search?q=Lipowa"):
        assert answers[path].json["code"] == "unavailable"
        assert int(answers[path].headers["Retry-After"]) > 0
        assert answers[path].headers["Cache-Control"] == "no-store"
        assert answers[path].headers["Access-Control-Allow-Origin"] == "*"
    assert after.status_code == 200


def test_the_guard_says_that_we_are_busy_as_every_other_problem_is_said(whole):
    client = Client(Guard(whole, whole.behind, at_once=1, waiting=1, patience_s=0))
    streaming = client.application._slots
    streaming.acquire()

    refused = client.get(f"{ITEMS}?filter=nazwa='Lipowa'")
    page = client.get(f"{ITEMS}?filter=nazwa='Lipowa'", headers={"Accept": "text/html"})
    quick = client.get(ITEMS)
    streaming.release()

    assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
    assert refused.headers["Retry-After"]
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert quick.status_code == 200
    assert client.get(f"{ITEMS}?filter=nazwa='Lipowa'").status_code == 200


@pytest.mark.parametrize("path", [ITEMS, "/ogc", "/", "/nothing"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(whole, path):
    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError

    answer = Client(whole).post(
        path, environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(LARGEST_BODY + 1)}
    )

    assert answer.status_code == 413
    assert answer.json["status"] == 413


def test_no_statement_of_the_public_role_runs_longer_than_a_reader_waits(whole):
    with whole.tiles.deps.database.public() as connection:
        shown = connection.execute("SELECT setting::int, unit FROM pg_settings WHERE name = 'statement_timeout'")

        # Waiting, a page and its count stay under ten seconds.
        assert shown.fetchone() == (5000, "ms")
