"""What may be done with letters; one call is one transaction, which the door opens."""

from __future__ import annotations

from geo import jobs
from geo.db import Connection, Database
from geo.mail import post, store
from geo.mail.model import Letter
from geo.settings import Settings

JOB = "mail.send"


def promise(connection: Connection, letter: Letter) -> None:
    """Promise a letter in the transaction of what it tells of; of one key only the first."""
    number = store.add(connection, letter)
    if number is not None:
        jobs.defer(connection, JOB, {"number": number}, key=f"{JOB}:{number}")


def promise_again(connection: Connection) -> None:
    """Promise once more what was not sent within a week: a mail server may be away longer than a job is tried."""
    for number in store.waiting(connection):
        jobs.defer(connection, JOB, {"number": number}, key=f"{JOB}:{number}")


def send(database: Database, settings: Settings, number: int) -> None:
    """Send a letter that waits, as the job does; one that was sent is left alone.

    The row is locked meanwhile, so that two workers do not send it twice. Where a process is killed after the server
    took it and before the commit, it is sent again, with the same Message-ID.

    Raises:
        NotSent: the server did not take it. What it said is written down; the job is tried again.
    """
    with database.transaction() as connection:
        waiting = store.unsent(connection, number)
        if waiting is None:
            return
        made = post.message(waiting.letter, settings, waiting.promised_at)
        failure, file = None, None
        if settings.smtp_url is None:
            file = f"{number:08}.eml"
            post.lay(made, settings.outbox, file)
        else:
            try:
                post.send(made, settings.smtp_url)
            except post.NotSent as exc:
                failure = exc
        if failure is None:
            store.note_sent(connection, number, file)
        else:
            store.note_problem(connection, number, str(failure))
    if failure is not None:
        raise failure
