"""A promise is a row: it is there with its change, or not at all; and it is kept once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geo import jobs
from geo.layers.reader import unpacked
from geo.ortho import service as ortho
from geo.ortho import store
from geo.ortho.model import TaskState
from server import children, demo, run, worker
from tests.patience import until

ROOT = Path(__file__).parents[3]
WORKER = """
import sys, time
from geo import jobs
from server import worker
def greet(name):
    print(name, flush=True)
    time.sleep(float(sys.argv[2]))
worker.work(jobs.app(sys.argv[1], {"greet": greet}, {}), patience_s=0.1)
"""


def waiting(deps, name: str) -> int:
    with deps.database.transaction() as connection:
        row = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [name]).fetchone()
    return row[0]


def run_until_idle(deps, handlers) -> None:
    app = jobs.app(deps.database.dsn, handlers, {})
    with app.open():
        app.run_worker(wait=False, install_signal_handlers=False)


def test_a_promise_disappears_with_the_change_that_failed(deps):
    def change_that_fails() -> None:
        with deps.database.transaction() as connection:
            jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change_that_fails()

    assert waiting(deps, "greet") == 0


def test_a_promise_is_kept_once_however_often_it_was_given(deps):
    greeted: list[str] = []

    def greet(name: str) -> None:
        greeted.append(name)

    for _ in range(2):
        with deps.database.transaction() as connection:
            jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")

    run_until_idle(deps, {"greet": greet})
    run_until_idle(deps, {"greet": greet})

    assert greeted == ["Anna"]


@pytest.fixture
def greeted(deps) -> Callable[[], list[str]]:
    """Runs a worker that greets until there is nothing to do; says whom it has greeted so far."""
    names: list[str] = []

    def greet(name: str) -> None:
        names.append(name)

    def greeted_() -> list[str]:
        run_until_idle(deps, {"greet": greet})
        return list(names)

    return greeted_


def test_an_older_promise_that_stands_for_a_newer_one_waits_for_its_change(deps, greeted):
    with deps.database.transaction() as connection:
        jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")

    with deps.database.transaction() as connection:
        jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")
        before = greeted()

    assert (before, greeted()) == ([], ["Anna"])


def test_a_promise_is_given_again_when_the_older_one_is_kept_meanwhile(deps, greeted, monkeypatch):
    with deps.database.transaction() as connection:
        jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")

    with deps.database.transaction() as connection:
        execute = connection.execute

        def after_the_worker(*query: object) -> object:
            greeted()
            return execute(*query)

        monkeypatch.setattr(connection, "execute", after_the_worker)
        jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")
        monkeypatch.undo()

    assert greeted() == ["Anna", "Anna"]


@pytest.mark.parametrize(("attempts", "status"), [(3, "todo"), (4, "failed")])
def test_a_job_that_fails_is_begun_five_times(deps, attempts, status):
    def fail(name: str) -> None:
        raise ValueError(name)

    with deps.database.transaction() as connection:
        jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")
        connection.execute("UPDATE procrastinate_jobs SET attempts = %s", [attempts])

    run_until_idle(deps, {"greet": fail})

    with deps.database.transaction() as connection:
        assert connection.execute("SELECT status::text FROM procrastinate_jobs").fetchall() == [(status,)]


def test_the_left_overs_of_a_killed_upload_go_after_a_day(deps):
    uploads = deps.settings.data_dir / "uploads"
    uploads.mkdir(parents=True)
    old, new, kept = uploads / ".keeping-old", uploads / ".keeping-new", uploads / ("0" * 64)
    for path in (old, new, kept):
        path.touch()
    for path in (old, kept):
        os.utime(path, (time.time() - 2 * 86_400,) * 2)

    worker.chores(deps)["server.sweep"]()

    assert sorted(path.name for path in uploads.iterdir()) == sorted([new.name, kept.name])


def a_worker(deps, job_takes_s: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, deps.database.dsn, str(job_takes_s)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def half_a_minute_passes(deps) -> None:
    with deps.database.transaction() as connection:
        connection.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '31 s'")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("promised_again", [False, True])
def test_what_a_worker_left_half_done_is_done_by_the_next_one(deps, end, promised_again):
    with deps.database.transaction() as connection:
        jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")
    with a_worker(deps, 600) as first:
        assert first.stdout.readline() == "Anna\n"
        first.send_signal(end)
        first.wait(20)
    if promised_again:
        with deps.database.transaction() as connection:
            jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")

    half_a_minute_passes(deps)
    with a_worker(deps, 0) as second:
        greeted = second.stdout.readline()
        second.terminate()
        second.wait(20)

    assert (greeted, second.returncode) == ("Anna\n", 0)


def test_sigterm_to_the_whole_group_ends_a_conversion_at_once_and_it_waits_for_the_next_start(deps, tmp_path):
    side = 3000
    noise = np.random.default_rng(1).integers(0, 255, (3, side, side), dtype="uint8")
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "height": side, "width": side, "crs": "EPSG:2177"}
    with rasterio.open(
        tmp_path / "a.tif", "w", **profile, transform=from_origin(6_561_000, 5_562_000, 0.5, 0.5)
    ) as out:
        out.write(noise)
    with deps.database.transaction() as connection:
        task = ortho.defer(connection, deps.registry, "2024", tmp_path / "a.tif", anywhere=True)
    environ = {
        "GEO_DATA_DIR": str(deps.settings.data_dir),
        "GEO_DATABASE_URL": deps.database.dsn,
        "GEO_PUBLIC_DATABASE_URL": deps.database.dsn,
    }
    child = children.Child("worker", run.worker_command(), {**os.environ, **environ}, ROOT)
    child.start()
    folder = deps.settings.data_dir / "ortho"
    until(lambda: list(folder.rglob("warped.tif")), 120)

    children.stop_all([child])

    with deps.database.transaction() as connection:
        left_off = store.task(connection, task)
        job = connection.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'ortho.convert'")
        assert job.fetchall() == [("todo",)]
    assert (left_off.state, left_off.progress) == (TaskState.QUEUED, 0.0)
    assert list(folder.iterdir()) == []


def test_the_painter_leaves_off_when_the_worker_ends(deps, tmp_path):
    ending = Event()
    ending.set()

    with pytest.raises(jobs.Interrupted):
        demo.paint(deps, tmp_path, ending)


def test_a_job_that_ended_every_worker_is_not_begun_for_ever(deps):
    with deps.database.transaction() as connection:
        jobs.defer(connection, "greet", {"name": "Anna"}, key="greet:Anna")
        connection.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = 4")
    app = jobs.app(deps.database.dsn, {}, {})

    async def revive() -> int:
        async with app.open_async():
            return await jobs.revive(app)

    assert asyncio.run(revive()) == 0

    with deps.database.transaction() as connection:
        assert connection.execute("SELECT status::text FROM procrastinate_jobs").fetchall() == [("failed",)]


def test_the_painter_ends_when_its_pictures_are_refused(deps, tmp_path):
    def break_off():
        with demo._make(deps.settings, tmp_path, "pictures") as painting:
            started.append(painting)
            raise RuntimeError

    started: list[subprocess.Popen[str]] = []
    with pytest.raises(RuntimeError):
        break_off()

    assert started[0].returncode == -signal.SIGKILL


def test_a_raw_file_that_no_edition_names_goes_after_a_month(deps, load, shared_data):
    (loaded, *_) = load(shared_data / "addresses" / "sample_model2021.gml", anywhere=True)
    folder = deps.settings.data_dir / "uploads"
    unnamed, young, named = folder / ("0" * 64), folder / ("1" * 64), folder / loaded.edition.file_sha256
    unnamed.touch()
    young.touch()
    for path, days in ((unnamed, 31), (young, 29), (named, 400)):
        os.utime(path, (time.time() - days * 86_400,) * 2)

    worker.chores(deps)["server.sweep"]()

    assert sorted(path.name for path in folder.iterdir()) == sorted([young.name, named.name])


def test_what_a_killed_load_unpacked_goes_after_a_day(deps, tmp_path):
    uploads = deps.settings.data_dir / "uploads"
    uploads.mkdir(parents=True)
    left, running = (Path(unpacked.folder(uploads).name) for _ in range(2))
    elsewhere = tmp_path / "elsewhere"
    for path in (left, running, elsewhere):
        path.mkdir(exist_ok=True)
        (path / "data.gml").touch()
    link = uploads / f"{unpacked.PREFIX}link"
    link.symlink_to(elsewhere)
    os.utime(left, (time.time() - 2 * 86_400,) * 2)
    os.utime(link, (time.time() - 2 * 86_400,) * 2, follow_symlinks=False)

    worker.chores(deps)["server.sweep"]()

    assert not left.exists()
    assert (running / "data.gml").exists()
    assert (elsewhere / "data.gml").exists()
