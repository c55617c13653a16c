"""A service over published editions, asked through Flask's own client."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from downloading import client_of
from flask.testing import FlaskClient
from publishing import addresses, flight, make_app, make_deps, parcels, publish

from geo.deps import Deps
from geo.downloads import service
from geo.downloads import shelf as downloads_shelf
from geo.tiles import TileId, covering


@pytest.fixture(scope="session")
def service_dsns(lasting_database: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """A database of its own for the tests that only read."""
    return lasting_database()


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


@pytest.fixture(scope="module")
def town(deps: Deps) -> FlaskClient:
    """A town that stays as it is: the parcels are prepared, the addresses are not."""
    shelf = downloads_shelf.at(deps.settings.data_dir)
    service.prepare(deps.database.public, shelf, deps.catalog().collection("parcels"))
    return client_of(deps)


@pytest.fixture(scope="module")
def inside(deps: Deps) -> TileId:
    return next(covering(deps.catalog().collection("ortho-2024").extent, 14).tiles())
