"""Whole layers as files: prepared once, linked, sent as they lie, exchanged as a whole."""

import hashlib
import json
import re
import shutil
import sqlite3
import time
from threading import BoundedSemaphore

import pytest
from flask import Flask
from flask.testing import FlaskClient
from publishing import PUBLIC_URL, PlainTiles, parcels, publish
from werkzeug.test import TestResponse

from geo import editions, http, jobs
from geo.catalog import Catalog
from geo.deps import Deps
from geo.downloads import service
from geo.downloads import shelf as downloads_shelf
from geo.downloads import views as downloads_room
from geo.downloads.shelf import Shelf
from geo.http import files
from geo.layers import service as layers
from geo.map import views as map_room
from geo.ogc import views as ogc_room
from geo.ogc.formats import answers, making
from geo.ogc.formats.table import PREPARED
from geo.tile_cache import TileCache
from server import doctor_database, worker
from server.database import Addresses
from server.diagnosis import Verdict


def client_of(deps: Deps) -> FlaskClient:
    """The rooms that know of files, asked as a client asks."""
    shelf = downloads_shelf.at(deps.settings.data_dir)
    app = Flask("town", static_folder=None)
    http.install(app, deps.settings)
    app.register_blueprint(ogc_room.blueprint(deps, PlainTiles(), shelf.links))
    app.register_blueprint(downloads_room.blueprint(deps, shelf))
    app.register_blueprint(map_room.blueprint(deps))
    return app.test_client()


@pytest.fixture(scope="module")
def town(deps: Deps) -> FlaskClient:
    """A town that stays as it is: the parcels are prepared, the addresses are not."""
    shelf = downloads_shelf.at(deps.settings.data_dir)
    service.prepare(deps.database.public, shelf, deps.catalog().collection("parcels"))
    return client_of(deps)


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


def test_every_file_of_a_layer_is_there_with_size_date_licence_and_checksum(town: FlaskClient):
    about = town.get("/downloads/parcels").json

    assert {file["type"] for file in about["files"]} == {one.offer.media_type for one in PREPARED}
    assert (about["layer"], about["features"], about["licence"]) == ("parcels", 4, "CC BY 4.0")
    assert (about["dataDate"], about["edition"]) == ("2026-10-31", 1)
    assert about["prepared"] >= about["published"]
    for file in about["files"]:
        assert file["href"].startswith(f"{PUBLIC_URL}/downloads/parcels.")
        answer = town.get(file["href"].removeprefix(PUBLIC_URL))
        assert (answer.status_code, answer.mimetype) == (200, file["type"])
        assert len(answer.data) == file["length"] == answer.content_length
        assert hashlib.sha256(answer.data).hexdigest() == file["sha256"]
        assert answer.headers["ETag"] == f'"{file["sha256"]}"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert town.get("/downloads").json["downloads"] == [about]


def test_the_collection_links_to_its_files_by_enclosure(town: FlaskClient):
    about = town.get("/downloads/parcels").json
    for path in ("/ogc/collections/parcels", "/ogc/collections"):
        document = town.get(path).json
        links = (document if "id" in document else document["collections"][0])["links"]

        found = [link for link in links if link["rel"] == "enclosure"]

        assert {(one["href"], one["type"], one["length"]) for one in found} == {
            (one["href"], one["type"], one["length"]) for one in about["files"]
        }
        assert all(one["title"] for one in found)


@pytest.mark.parametrize("path", ["/ogc/collections/parcels", "/downloads/parcels", "/downloads", "/dane"])
@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_file_that_a_page_links_can_be_had_in_the_language_chosen(town: FlaskClient, path: str, language: str):
    page = town.get(path, query_string={"f": "html", "lang": language} if path != "/dane" else {"lang": language})

    linked = re.findall(r'href="([^"]*/downloads/parcels\.[^"]*)"', page.text)

    assert len(linked) >= len(PREPARED)
    assert not [address for address in linked if "?" in address]
    assert {town.get(address.removeprefix(PUBLIC_URL)).status_code for address in linked} == {200}


def test_a_file_has_no_language_and_passes_over_one(town: FlaskClient):
    assert town.get("/downloads/parcels.gpkg?lang=en").data == town.get("/downloads/parcels.gpkg").data


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/downloads/parcels", ("Pobierz", "SHA-256", "CC BY 4.0", "31 października 2026", "Do pobrania")),
        ("/downloads", ("Działki ewidencyjne", "kB")),
        ("/ogc/collections/parcels", ("Pobierz całą warstwę", "kB", "CC BY 4.0", "Sumy kontrolne")),
        ("/dane", ("Pobierz całą warstwę", "kB", "CC BY 4.0")),
    ],
)
def test_residents_find_the_files_on_pages(town: FlaskClient, path: str, said: tuple[str, ...]):
    page = town.get(path, headers={"Accept": "text/html", "Accept-Language": "pl"})

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "/downloads/parcels.gpkg" in page.text
    for words in said if path != "/downloads/parcels" else said[1:]:
        assert words in page.text


def test_a_part_of_a_file_is_sent_and_a_broken_download_goes_on(town: FlaskClient):
    whole = town.get("/downloads/parcels.gpkg")
    etag = whole.headers["ETag"]

    part = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=100-199"})
    rest = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=200-", "If-Range": etag})
    changed = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=200-", "If-Range": '"another"'})
    beyond = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=99999999-"})

    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.data)}"
    assert (rest.status_code, rest.data) == (206, whole.data[200:])
    assert (changed.status_code, len(changed.data)) == (200, len(whole.data))
    assert beyond.status_code == 416
    assert whole.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("BYTES = 5-9 ", 5, 10),
        ("bytes=007-9", 7, 10),
        ("bytes=-20", -20, None),
        (f"bytes=10-{'9' * 5000}", 10, None),
        # The last ones of a shorter file are all of it.
        ("bytes=-99999999", 0, None),
        (f"bytes=-{'9' * 5000}", 0, None),
    ],
)
def test_one_part_is_sent_however_it_is_written(town: FlaskClient, asked: str, first: int, end: int | None):
    whole = town.get("/downloads/parcels.gpkg").data

    part = town.get("/downloads/parcels.gpkg", headers={"Range": asked})

    begin, last = (first if first >= 0 else len(whole) + first), (end or len(whole)) - 1
    assert (part.status_code, part.data) == (206, whole[first:end])
    assert part.headers["Content-Range"] == f"bytes {begin}-{last}/{len(whole)}"
    assert part.content_length == len(part.data)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-4,10-14",
        "bytes=0-4,-1",
        "bytes=9-5",
        "bytes=a-b",
        "bytes=",
        "bytes",
        "bytes=-",
        "lines=0-4",
        "0-4",
        "bytes=+1-2",
    ],
)
def test_of_several_parts_and_of_what_is_no_range_the_whole_is_sent(town: FlaskClient, asked: str):
    whole = town.get("/downloads/parcels.gpkg")

    answer = town.get("/downloads/parcels.gpkg", headers={"Range": asked})

    assert (answer.status_code, answer.data) == (200, whole.data)
    assert "Content-Range" not in answer.headers
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-999999999", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_a_part_that_a_file_does_not_have_is_refused_with_its_length(town: FlaskClient, asked: str):
    length = town.head("/downloads/parcels.gpkg").content_length

    answer = town.get("/downloads/parcels.gpkg", headers={"Range": asked})

    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{length}")
    assert answer.content_type == "application/problem+json"


def test_conditions_come_before_parts_and_head_has_no_parts(town: FlaskClient):
    address, part = "/downloads/parcels.gpkg", {"Range": "bytes=0-9"}
    whole = town.head(address)

    held = town.get(address, headers={**part, "If-None-Match": whole.headers["ETag"]})
    other = town.get(address, headers={**part, "If-Match": '"another"'})
    same = town.get(address, headers={**part, "If-Match": whole.headers["ETag"]})
    head = town.head(address, headers=part)

    assert (held.status_code, other.status_code, same.status_code) == (304, 412, 206)
    assert (head.status_code, head.content_length) == (200, whole.content_length)


def test_who_has_a_file_does_not_get_it_again_and_head_says_its_size(town: FlaskClient):
    whole = town.get("/downloads/parcels.csv")

    again = town.get("/downloads/parcels.csv", headers={"If-None-Match": whole.headers["ETag"]})
    head = town.head("/downloads/parcels.csv")

    assert (again.status_code, again.data) == (304, b"")
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(whole.data))
    assert head.headers["ETag"] == whole.headers["ETag"]


def test_a_page_of_another_origin_may_take_a_file_in_parts(town: FlaskClient):
    origin = {"Origin": "https://gis.example"}

    asked = town.options(
        "/downloads/parcels.fgb",
        headers={**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range,if-range"},
    )
    part = town.get("/downloads/parcels.fgb", headers={**origin, "Range": "bytes=0-99"})

    permitted = asked.headers["Access-Control-Allow-Headers"].split(", ")
    readable = part.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Range", "If-Range", "Cache-Control", "If-Match"} <= set(permitted)
    assert part.status_code == 206
    assert {"Content-Range", "Accept-Ranges", "Repr-Digest", "Content-Disposition", "Retry-After"} <= set(readable)


def test_a_condition_that_fails_costs_no_file(town: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(making, "BLOCK", 100)
    whole = town.get("/downloads/parcels.gpkg")
    # No place is left for a large file.
    monkeypatch.setattr(answers, "_sending", BoundedSemaphore(1))
    answers._sending.acquire()

    other = town.get("/downloads/parcels.gpkg", headers={"If-Match": '"another"'})
    again = town.get("/downloads/parcels.gpkg", headers={"If-None-Match": whole.headers["ETag"]})
    beyond = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=99999999-"})

    assert (other.status_code, other.mimetype) == (412, "application/problem+json")
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", whole.headers["ETag"])
    assert "Content-Length" not in again.headers
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole.data)}")


def test_a_download_that_is_exchanged_while_it_is_opened_is_looked_for_once_more(
    town: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    opened, send = [], files.send

    def exchanged(*arguments, **more):
        opened.append(arguments)
        if len(opened) == 1:
            raise FileNotFoundError
        return send(*arguments, **more)

    def gone(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(files, "send", exchanged)
    found = town.get("/downloads/parcels.gpkg")
    monkeypatch.setattr(files, "send", gone)
    missing = town.get("/downloads/parcels.gpkg")

    assert (found.status_code, len(opened)) == (200, 2)
    assert (missing.status_code, missing.headers["Retry-After"]) == (503, "2")


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


def test_a_large_file_takes_a_place_and_gives_it_back(town: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(making, "BLOCK", 100)
    left = downloads_room.Sending.__init__.__globals__["_sending"]
    before = left._value

    answer = town.get("/downloads/parcels.gpkg", buffered=False)
    taken = before - left._value
    answer.close()

    assert (taken, left._value) == (1, before)


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


@pytest.mark.parametrize(
    "path",
    [
        "/downloads/addresses",
        "/downloads/parcels.exe",
        "/downloads/parcels.",
        "/downloads/parcels.gpkg.bak",
        "/downloads/..%2f..%2fetc%2fpasswd",
        "/downloads/parcels.%2e%2e%2fabout.json",
        "/downloads/nothing.csv",
        "/downloads/about.json",
    ],
)
def test_there_is_nothing_else_to_be_had(town: FlaskClient, path: str):
    assert town.get(path).status_code == 404


def test_an_unknown_parameter_is_named_here_too(town: FlaskClient):
    for path in ("/downloads", "/downloads/parcels", "/downloads/parcels.csv"):
        answer = town.get(path, query_string={"q": "1"})

        assert (answer.status_code, answer.json["parameter"]) == (400, "q")


def test_of_a_flight_and_of_what_is_not_ready_nothing_is_promised(town: FlaskClient):
    for name in ("ortho-2024", "addresses"):
        assert town.get(f"/downloads/{name}").status_code == 404
        assert "enclosure" not in {link["rel"] for link in town.get(f"/ogc/collections/{name}").json["links"]}
        assert "/downloads/" not in town.get(f"/ogc/collections/{name}?f=html").text


def test_a_prepared_geopackage_holds_the_layer(town: FlaskClient, tmp_path):
    path = tmp_path / "parcels.gpkg"
    path.write_bytes(town.get("/downloads/parcels.gpkg").data)

    with sqlite3.connect(path) as file:
        ids = [row[0] for row in file.execute("SELECT id_dzialki FROM parcels ORDER BY fid")]

    assert ids == [row[0] for row in parcels()]
