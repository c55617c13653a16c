"""A promise is a row: it is there with its change, or not at all; and it is kept once."""

import os
import tempfile
import time
from pathlib import Path

import pytest

from geo import jobs
from geo.layers.reader import unpacked
from server import worker


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


def test_what_a_killed_load_unpacked_goes_after_a_day(deps, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, running, elsewhere = (Path(unpacked.folder().name) for _ in range(3))
    for path in (left, running, elsewhere):
        path.mkdir(exist_ok=True)
        (path / "data.gml").touch()
    link = tmp_path / f"{unpacked.PREFIX}link"
    link.symlink_to(elsewhere)
    os.utime(left, (time.time() - 2 * 86_400,) * 2)
    os.utime(link, (time.time() - 2 * 86_400,) * 2, follow_symlinks=False)

    worker.chores(deps)["server.sweep"]()

    assert not left.exists()
    assert (running / "data.gml").exists()
    assert (elsewhere / "data.gml").exists()
