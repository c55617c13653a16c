"""Downloads are prepared with each publication and exchanged as a whole."""

import json
import shutil
import time

import pytest
from downloading import client_of
from flask.testing import FlaskClient
from publishing import parcels, publish
from werkzeug.test import TestResponse

from geo import editions, jobs
from geo.catalog import Catalog
from geo.deps import Deps
from geo.downloads import shelf as downloads_shelf
from geo.downloads.shelf import Shelf
from geo.layers import service as layers
from geo.ogc.formats import making
from geo.tile_cache import TileCache
from server import doctor_database, worker
from server.database import Addresses
from server.diagnosis import Verdict


@pytest.fixture
def shelf(fresh_deps: Deps) -> Shelf:
    return downloads_shelf.at(fresh_deps.settings.data_dir)


@pytest.fixture
def client(fresh_deps: Deps) -> FlaskClient:
    return client_of(fresh_deps)


@pytest.fixture
def prepare(fresh_deps: Deps, tmp_path):
    """What the worker does for a layer."""
    handlers = worker.handlers(fresh_deps, TileCache(tmp_path / "tiles"))
    return lambda layer: handlers[layers.DOWNLOADS_JOB](layer=layer)


@pytest.fixture
def ready(fresh_deps: Deps, prepare) -> Catalog:
    """Parcels, published and prepared."""
    publish(fresh_deps, "parcels", parcels())
    prepare("parcels")
    return fresh_deps.catalog()


def test_what_is_put_again_is_never_half_there(ready: Catalog, shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    known = ready.collection("parcels")
    offered = shelf.of(known)
    removed = []
    monkeypatch.setattr(downloads_shelf.shutil, "rmtree", lambda *_, **__: removed.append(shelf.is_current(known)))

    with shelf.making() as folder:
        for file in offered.files:
            shutil.copy(shelf.path(offered, offered.name(file)), folder)
        shelf.put(folder, offered)

    # Whenever something is removed, the whole download stands in its place.
    assert removed
    assert all(removed)


@pytest.mark.usefixtures("ready")
def test_the_files_before_are_offered_until_the_new_ones_are_ready_and_then_go(
    fresh_deps: Deps, shelf: Shelf, client: FlaskClient, prepare
):
    publish(fresh_deps, "parcels", parcels()[:2])
    meanwhile = client.get("/downloads/parcels").json
    old = client.get("/downloads/parcels.geojson")
    held = client.get("/ogc/collections/parcels").headers["ETag"]

    prepare("parcels")

    after = client.get("/downloads/parcels").json
    assert (meanwhile["edition"], meanwhile["features"], len(json.loads(old.data)["features"])) == (1, 4, 4)
    assert (after["edition"], after["features"]) == (2, 2)
    new = client.get("/downloads/parcels.geojson", headers={"If-None-Match": old.headers["ETag"]})
    assert (new.status_code, len(json.loads(new.data)["features"])) == (200, 2)
    assert [path.name for path in (shelf.folder / "parcels").iterdir()] == [
        shelf.of(fresh_deps.catalog().collection("parcels")).key
    ]
    # The collection's links have changed, so its tag has.
    assert client.get("/ogc/collections/parcels", headers={"If-None-Match": held}).status_code == 200


@pytest.mark.usefixtures("ready")
def test_files_that_are_exchanged_before_the_revision_moves_have_another_tag_at_once(shelf: Shelf, client: FlaskClient):
    addresses = [f"/ogc/collections{path}" for path in ("", "/parcels", "/parcels?f=html")]
    before = {address: client.get(address) for address in addresses}

    def ask_again() -> dict[str, TestResponse]:
        held = {address: {"If-None-Match": answer.headers["ETag"]} for address, answer in before.items()}
        return {address: client.get(address, headers=held[address]) for address in addresses}

    (shelf.folder / "parcels").rename(shelf.folder / "kept")
    meanwhile = ask_again()
    (shelf.folder / "kept").rename(shelf.folder / "parcels")
    again = ask_again()

    assert {address: answer.status_code for address, answer in meanwhile.items()} == dict.fromkeys(addresses, 200)
    assert {address: answer.status_code for address, answer in again.items()} == dict.fromkeys(addresses, 304)
    for address in addresses:
        assert b"/downloads/parcels.gpkg" in before[address].data
        assert b"/downloads/parcels.gpkg" not in meanwhile[address].data
        assert meanwhile[address].headers["ETag"] != before[address].headers["ETag"]


@pytest.mark.usefixtures("ready")
def test_a_rollback_brings_the_files_of_its_edition(fresh_deps: Deps, client: FlaskClient, prepare):
    publish(fresh_deps, "parcels", parcels()[:2])
    prepare("parcels")
    with fresh_deps.database.transaction() as connection:
        editions.rollback(connection, "parcels")
    prepare("parcels")

    assert client.get("/downloads/parcels").json["features"] == 4


def test_preparing_again_what_is_ready_changes_nothing(ready: Catalog, fresh_deps: Deps, shelf: Shelf, prepare):
    before = shelf.of(ready.collection("parcels"))

    prepare("parcels")

    assert shelf.of(fresh_deps.catalog().collection("parcels")) == before
    assert fresh_deps.catalog().revision == ready.revision


def test_a_worker_that_ends_leaves_what_was_offered(ready: Catalog, fresh_deps: Deps, shelf: Shelf, tmp_path):
    publish(fresh_deps, "parcels", parcels()[:2])
    before = shelf.of(ready.collection("parcels"))
    ending = worker.Event()
    ending.set()
    handlers = worker.handlers(fresh_deps, TileCache(tmp_path / "tiles"), ending)

    with pytest.raises(jobs.Interrupted):
        handlers[layers.DOWNLOADS_JOB](layer="parcels")

    assert shelf.of(fresh_deps.catalog().collection("parcels")) == before
    assert [path.name for path in shelf.folder.iterdir()] == ["parcels"]


def test_publishing_a_layer_promises_its_files(fresh_deps: Deps):
    publish(fresh_deps, "parcels", parcels())
    with fresh_deps.database.transaction() as connection:
        layers._follow(connection, fresh_deps.registry, ["parcels"])
        promised = connection.execute("SELECT task_name FROM procrastinate_jobs ORDER BY id").fetchall()

    assert promised == [("items.write_text",), ("items.index",), ("layers.warm",), ("downloads.prepare",)]


def test_what_is_missing_is_said_by_the_doctor_and_promised_by_the_next_worker(
    ready: Catalog, fresh_deps: Deps, shelf: Shelf
):
    where = Addresses(fresh_deps.database.dsn, fresh_deps.database.public_dsn)
    whole = doctor_database.check_downloads(fresh_deps.settings, where)
    parcels_ = ready.collection("parcels")
    shelf.path(shelf.of(parcels_), "parcels.csv").unlink()

    lacking = doctor_database.check_downloads(fresh_deps.settings, where)
    worker.promise_downloads(fresh_deps)

    assert (whole.verdict, lacking.verdict) == (Verdict.FINE, Verdict.ADVICE)
    assert "parcels" in lacking.found.say("en")
    with fresh_deps.database.transaction() as connection:
        promised = connection.execute("SELECT task_name, args->>'layer' FROM procrastinate_jobs").fetchall()
    assert promised == [("downloads.prepare", "parcels")]


def test_the_nightly_sweep_takes_left_overs_and_what_is_no_longer_published(ready: Catalog, shelf: Shelf):
    for name in (".making-old", "gone-layer"):
        (shelf.folder / name).mkdir()
    (shelf.folder / ".making-new").mkdir()
    old = time.time() - 100_000
    making.os.utime(shelf.folder / ".making-old", (old, old))

    gone = shelf.sweep(ready.collections)

    assert sorted(gone) == [".making-old", "gone-layer"]
    assert sorted(path.name for path in shelf.folder.iterdir()) == [".making-new", "parcels"]
