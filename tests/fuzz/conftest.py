"""The town that is fuzzed, in this process; and how long."""

from collections.abc import Iterator

import pytest

from tests.addresses import Town, town_of


@pytest.fixture(scope="session")
def town(geoportal) -> Iterator[Town]:
    """The whole application over a running geoportal's data, with the guard in front as it is served."""
    made = town_of(geoportal)
    yield made
    made.close()


@pytest.fixture(scope="session")
def examples(pytestconfig: pytest.Config) -> int:
    """How many requests are made up for each operation."""
    return int(pytestconfig.getoption("--fuzz-examples"))
