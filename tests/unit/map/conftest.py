"""A catalog of the tests: every collection of the registry, with nothing behind it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geo import registry, settings
from geo.catalog import Catalog
from geo.feature import Collection, TileRules
from geo.geometry import LngLatBbox
from geo.registry import FLIGHT_TYPE, FlightEntry

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def ours():
    """The settings of the checkout."""
    return settings.load({"GEO_PUBLIC_URL": "https://gis.example"}, ROOT)


@pytest.fixture(scope="session")
def entries(ours):
    """The registry of the checkout."""
    return registry.read(ours.config_dir)


@pytest.fixture(scope="session")
def catalog(entries):
    """Everything in the registry, as if it were published."""
    everything = {**entries.layers, **entries.flights}
    return Catalog(7, {name: published(entries, name, entry) for name, entry in everything.items()})


def published(entries, name, entry):
    raster = isinstance(entry, FlightEntry)
    source = entries.sources[entry.source]
    return Collection(
        id=name,
        title=entry.title.both(),
        description=entry.description.both(),
        type=FLIGHT_TYPE if raster else entry.feature_type(),
        table=f"{name}_e3",
        edition=3,
        version="3-abc",
        count=12,
        extent=LngLatBbox(18.776, 50.146, 18.948, 50.246),
        published_at=datetime(2026, 11, 20, tzinfo=UTC),
        tiles=TileRules(11, 19) if raster else entry.tiles.rules(),
        raster=raster,
        data_date=date(2026, 11, 12),
        attribution=source.title.both(),
        label="{nazwa}" if raster else entry.label,
        heading=entry.heading.both() if not raster and entry.heading else {},
    )
