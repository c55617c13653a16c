"""What a version promises: whatever may change a tile's bytes changes its address."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread

import pytest

from geo import catalog, deadline, registry
from geo.editions import Edition, EditionState

ROOT = Path(__file__).parents[3]
LOADED_AT = datetime(2026, 11, 23, 8, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def known():
    return registry.read(ROOT / "config")


class OneEdition:
    """A database that answers as if one edition of roads were published, without its table."""

    def __init__(self, loaded_at: datetime = LOADED_AT) -> None:
        self.revision = 1
        self.lent = 0
        # Done once, as soon as a connection is given back.
        self.then: Callable[[], object] = int
        self.edition = Edition(
            "roads", 1, EditionState.PUBLISHED, "drogi.gml", "0" * 64, "GML", 1, 1, 0, 0, 0,
            False, None, [18.8, 50.1, 18.9, 50.2], loaded_at, loaded_at,
        )  # fmt: skip

    @contextmanager
    def public(self):
        self.lent += 1
        yield self
        self.lent -= 1
        then, self.then = self.then, int
        then()

    def execute(self, query, _values=None):
        self.rows = [(self.revision,)] if "published.revision" in str(query) else []
        return self

    def fetchone(self):
        return self.rows[0]

    def __iter__(self):
        return iter(self.rows)


@pytest.fixture
def version(known, monkeypatch):
    """The version of roads."""

    def version_(loaded_at: datetime = LOADED_AT, entries: registry.Registry = known) -> str:
        database = OneEdition(loaded_at)
        monkeypatch.setattr(catalog.editions, "published", lambda _: {"roads": database.edition})
        return catalog.CurrentCatalog(database, entries)().collection("roads").version

    return version_


def test_a_version_is_the_editions_number_and_eight_digits_and_the_same_at_each_start(version):
    number, digits = version().split("-")

    assert (number, len(digits), int(digits, 16) >= 0) == ("1", 8, True)
    assert version() == version(LOADED_AT.astimezone(timezone(timedelta(hours=2))))


def test_editions_of_one_number_in_two_databases_have_two_versions(version):
    assert version() != version(LOADED_AT + timedelta(microseconds=1))


def test_another_entry_and_another_recipe_of_tiles_are_another_version(version, known, monkeypatch):
    roads = known.layers["roads"]
    tiles = roads.tiles.model_copy(update={"whole_from_zoom": 3})
    other = known.model_copy(update={"layers": {"roads": roads.model_copy(update={"tiles": tiles})}})
    first = version()

    assert version(entries=other) != first
    monkeypatch.setattr(catalog, "TILE_RECIPE", catalog.TILE_RECIPE + " anew")
    assert version() != first


@pytest.fixture
def database(monkeypatch):
    """One edition of roads, published."""
    database = OneEdition()
    monkeypatch.setattr(catalog.editions, "published", lambda _: {"roads": database.edition})
    return database


def test_who_asked_before_a_publication_takes_the_newer_catalog_that_another_built(known, database):
    built: list[int] = []

    def refine(_connection, collection):
        built.append(database.revision)
        return collection

    current = catalog.CurrentCatalog(database, known, refine)

    def another_publishes_and_asks():
        database.revision = 2
        current()

    database.then = another_publishes_and_asks
    answer = current()

    assert (answer.revision, built) == (2, [2])


def test_who_waits_for_another_threads_building_keeps_no_connection(known, database):
    given_back = Event()
    seen: list[object] = []

    def refine(_connection, collection):
        database.then = given_back.set
        waiting.start()
        seen.append((given_back.wait(10), database.lent))
        return collection

    current = catalog.CurrentCatalog(database, known, refine)
    waiting = Thread(target=lambda: seen.append(current()))

    answer = current()
    waiting.join()

    assert seen == [(True, 1), answer]


def test_whoever_asks_first_with_no_time_left_builds_the_catalog_for_all(known, database):
    left_s: list[float] = []

    def refine(_connection, collection):
        left_s.append(deadline.left_s())
        return collection

    with deadline.within(0):
        answer = catalog.CurrentCatalog(database, known, refine)()

    assert list(answer.collections) == ["roads"]
    assert left_s[0] > catalog.BUILDING_S / 2
