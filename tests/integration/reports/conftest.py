"""A town that takes reports: its categories, a boundary, and browsers of residents and staff."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from geo.reports import categories
from tests.integration.auth.conftest import application, audited, browser, kept, people  # noqa: F401 - fixtures

INSIDE = (18.905, 50.175)


@pytest.fixture
def rules(deps):
    """What may be reported."""
    return categories.read(deps.settings.config_dir, deps.registry)


@pytest.fixture
def report():
    """A report as a program sends it."""
    return {
        "uuid": str(uuid4()),
        "category": "nawierzchnia",
        "description": "Dziura w jezdni, głęboka na dłoń.",
        "lng": INSIDE[0],
        "lat": INSIDE[1],
        "found": "pin",
    }


@pytest.fixture
def send(application):  # noqa: F811 - the fixture
    """Sends a report as JSON."""

    def send_(body, **more):
        return application.test_client().post("/api/reports", json=body, headers={"Accept-Language": "en"}, **more)

    return send_


@pytest.fixture
def one(deps):
    """One row of a query of the owner's."""

    def one_(query, *values):
        with deps.database.transaction() as connection:
            return connection.execute(query, values).fetchone()

    return one_


@pytest.fixture
def letters(deps):
    """The letters that were promised: to whom, subject, body."""

    def letters_():
        with deps.database.transaction() as connection:
            return connection.execute("SELECT recipient, subject, body FROM geo.mail ORDER BY id").fetchall()

    return letters_


@pytest.fixture
def town(load, publish, read_freely, tmp_path):  # noqa: ARG001 - files are read in this process
    """The municipality's boundary, and a county road through its middle."""
    square = [[[18.90, 50.17], [18.91, 50.17], [18.91, 50.18], [18.90, 50.18], [18.90, 50.17]]]
    layers = {
        "boundary": ({"teryt": "2408021", "nazwa": "Mikołów"}, {"type": "Polygon", "coordinates": square}),
        "roads": (
            {"id": "1", "kategoria": "powiatowa", "zarzadca": "Zarząd Dróg w Mikołowie", "nazwa": "Pszczyńska"},
            {"type": "LineString", "coordinates": [[18.90, 50.175], [18.91, 50.175]]},
        ),
    }
    for layer, (properties, geometry) in layers.items():
        path: Path = tmp_path / f"{layer}.geojson"
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        load(path, layer)
        publish(layer)
