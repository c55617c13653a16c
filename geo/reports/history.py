"""Queries of what happened to reports, and of who did what how often; both are only added to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg.rows import class_row

from geo.db import Connection


class Event(NamedTuple):
    """Something that happened to a report; `at` has its zone."""

    id: int
    at: datetime
    actor: str
    account: str | None
    kind: str
    before: str | None
    after: str | None
    reason: str


def add_event(
    connection: Connection,
    number: int,
    actor: str,
    kind: str,
    *,
    account_id: int | None = None,
    before: str | None = None,
    after: str | None = None,
    reason: str = "",
) -> None:
    """Write down what happened to a report."""
    connection.execute(
        "INSERT INTO geo.report_event (report_id, actor, account_id, kind, before, after, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [number, actor, account_id, kind, before, after, reason],
    )


def events(connection: Connection, number: int) -> list[Event]:
    """What happened to a report, the oldest first."""
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(
            "SELECT e.id, e.at, e.actor, a.name AS account, e.kind, e.before, e.after, e.reason FROM geo.report_event e"
            " LEFT JOIN geo.account a ON a.id = e.account_id WHERE e.report_id = %s ORDER BY e.id",
            [number],
        ).fetchall()


def newest_event(connection: Connection, number: int) -> int:
    """The number of what happened last to a report."""
    row = connection.execute("SELECT max(id) FROM geo.report_event WHERE report_id = %s", [number]).fetchone()
    return int(row[0]) if row and row[0] else 0


def count(connection: Connection, what: str, who: str, within: timedelta) -> int:
    """How often somebody did something lately; whoever does the same waits until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('geo.rate ' || %s || ' ' || %s, 0))", [what, who])
    row = connection.execute(
        "SELECT count(*) FROM geo.rate WHERE what = %s AND who = %s AND at > now() - %s", [what, who, within]
    ).fetchone()
    return int(row[0]) if row else 0


def note_use(connection: Connection, what: str, who: str) -> None:
    """Count one more."""
    connection.execute("INSERT INTO geo.rate (what, who) VALUES (%s, %s)", [what, who])


def forget_uses(connection: Connection, after: timedelta) -> None:
    """Forget what was counted so long ago."""
    connection.execute("DELETE FROM geo.rate WHERE at < now() - %s", [after])
