"""A file of many gminas: the town's own is kept, every point is accounted for, and memory stays bounded."""

import re
import sys

import pytest

from bench import measure
from tests.fixtures import prg_big
from tests.running import installation

POINTS = 300_000
TOWN_SHARE = 2
MOST_MEMORY_MB = 500


@pytest.fixture
def big_file(tmp_path):
    path = tmp_path / "prg.gml"
    prg_big.write(POINTS, path, TOWN_SHARE)
    yield path
    path.unlink()


def test_of_three_hundred_thousand_addresses_the_town_s_own_are_stored_within_500_mb(big_file, database, tmp_path):
    geoportal = installation(
        tmp_path / "data",
        GEO_DATABASE_URL=database.owner,
        GEO_PUBLIC_DATABASE_URL=database.public,
        GEO_LANG="en",
    )
    command = [sys.executable, "-m", "server.cli", "layers", "load", str(big_file)]

    taken = measure.run(command, geoportal.environ)

    account = re.search(
        r"addresses: read (\d+) = stored (\d+) \+ refused (\d+) \+ of other municipalities (\d+) \+ closed (\d+)",
        taken.said,
    )
    read, stored, refused, cut, closed = map(int, account.groups())
    assert read == stored + refused + cut + closed
    assert (read, stored, cut) == (POINTS, POINTS // TOWN_SHARE, POINTS // TOWN_SHARE)
    assert taken.peak_mb < MOST_MEMORY_MB
