"""A promise is a row: whatever must happen later is deferred in the transaction of the change that caused it.

`defer(connection, "layers.warm", {...}, key="layers.warm:addresses")` writes a row beside the change; both are
there after the commit, or neither. The worker (`server.worker`) runs it, retries it, and runs jobs of one key
one after another. A job that takes its time looks whether the worker is ending, and then raises `Interrupted`.
procrastinate on our own PostgreSQL: no broker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from procrastinate import App, PsycopgConnector, RetryDecision, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from psycopg import sql

from geo.db import Connection

log = logging.getLogger(__name__)

type JobValue = str | int | float | bool | None
type Handler = Callable[..., None]

QUEUE = "geo"
# How often a job is begun, the first time included. procrastinate counts the times after it: they come 5 s, 25 s,
# 2 min and 10 min after a failure, thirteen minutes in all.
ATTEMPTS = 5
# Jobs that wait or are being done: their name, key and status, for a subquery.
LIVING = sql.SQL(
    "SELECT task_name AS name, lock AS key, status::text AS status FROM public.procrastinate_jobs"
    " WHERE status IN ('todo', 'doing')"
)
# In UTC, when nobody loads layers; several workers do it once.
NIGHTLY = "17 2 * * *"
# A worker that has given no sign of life for so long is dead: three of its heartbeats.
DEAD_AFTER_S = 30.0
# FOR UPDATE: no worker begins the job before our commit, so it sees our change. READ COMMITTED: each look is a new one.
_WAITING = "SELECT id FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' FOR UPDATE"


class Interrupted(Exception):
    """The worker is about to end and the job has left off; the next worker begins it again."""


class _Retry(RetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        # Stopping the geoportal is no failure of the job's, however often it happens.
        if isinstance(exception, Interrupted):
            return RetryDecision()
        return super().get_retry_decision(exception=exception, job=job)


RETRY = _Retry(max_attempts=ATTEMPTS - 1, exponential_wait=5)
# Deferring needs no connection of its own: it uses the caller's.
_writing = App(connector=PsycopgConnector())


def defer(
    connection: Connection, name: str, arguments: Mapping[str, JobValue], *, key: str, queue: str = QUEUE
) -> None:
    """Promise a job. A job of the same key that has not begun yet stands for this one too, and waits for the commit.

    In another `queue` it waits until somebody serves that one.
    """
    task = _writing.configure_task(name, queue=queue, lock=key, queueing_lock=key, connection=connection)
    while True:
        try:
            with connection.transaction():
                task.defer(**arguments)
        except AlreadyEnqueued:
            if connection.execute(_WAITING, [key]).fetchone() is None:
                # A worker has begun it since: it may have looked before our change.
                continue
        return


def app(dsn: str, handlers: Mapping[str, Handler], nightly: Mapping[str, Callable[[], None]]) -> App:
    """The application that a worker runs: each handler under its name, and what is done every night."""
    worker = App(connector=PsycopgConnector(conninfo=dsn))
    for name, handler in handlers.items():
        worker.task(name=name, queue=QUEUE, retry=RETRY)(handler)
    for name, chore in nightly.items():
        worker.periodic(cron=NIGHTLY)(worker.task(name=name, queue=QUEUE, retry=RETRY)(_without_time(chore)))
    return worker


async def revive(worker: App) -> int:
    """Promise again what dead workers left half-done; how many jobs. A job that was begun too often is failed.

    Until then such a job would keep every other job of its key from running.
    """
    revived = 0
    for job in await worker.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=DEAD_AFTER_S):
        log.warning("job of a dead worker", extra={"job": job.task_name, "attempts": job.attempts})
        try:
            if job.attempts + 1 < ATTEMPTS:
                await worker.job_manager.retry_job(job)
                revived += 1
                continue
        except UniqueViolation:
            # A job of its key waits already, and stands for this one too.
            pass
        except ConnectorException:
            log.warning("another worker took care of it", extra={"job": job.task_name})
            continue
        await worker.job_manager.finish_job(job, Status.FAILED, delete_job=False)
    return revived


def _without_time(chore: Callable[[], None]) -> Callable[[int], None]:
    def at(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when; the chore does not care
        chore()

    return at
