"""When everything is taken: 503 with a time to come back, ready tiles all the same; no memory for big bodies."""

import io
import select
from contextlib import ExitStack

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool
from werkzeug.test import Client

from geo import db, deadline, prepared
from geo.errors import Unavailable
from geo.http.limits import LARGEST_BODY, LONGEST_S
from geo.tiles import covering
from server import app
from server.guard import Guard

ITEMS = "/ogc/collections/roads/items"


@pytest.fixture
def road_ids():
    """Two, so that a page of one has another behind it."""
    return ["1", "2"]


def test_with_every_connection_held_we_say_when_to_come_back_and_give_the_tiles_that_lie_ready(whole):
    client, held = Client(whole), whole.doors.tiles.deps
    collection = held.catalog().collection("roads")
    tile = next(covering(collection.extent, 12).tiles())
    ready = f"/tiles/roads/{collection.version}/12/{tile.x}/{tile.y}"
    assert client.get(ready).status_code == 200

    with ExitStack() as stack:
        for _ in range(db.POOL_SIZE):
            stack.enter_context(held.database.public())
        # Nobody comes free: the waiting can be short.
        held.database._public.timeout = 0.02
        answers = {path: client.get(path) for path in (ITEMS, "/ogc", "/api/search?q=Lipowa", "/", ready, "/healthz")}
        held.database._public.timeout = db.WAIT_S
    after = client.get(ITEMS)

    assert {path: answer.status_code for path, answer in answers.items()} == {
        ITEMS: 503, "/ogc": 503, "/api/search?q=Lipowa": 503, "/": 503, ready: 200, "/healthz": 200
    }  # fmt: skip
    for path in (ITEMS, "/ogc", "/api/search?q=Lipowa"):
        assert answers[path].json["code"] == "unavailable"
        assert int(answers[path].headers["Retry-After"]) > 0
        assert answers[path].headers["Cache-Control"] == "no-store"
        assert answers[path].headers["Access-Control-Allow-Origin"] == "*"
    assert after.status_code == 200


def test_the_guard_says_that_we_are_busy_as_every_other_problem_is_said(whole):
    client = Client(Guard(whole.doors, whole.doors.behind, at_once=1, waiting=1, patience_s=0))
    streaming = client.application._slots
    streaming.acquire()

    refused = client.get(f"{ITEMS}?filter=nazwa='Lipowa'")
    page = client.get(f"{ITEMS}?filter=nazwa='Lipowa'", headers={"Accept": "text/html"})
    quick = client.get(ITEMS)
    streaming.release()

    assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
    assert refused.headers["Retry-After"]
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert quick.status_code == 200
    assert client.get(f"{ITEMS}?filter=nazwa='Lipowa'").status_code == 200


@pytest.mark.parametrize("path", [ITEMS, "/ogc", "/", "/nothing"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(whole, path):
    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError

    answer = Client(whole).post(
        path, environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(LARGEST_BODY + 1)}
    )

    assert answer.status_code == 413
    assert answer.json["status"] == 413


def permitted_ms(connection) -> int:
    """How long the statement that asks may run."""
    asked = "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'"
    return connection.execute(asked).fetchone()[0]


def test_a_statement_may_run_as_long_as_its_request_has_and_five_seconds_at_most(whole):
    public = whole.doors.tiles.deps.database.public
    with public() as connection:
        most = permitted_ms(connection)
        with deadline.within(4):
            less = permitted_ms(connection)
            lesser = permitted_ms(connection)
            prepared.first_row(connection, prepared.numbered(b"SELECT 1"), {})
    # The connection is another request's now.
    with deadline.within(8), public() as connection:
        again = permitted_ms(connection)

    assert most == again == db.STATEMENT_S * 1000 == 5000
    assert 0 < lesser <= less <= 4000


def test_whoever_has_no_time_left_asks_nothing_and_waits_for_no_connection(whole):
    database = whole.doors.tiles.deps.database
    with database.public() as connection:
        known = prepared.numbered(b"SELECT 1")
        with deadline.within(0):
            for ask in (lambda: connection.execute("SELECT 1"), lambda: prepared.first_row(connection, known, {})):
                with pytest.raises(psycopg.errors.QueryCanceled):
                    ask()
    # Nobody would live to see the end of this waiting.
    database._public.timeout = 10_000
    with ExitStack() as held:
        for _ in range(db.POOL_SIZE):
            held.enter_context(database.public())
        with deadline.within(0.01), pytest.raises(Unavailable), database.public():
            raise AssertionError
    database._public.timeout = db.WAIT_S


def test_a_connection_that_was_told_something_is_looked_at_in_a_time_of_its_own(whole, database, monkeypatch):
    lent, seen = whole.doors.tiles.deps.database, []
    with lent.public() as connection:
        connection.execute("LISTEN bell")
        pid = connection.info.backend_pid
    with psycopg.connect(database.owner) as owner:
        owner.execute("NOTIFY bell")
    # It has come: nobody reads it before the next who borrows the connection.
    assert select.select([connection.fileno()], [], [], 30)[0]
    check = ConnectionPool.check_connection
    looked = staticmethod(lambda connection: (seen.append(deadline.left_s()), check(connection)))
    monkeypatch.setattr(ConnectionPool, "check_connection", looked)

    with deadline.within(0.5), lent.public() as again:
        assert again.info.backend_pid == pid

    assert len(seen) == 1
    assert seen[0] > 0.5


@pytest.fixture
def slow(whole, database):
    """Two roads, each of which takes the database a fifth of a second whenever it is looked at."""
    table = whole.doors.catalog().collection("roads").table
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION public.slowly() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER COST 1"
            " AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN true; END $$"
        )
        owner.execute("GRANT EXECUTE ON FUNCTION public.slowly() TO PUBLIC")
        names = sql.Identifier("layers", table)
        owner.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(names))
        owner.execute(sql.SQL("CREATE POLICY slow ON {} USING (public.slowly())").format(names))


@pytest.mark.usefixtures("slow")
def test_all_statements_of_a_request_share_its_time(deps, database):
    page = f"{ITEMS}?filter=nazwa='Lipowa'&limit=1"
    answers = {}
    for longest_s in (LONGEST_S, 0.6):
        # A page of a filter's features asks for them, and then how many there are.
        served = app.create(deps.settings, deps.registry, database.owner, database.public, longest_s=longest_s)
        client = Client(served)
        client.get("/ogc/conformance?f=html")
        answers[longest_s] = client.get(page, headers={"Accept": "text/html"})
        served.doors.tiles.deps.close()

    late = answers[0.6]
    assert answers[LONGEST_S].status_code == 200
    assert (late.status_code, late.mimetype, late.headers.get("Retry-After")) == (503, "text/html", "2")
