"""Finished text on its way: written after a publication, read at once, gone with its edition."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from publishing import addresses, flight, make_app, parcels, publish

from geo import editions, jobs
from geo.deps import Deps
from geo.layers import service as layers
from geo.ogc import finished
from geo.tile_cache import TileCache
from server import worker
from tests.databases import until_it_waits

ITEMS = "/ogc/collections/parcels/items"


@pytest.fixture
def write(fresh_deps: Deps, tmp_path) -> Callable[..., None]:
    """Does the worker's job."""

    def write_(layer: str, ending: Event | None = None) -> None:
        worker.handlers(fresh_deps, TileCache(tmp_path / "tiles"), ending)[layers.TEXT_JOB](layer=layer)

    return write_


def _texts(deps: Deps) -> list[str]:
    with deps.database.transaction() as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'layers' AND tablename ~ '_text' ORDER BY 1"
        )
        return [name for (name,) in found]


def test_the_text_of_a_publication_is_read_by_everybody_soon_after(fresh_deps: Deps, write, monkeypatch):
    publish(fresh_deps, "parcels", parcels())
    client = make_app(fresh_deps).test_client()
    before = client.get(ITEMS)
    monkeypatch.setattr(finished, "_BATCH", 3)

    write("parcels")

    after = client.get(ITEMS)
    assert _texts(fresh_deps) == ["parcels_e1_text"]
    assert fresh_deps.catalog().collection("parcels").text_column.startswith("feature_")
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    revision = fresh_deps.catalog().revision
    write("parcels")
    assert fresh_deps.catalog().revision == revision


def test_text_goes_with_its_edition_and_comes_back_with_a_roll_back(fresh_deps: Deps, write):
    for count in (4, 3):
        publish(fresh_deps, "parcels", parcels()[:count])
        write("parcels")
    kept = _texts(fresh_deps)
    with fresh_deps.database.transaction() as connection:
        editions.rollback(connection, "parcels")
    client = make_app(fresh_deps).test_client()
    rolled_back = client.get(ITEMS).json["numberReturned"], fresh_deps.catalog().collection("parcels").text_column
    publish(fresh_deps, "parcels", parcels()[:2])

    assert kept == ["parcels_e1_text", "parcels_e2_text"]
    assert rolled_back[0] == 4
    assert rolled_back[1]
    assert _texts(fresh_deps) == ["parcels_e1_text"]
    assert client.get(ITEMS).json["numberReturned"] == 2


def test_a_page_that_takes_the_text_before_its_table_and_a_publication_do_not_end_each_other(fresh_deps: Deps, write):
    publish(fresh_deps, "parcels", parcels())
    write("parcels")
    publish(fresh_deps, "parcels", parcels())

    with ThreadPoolExecutor(1) as another, psycopg.connect(fresh_deps.database.public_dsn) as reader:
        reader.execute("SELECT FROM layers.parcels_e1_text")
        publishing = another.submit(publish, fresh_deps, "parcels", parcels()[:2])
        until_it_waits(fresh_deps, publishing)
        read = reader.execute("SELECT FROM layers.parcels_e1").rowcount
        reader.commit()
        publishing.result(60)

    assert read == 4
    assert _texts(fresh_deps) == []
    assert fresh_deps.catalog().collection("parcels").count == 2


def test_text_that_others_wrote_makes_way_when_its_successor_is_whole(fresh_deps: Deps, write):
    publish(fresh_deps, "parcels", parcels())
    write("parcels")
    known = fresh_deps.catalog().collection("parcels")
    with fresh_deps.database.transaction() as connection:
        connection.execute(f"ALTER TABLE layers.parcels_e1_text RENAME {known.text_column} TO feature_of_old")
        editions.announce(connection)
    old = fresh_deps.catalog().collection("parcels")

    write("parcels")

    assert finished.missing([old]) == ["parcels"]
    assert fresh_deps.catalog().collection("parcels").text_column == known.text_column
    assert _texts(fresh_deps) == ["parcels_e1_text"]


def test_a_worker_that_ends_or_comes_too_late_leaves_nothing(fresh_deps: Deps, write):
    publish(fresh_deps, "parcels", parcels())
    ending = Event()
    ending.set()

    with pytest.raises(jobs.Interrupted):
        write("parcels", ending)
    with fresh_deps.database.transaction() as connection:
        connection.execute("DROP TABLE layers.parcels_e1")
    write("parcels")
    write("no-such-layer")

    assert _texts(fresh_deps) == []


def test_what_is_missing_is_promised_for_layers_and_not_for_flights(fresh_deps: Deps, write):
    publish(fresh_deps, "parcels", parcels())
    publish(fresh_deps, "addresses", addresses(3))
    publish(fresh_deps, "ortho-2024", flight())
    write("addresses")

    worker.promise_texts(fresh_deps)

    with fresh_deps.database.transaction() as connection:
        promised = connection.execute("SELECT task_name, args->>'layer' FROM procrastinate_jobs").fetchall()
    assert promised == [("items.write_text", "parcels")]
