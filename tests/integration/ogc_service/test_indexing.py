"""Indexes on their way: promised and made after a publication, used by pages, gone with their edition."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from psycopg import sql
from publishing import addresses, make_app, parcels, publish

from geo import editions, jobs, prepared
from geo.db import Connection
from geo.deps import Deps
from geo.layers import service as layers
from geo.ogc import indexes, parameters, statements
from geo.tile_cache import TileCache
from server import worker
from tests.databases import until_it_waits

TABLE = "layers.addresses_e1"
MANY = 8000


@pytest.fixture
def index(fresh_deps: Deps, tmp_path) -> Callable[..., None]:
    """Does the worker's job."""

    def index_(layer: str, ending: Event | None = None) -> None:
        worker.handlers(fresh_deps, TileCache(tmp_path / "tiles"), ending)[layers.INDEX_JOB](layer=layer)

    return index_


@pytest.fixture
def town(fresh_deps: Deps) -> Deps:
    """Many addresses, half of them in one street; all of one town."""
    publish(fresh_deps, "addresses", addresses(1))
    with fresh_deps.database.transaction() as connection:
        connection.execute(
            f"INSERT INTO {TABLE} (fid, id, geom, lokalny_id, numer_porzadkowy, miejscowosc, ulica, data_nadania)"
            " SELECT n, 'n' || n, ST_Point(18.8 + n / 1e6, 50.2, 4326), 'n' || n, n % 300, 'Mikołów',"
            " CASE n % 2 WHEN 0 THEN 'Łąkowa' ELSE 'Ulica ' || n % 1000 END, date '2000-01-01' + n % 5000"
            f" FROM generate_series(2, {MANY}) AS n"
        )
        connection.execute("UPDATE geo.edition SET read = %s, stored = %s", [MANY, MANY])
        editions.announce(connection)
        connection.execute(f"ANALYZE {TABLE}")
    return fresh_deps


def _indexes(deps: Deps, table: str = TABLE) -> dict[str, str]:
    with deps.database.transaction() as connection:
        return dict(
            connection.execute(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
                " WHERE indrelid = to_regclass(%s) AND indisvalid AND indexrelid::regclass::text ~ '_by_'",
                [table],
            ).fetchall()
        )


def _promised(deps: Deps) -> list[str]:
    worker.promise_indexes(deps)
    with deps.database.transaction() as connection:
        query = "DELETE FROM procrastinate_jobs WHERE task_name = 'items.index' RETURNING args->>'layer'"
        return [layer for (layer,) in connection.execute(query)]


def _plan(deps: Deps, *pairs: tuple[str, str]) -> str:
    collection = deps.catalog().collection("addresses")
    statement, values = statements.page(collection, parameters.parse_items(pairs, collection.type))
    explained = prepared.Statement(b"EXPLAIN " + statement.text, statement.names)
    with deps.database.public() as connection:
        lines = prepared.result(connection, explained, values, plan_anew=True)
        return "\n".join(str(lines.get_value(number, 0), "utf-8") for number in range(lines.ntuples))


@pytest.mark.parametrize(
    "asked",
    [
        ("ulica", "Ulica 17"),
        ("filter", "ulica = 'Nie ma'"),
        ("filter", "ulica IN ('Ulica 17', 'Ulica 19')"),
        ("filter", "ulica LIKE 'Ulica 17%'"),
        ("filter", "CASEI(ulica) = CASEI('ULICA 17')"),
        ("filter", "CASEI(ulica) LIKE CASEI('uLICA 171%')"),
        ("filter", "data_nadania > DATE('2013-09-01')"),
        ("datetime", "2000-01-15"),
        ("sortby", "ulica"),
        ("sortby", "-ulica"),
        ("sortby", "-data_nadania"),
    ],
)
def test_what_people_ask_for_is_read_by_an_index_and_is_what_it_was(town: Deps, index, asked):
    client = make_app(town).test_client()
    address = "/ogc/collections/addresses/items"
    before = client.get(address, query_string=dict([asked])).json["features"]

    index("addresses")

    assert "_by_" in _plan(town, asked)
    assert client.get(address, query_string=dict([asked])).json["features"] == before


def test_a_value_of_half_of_the_rows_is_read_in_the_order_of_the_page(town: Deps, index):
    index("addresses")

    assert "Sort" not in _plan(town, ("ulica", "Łąkowa"))


@pytest.mark.parametrize("asked", [(), (("filter", "numer_porzadkowy > '2'"),), (("ulica", "Łąkowa"),)])
def test_a_page_sorted_downward_is_read_by_the_index_and_no_further(town: Deps, index, asked):
    index("addresses")

    plan = _plan(town, ("sortby", "-data_nadania"), *asked)

    assert "Index" in plan
    assert "Backward" in plan
    assert "Sort" not in plan


def test_a_column_of_one_value_or_of_long_texts_has_no_index(town: Deps, index):
    with town.database.transaction() as connection:
        connection.execute(f"UPDATE {TABLE} SET numer_porzadkowy = repeat('ź', 600) WHERE fid = 9")

    index("addresses")

    made = " ".join(_indexes(town).values())
    assert all(name in made for name in ("lokalny_id", "ulica", "data_nadania"))
    assert not any(name in made for name in ("miejscowosc", "numer_porzadkowy", "kod_pocztowy"))


def test_a_worker_that_ends_or_dies_leaves_whole_indexes_and_the_next_makes_the_rest(town: Deps, index):
    transactions = iter(range(3))

    @contextmanager
    def dying() -> Iterator[Connection]:
        with town.database.transaction() as connection:
            if next(transactions) == 2:
                raise KeyboardInterrupt
            yield connection

    with pytest.raises(KeyboardInterrupt):
        indexes.make(dying, town.catalog().collection("addresses"))
    ending = Event()
    ending.set()
    with pytest.raises(jobs.Interrupted):
        index("addresses", ending)
    left = _indexes(town)
    promised = _promised(town)

    index("addresses")

    assert len(left) == 1
    assert promised == ["addresses"]
    assert len(_indexes(town)) > 4
    assert _promised(town) == []


class Building:
    """A connection that does something else while it makes its first index, whose table it holds meanwhile."""

    def __init__(self, connection: Connection, meanwhile: Iterator[None]) -> None:
        self._connection = connection
        self._meanwhile = meanwhile

    def execute(self, query: Any, *values: Any) -> Any:
        if isinstance(query, sql.Composed) and query.as_string(None).startswith("CREATE INDEX"):
            self._connection.execute(f"LOCK TABLE {TABLE} IN SHARE MODE")
            next(self._meanwhile, None)
        return self._connection.execute(query, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _make_while(deps: Deps, meanwhile: Iterator[None]) -> int:
    """Make the indexes of the addresses, and something else during the first."""

    @contextmanager
    def transaction() -> Iterator[Any]:
        with deps.database.transaction() as connection:
            yield Building(connection, meanwhile)

    return indexes.make(transaction, deps.catalog().collection("addresses"))


def test_whoever_publishes_twice_while_an_index_is_made_waits_for_it_and_neither_fails(town: Deps):
    with ThreadPoolExecutor(1) as another:

        def publish_twice() -> Iterator[None]:
            publish(town, "addresses", addresses(2))
            publishing.append(another.submit(publish, town, "addresses", addresses(3)))
            until_it_waits(town, publishing[0])
            waited.append(not publishing[0].done())
            yield

        publishing, waited = [], []
        made = _make_while(town, publish_twice())
        publishing[0].result(60)

    with town.database.transaction() as connection:
        states = {one.number: one.state.value for one in editions.listing(connection, ["addresses"])}
    assert (waited, made) == ([True], 0)
    assert states == {3: "published", 2: "previous", 1: "withdrawn"}
    assert town.catalog().collection("addresses").count == 3
    assert _indexes(town) == {}
    assert _promised(town) == []


def test_while_an_index_is_made_pages_are_read_and_editions_rolled_back_and_no_other_is_begun(town: Deps, index):
    client = make_app(town).test_client()
    items = "/ogc/collections/addresses/items?sortby=-ulica&limit=5"
    publish(town, "addresses", addresses(2))
    seen = []

    def roll_back() -> None:
        with town.database.transaction() as connection:
            editions.rollback(connection, "addresses")
        seen.append(client.get(items).json["numberMatched"])

    def read_and_roll_back() -> Iterator[None]:
        seen.append(client.get(items).json["numberMatched"])
        roll_back()
        yield

    roll_back()
    made = _make_while(town, read_and_roll_back())
    begun = _indexes(town)
    roll_back()
    promised = _promised(town)
    index("addresses")

    assert seen == [MANY, MANY, 2, MANY]
    assert (made, len(begun), promised) == (0, 1, ["addresses"])
    assert len(_indexes(town)) > 4
    assert _promised(town) == []


def test_indexes_that_another_rule_has_made_are_exchanged(town: Deps, index):
    index("addresses")
    before = _indexes(town)
    with town.database.transaction() as connection:
        connection.execute(f"CREATE INDEX addresses_e1_by_01234567 ON {TABLE} (ulica DESC)")
        connection.execute(f"COMMENT ON TABLE {TABLE} IS 'indexed by another rule'")
    promised = _promised(town)

    index("addresses")

    assert promised == ["addresses"]
    assert _indexes(town) == before
    assert _promised(town) == []


def test_indexes_go_with_their_edition_and_come_back_with_a_roll_back(town: Deps, index):
    index("addresses")
    made = _indexes(town)
    publish(town, "addresses", addresses(2))
    with town.database.transaction() as connection:
        editions.rollback(connection, "addresses")
    rolled_back = _indexes(town), _promised(town)
    publish(town, "addresses", addresses(2))
    publish(town, "addresses", addresses(2))
    index("addresses")

    assert rolled_back == (made, [])
    assert _indexes(town) == {}


def test_small_layers_and_those_that_are_gone_need_none(fresh_deps: Deps, index):
    publish(fresh_deps, "parcels", parcels())
    index("no-such-layer")
    index("parcels")

    assert _promised(fresh_deps) == []
    assert _indexes(fresh_deps, "layers.parcels_e1") == {}
