"""A promised conversion is done once, and whoever breaks off leaves nothing half-done."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest
from flights_of_tests import progress_seen_by_the_public, promised, state

from geo import jobs
from geo.catalog import CurrentCatalog
from geo.confine import process
from geo.deps import Deps
from geo.ortho import files, service, store
from geo.ortho.files import cog_folder
from geo.ortho.model import TaskState
from geo.texts import Text
from server import worker


def test_a_promised_file_is_converted_once_and_its_progress_is_public(house, ours, known, make_source):
    task_id = promised(house, known, make_source(), flown_on=date(2024, 5, 17), synthetic=True)
    waiting = progress_seen_by_the_public(house)

    edition = service.run_task(house, ours, known, task_id)
    again = service.run_task(house, ours, known, task_id)

    assert waiting == [("ortho-2024", "queued")]
    assert (edition.number, edition.data_date, again) == (1, date(2024, 5, 17), None)
    assert (state(house, task_id).state, state(house, task_id).progress) == (TaskState.DONE, 1.0)
    assert progress_seen_by_the_public(house) == []


def test_a_promise_is_one_row_of_work_in_the_same_transaction(house, known, make_source):
    task_id = promised(house, known, make_source())

    with house.transaction() as connection:
        rows = connection.execute("SELECT task_name, args->>'task' FROM public.procrastinate_jobs").fetchall()

    assert rows == [(service.CONVERT_JOB, str(task_id))]


def test_a_task_that_was_killed_while_running_is_done_by_the_next_run(house, ours, known, make_source):
    task_id = promised(house, known, make_source())
    with house.transaction() as connection:
        store.move_task(connection, task_id, TaskState.RUNNING, 0.4, state(house, task_id).message)

    assert service.run_task(house, ours, known, task_id).number == 1


def test_a_refused_task_says_why_and_is_not_tried_again(house, ours, known, make_source):
    task_id = promised(house, known, make_source(corner=(6_700_000.0, 6_000_000.0)))

    assert service.run_task(house, ours, known, task_id) is None

    assert state(house, task_id).state is TaskState.FAILED
    assert "outside the municipality" in state(house, task_id).message.say("en")
    assert progress_seen_by_the_public(house) == []


@pytest.mark.parametrize("cause", [OSError(28, "No space left on device"), MemoryError()])
def test_a_task_that_broke_off_is_failed_until_it_is_tried_again(house, ours, known, make_source, monkeypatch, cause):
    task_id = promised(house, known, make_source())

    def break_off(*_, progress, **__):
        progress(0.4, Text("Halfway."))
        raise cause

    with monkeypatch.context() as patch:
        patch.setattr(files, "prepare", break_off)
        with pytest.raises(type(cause)):
            service.run_task(house, ours, known, task_id)
    broken = state(house, task_id)
    service.run_task(house, ours, known, task_id)

    assert (broken.state, progress_seen_by_the_public(house)) == (TaskState.FAILED, [])
    assert "broke off" in broken.message.say("en")
    assert state(house, task_id).state is TaskState.DONE


def with_job(house, task_id, status, attempts=1):
    with house.transaction() as connection:
        connection.execute(
            "UPDATE public.procrastinate_jobs SET status = %s, attempts = %s WHERE args->>'task' = %s",
            [status, attempts, str(task_id)],
        )


@pytest.mark.parametrize("at", ["Moving the picture", "Making overviews"])
def test_a_stopped_conversion_leaves_nothing_and_its_task_waits(house, ours, known, make_source, monkeypatch, at):
    task_id = promised(house, known, make_source())
    prepare, heard = files.prepare, []

    def listening(*arguments, progress, **options):
        def hear(share, message):
            heard.append(message.say("en"))
            progress(share, message)

        return prepare(*arguments, progress=hear, **options)

    monkeypatch.setattr(files, "prepare", listening)
    # Even a small picture is looked at once while its overviews are made.
    monkeypatch.setattr(process, "LOOK_EVERY_S", 0.001)

    with pytest.raises(jobs.Interrupted):
        service.run_task(house, ours, known, task_id, stopping=lambda: any(said.startswith(at) for said in heard))

    assert list(cog_folder(ours.data_dir).iterdir()) == []
    stopped = state(house, task_id)
    assert (stopped.state, stopped.progress) == (TaskState.QUEUED, 0.0)
    assert "next start" in stopped.message.say("en")
    assert service.run_task(house, ours, known, task_id).number == 1


@pytest.mark.parametrize(
    ("job", "becomes", "says"),
    [
        ("doing", TaskState.RUNNING, "Halfway"),
        ("todo", TaskState.QUEUED, "begins anew"),
        ("failed", TaskState.FAILED, "Given up"),
    ],
)
def test_a_task_is_no_further_than_its_job(house, known, make_source, job, becomes, says):
    task_id = promised(house, known, make_source())
    with house.transaction() as connection:
        store.move_task(connection, task_id, TaskState.RUNNING, 0.7, Text("Halfway."))
    with_job(house, task_id, job)

    with house.transaction() as connection:
        settled = service.settle(connection)

    assert settled == (becomes is not TaskState.RUNNING)
    assert (state(house, task_id).state, progress_seen_by_the_public(house)) == (
        becomes,
        [] if becomes is TaskState.FAILED else [("ortho-2024", becomes.value)],
    )
    assert says in state(house, task_id).message.say("en")


def test_a_conversion_that_ended_five_workers_is_shown_as_given_up(house, ours, known, make_source):
    task_id = promised(house, known, make_source())
    with house.transaction() as connection:
        store.move_task(connection, task_id, TaskState.RUNNING, 0.7, Text("Halfway."))
    with_job(house, task_id, "doing", attempts=5)
    deps = Deps(ours, known, house, CurrentCatalog(house, known))
    app = jobs.app(house.dsn, {}, {})

    async def care() -> None:
        async with app.open_async():
            await worker._care_for_the_dead(app, worker.settling(deps))

    asyncio.run(care())

    assert state(house, task_id).state is TaskState.FAILED
    assert progress_seen_by_the_public(house) == []


def test_a_task_that_does_not_exist_is_not_found(house, ours, known):
    with pytest.raises(store.TaskNotFound):
        service.run_task(house, ours, known, uuid4())
