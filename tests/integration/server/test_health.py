"""A database that goes away and comes back: refusals meanwhile, never a fault, and nobody has to restart us."""

import json
import threading

import psycopg
import pytest
from psycopg import sql
from werkzeug.test import Client

from geo.layers import service
from server import app

ITEMS = "/ogc/collections/roads/items?limit=1000"


@pytest.fixture
def sections(tmp_path):
    """Writes a file of road sections that all carry one name."""

    def write(name: str, count: int):
        features = [
            {
                "type": "Feature",
                "properties": {"id": f"{name}-{n}", "nazwa": name, "kategoria": "gminna", "zarzadca": "Urząd"},
                "geometry": {"type": "LineString", "coordinates": [[18.90, 50.17], [18.90 + n / 10_000, 50.18]]},
            }
            for n in range(1, count + 1)
        ]
        path = tmp_path / f"{name}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return path

    return write


@pytest.fixture
def client(deps, database, load, publish, sections):
    """Asks the whole application, with one published layer."""
    load(sections("Lipowa", 3), "roads")
    publish("roads")
    whole = app.create(deps.settings, deps.registry, database.owner, database.public)
    yield Client(whole)
    whole.doors.tiles.deps.close()


@pytest.fixture
def admin(postgis, database):
    """Runs a statement on the server as its administrator, with the name of the test's database."""
    name = psycopg.conninfo.conninfo_to_dict(database.owner)["dbname"]

    def run(statement: str) -> None:
        with psycopg.connect(postgis.admin_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(name=sql.Identifier(str(name)), text=sql.Literal(str(name))))

    return run


# Waits until each is gone: the server needs a moment to close.
CUT = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {text}"


def test_connections_that_the_server_cut_are_replaced_before_anybody_notices(client, admin):
    assert client.get(ITEMS).status_code == 200

    answers = []
    for path in ("/readyz", ITEMS, "/", "/ogc/collections/roads/items/Lipowa-1"):
        admin(CUT)
        answers.append((path, client.get(path).status_code))

    assert answers == [(path, 200) for path, _ in answers]


def test_without_a_database_we_live_but_are_not_ready_and_recover_by_ourselves(client, admin):
    assert client.get("/readyz").status_code == 200

    admin("ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    admin(CUT)
    away = {path: client.get(path) for path in ("/healthz", "/readyz", ITEMS)}
    admin("ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    back = {path: client.get(path).status_code for path in ("/readyz", ITEMS)}

    assert {path: answer.status_code for path, answer in away.items()} == {"/healthz": 200, "/readyz": 503, ITEMS: 503}
    assert away[ITEMS].headers["Content-Type"].startswith("application/problem+json")
    assert away[ITEMS].headers["Retry-After"]
    assert back == {"/readyz": 200, ITEMS: 200}


def test_nobody_sees_a_mix_of_editions_while_they_change(client, deps, load, publish, sections):
    expected = {"Lipowa": 3, "Polna": 40, "Leśna": 7}
    seen: list[tuple[int, set[str], int, int]] = []
    ended = threading.Event()

    def read() -> None:
        own = Client(client.application)
        while not ended.is_set():
            answer = own.get(ITEMS)
            body = json.loads(answer.data)
            names = {feature["properties"]["nazwa"] for feature in body.get("features", [])}
            seen.append((answer.status_code, names, body.get("numberMatched"), body.get("numberReturned")))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        for name in ("Polna", "Leśna"):
            load(sections(name, expected[name]), "roads")
            publish("roads")
            for _ in range(6):
                with deps.database.transaction() as connection:
                    service.rollback(connection, deps.registry, "roads")
    finally:
        ended.set()
        for reader in readers:
            reader.join()

    assert {status for status, *_ in seen} == {200}
    assert [one for one in seen if len(one[1]) != 1] == []
    assert [one for one in seen if not one[2] == one[3] == expected[next(iter(one[1]))]] == []
    assert {next(iter(names)) for _, names, _, _ in seen} == set(expected)
