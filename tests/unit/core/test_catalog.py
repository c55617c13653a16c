"""What a version promises: whatever may change a tile's bytes changes its address."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from geo import catalog, registry
from geo.editions import Edition, EditionState

ROOT = Path(__file__).parents[3]
LOADED_AT = datetime(2026, 11, 23, 8, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def known():
    return registry.read(ROOT / "config")


class OneEdition:
    """A database that answers as if one edition of roads were published, without its table."""

    def __init__(self, loaded_at: datetime) -> None:
        self.edition = Edition(
            "roads", 1, EditionState.PUBLISHED, "drogi.gml", "0" * 64, "GML", 1, 1, 0, 0, 0,
            False, None, [18.8, 50.1, 18.9, 50.2], loaded_at, loaded_at,
        )  # fmt: skip

    @contextmanager
    def public(self):
        yield self

    def execute(self, query, _values=None):
        self.rows = [(1,)] if "published.revision" in str(query) else []
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
    monkeypatch.setattr(catalog, "TILE_RECIPE", catalog.TILE_RECIPE + 1)
    assert version() != first
