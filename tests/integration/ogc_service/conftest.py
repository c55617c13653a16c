"""A service over published editions, asked through Flask's own client."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg import sql
from publishing import addresses, flight, make_app, make_deps, parcels, publish

from geo.db import PUBLIC_ROLE
from geo.deps import Deps
from server import cluster


@pytest.fixture(scope="session")
def service_dsns(postgis: cluster.Cluster, template: str) -> tuple[str, str]:
    """A database of its own for the tests that only read."""
    name = "ogc_service"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
    with psycopg.connect(postgis.admin_dsn, autocommit=True) as admin:
        admin.execute(create.format(*map(sql.Identifier, (name, template, cluster.OWNER))))
    return postgis.dsn(cluster.OWNER, name), postgis.dsn(PUBLIC_ROLE, name)


@pytest.fixture(scope="session")
def deps(service_dsns: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deps]:
    """Addresses, four parcels and an invented flight."""
    made = make_deps(*service_dsns, data_dir=tmp_path_factory.mktemp("data"))
    publish(made, "addresses", addresses())
    publish(made, "parcels", parcels())
    publish(made, "ortho-2024", flight(), synthetic=True)
    yield made
    made.close()


@pytest.fixture(scope="session")
def client(deps: Deps) -> FlaskClient:
    return make_app(deps).test_client()


@pytest.fixture
def fresh_deps(make_database: Callable[[], tuple[str, str]], tmp_path: Path) -> Iterator[Deps]:
    """A database of this test's own, with nothing published."""
    made = make_deps(*make_database(), data_dir=tmp_path / "data")
    yield made
    made.close()
