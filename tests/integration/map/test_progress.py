"""What the map page tells of orthophotos in the making."""

import json
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from geo import jobs
from geo.ortho import store
from geo.ortho.model import Task, TaskState
from geo.texts import Text
from server.demo import PAINT_JOB


@pytest.fixture
def task(deps):
    """Records a conversion that waits or runs."""

    def task_(flight, state, progress=0.0):
        now = datetime.now(UTC)
        made = Task(
            uuid4(), flight, "/secret/a.tif", "a.tif", None, None, True, False, state, progress, Text("x"), now, now
        )
        with deps.database.transaction() as connection:
            store.insert_task(connection, made)

    return task_


@pytest.fixture
def promise_pictures(deps):
    """Promises the demo town's pictures, and says in which state that job is."""

    def promise_(status):
        with deps.database.transaction() as connection:
            jobs.defer(connection, PAINT_JOB, {"folder": "x"}, key=PAINT_JOB)
            connection.execute("UPDATE public.procrastinate_jobs SET status = %s::procrastinate_job_status", [status])

    return promise_


def page_data(page):
    return json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', page)[1])


def test_each_flight_in_the_making_is_told_with_its_share(client, task):
    task("ortho-2024", TaskState.RUNNING, 0.5)
    task("ortho-2024", TaskState.QUEUED)
    task("ortho-2019", TaskState.QUEUED)
    task("ortho-2019", TaskState.DONE, 1.0)

    answer = client.get("/api/progress?lang=en")

    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.json == {
        "revision": 2,
        "promised": False,
        "flights": [
            {"id": "ortho-2019", "title": "Orthophoto 2019", "name": "2019", "state": "queued", "progress": 0.0},
            {"id": "ortho-2024", "title": "Orthophoto 2024", "name": "2024", "state": "running", "progress": 0.25},
        ],
    }
    assert "secret" not in answer.text


def test_a_public_flight_without_open_tasks_is_done(client, deps):
    with deps.database.transaction() as connection:
        connection.execute("UPDATE geo.edition SET collection = 'ortho-2024' WHERE collection = 'streets'")
        connection.execute("UPDATE geo.revision SET revision = revision + 1")

    (flight,) = client.get("/api/progress").json["flights"]

    assert (flight["id"], flight["state"], flight["progress"]) == ("ortho-2024", "done", 1.0)


@pytest.mark.parametrize(
    ("status", "promised"), [("todo", True), ("doing", True), ("succeeded", False), ("failed", False)]
)
def test_pictures_are_promised_while_their_painter_waits_or_works(client, promise_pictures, status, promised):
    promise_pictures(status)

    assert client.get("/api/progress").json["promised"] is promised
    page = client.get("/").text
    assert page_data(page)["making"] is promised
    assert ('role="status">Ortofotomapy powstają…<' in page) is promised


def test_the_page_tells_the_progress_without_script(client, task):
    task("ortho-2024", TaskState.RUNNING, 0.5)

    polish, english = client.get("/").text, client.get("/?lang=en").text

    assert "Ortofotomapy powstają…" in polish
    assert re.search(r'<span>Ortofotomapa 2024</span> <progress max="1" value="0.5">', polish)
    assert 'role="status">Orthophotos are being made…<' in english
    assert "<span>Orthophoto 2024</span> <progress" in english


def test_a_page_with_nothing_in_the_making_says_nothing_of_it(client):
    page = client.get("/").text

    assert '<p id="making-status" role="status"></p>' in page
    assert "<progress" not in page
    assert page_data(page)["making"] is False
