"""The first requests of a process come together, and one application answers them all."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from werkzeug.test import Client

from server import app, wsgi


def test_eight_threads_that_ask_first_build_one_application(database, tmp_path, monkeypatch):
    monkeypatch.setenv("GEO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GEO_DATABASE_URL", database.owner)
    monkeypatch.setenv("GEO_PUBLIC_DATABASE_URL", database.public)
    monkeypatch.setattr(wsgi, "_wired", wsgi._Wired())
    made = []
    create = app.create

    def create_and_count(*arguments, **named):
        made.append(create(*arguments, **named))
        return made[-1]

    monkeypatch.setattr(app, "create", create_and_count)
    together = Barrier(8)

    def ask(_: int) -> tuple[int, str]:
        together.wait()
        answer = Client(wsgi.application).get("/readyz")
        return answer.status_code, json.loads(answer.data)["status"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))
    made[0].doors.tiles.deps.close()

    assert answers == [(200, "ready")] * 8
    assert len(made) == 1
