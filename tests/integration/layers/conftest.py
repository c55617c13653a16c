"""A town of the tests: its registry, its database, and the verbs of `geo layers`."""

from pathlib import Path

import pytest

from geo import registry, settings
from geo.deps import Deps

ROOT = Path(__file__).parents[3]


@pytest.fixture
def deps(database, tmp_path):
    """Everything a door is handed, on an empty database and an empty data folder."""
    ours = settings.load({"GEO_DATA_DIR": str(tmp_path / "data")}, ROOT)
    made = Deps.make(ours, registry.read(ours.config_dir), database.owner, database.public)
    yield made
    made.close()
