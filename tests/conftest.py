"""One private cluster for the whole session, and a database of its own, already migrated, for each test."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from geo.db import PUBLIC_ROLE
from server import cluster, migrate
from tests.databases import Database
from tests.running import Installation, installation

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
# Nothing here must survive a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make fuzz` asks for more."""
    parser.addoption("--fuzz-examples", default="4", help="requests that are made up for each operation")


@pytest.fixture(scope="session")
def postgis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cluster.Cluster]:
    """A cluster of the session's own, removed at its end."""
    data_dir = tmp_path_factory.mktemp("cluster")
    with cluster.use(data_dir, settings=FAST) as running:
        yield running
        # Before the block's end, which would first wait for a checkpoint of what is thrown away.
        cluster.remove(running)
    shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgis: cluster.Cluster) -> str:
    """The name of a database that is migrated and empty, for copying."""
    migrate.upgrade(postgis.owner_dsn)
    return cluster.DATABASE


@pytest.fixture(scope="session")
def lasting_database(postgis: cluster.Cluster, template: str) -> Callable[[], Database]:
    """Makes databases that are migrated and empty; they stay as long as the cluster, for several tests."""
    numbers = itertools.count(1)

    def make() -> Database:
        name = f"test_{next(numbers)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
        _run(postgis, create.format(*map(sql.Identifier, (name, template, cluster.OWNER))))
        return Database(postgis.dsn(cluster.OWNER, name), postgis.dsn(PUBLIC_ROLE, name))

    return make


@pytest.fixture
def make_database(
    postgis: cluster.Cluster, lasting_database: Callable[[], Database]
) -> Iterator[Callable[[], Database]]:
    """Makes databases that are migrated and empty; they go when the test ends."""
    made: list[Database] = []

    def make() -> Database:
        made.append(lasting_database())
        return made[-1]

    yield make
    for database in made:
        name = conninfo_to_dict(database.owner)["dbname"]
        _run(postgis, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))


@pytest.fixture
def database(make_database: Callable[[], Database]) -> Database:
    """One test's own database, migrated and empty: (owner, public)."""
    return make_database()


def _run(postgis: cluster.Cluster, statement: sql.Composed) -> None:
    with psycopg.connect(postgis.admin_dsn, autocommit=True) as admin:
        admin.execute(statement)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real and hostile files that lie beside the checkout."""
    folder = Path(os.environ.get("GEO_SHARED_DATA", SHARED_DATA))
    if not folder.is_dir():
        pytest.skip(f"The real register files are missing: there is no folder {folder}.")
    return folder


@pytest.fixture(scope="session")
def geoportal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running geoportal with a small demo town: ten collections, two of them flights, and nothing left to do."""
    small = installation(tmp_path_factory.mktemp("town") / "data", GEO_DEMO_SCALE="0.05")
    with small.run(collections=10):
        yield small.settle()
