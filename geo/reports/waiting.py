"""Queries of the moderators' queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from psycopg.rows import dict_row

from geo.db import Connection
from geo.reports.model import Delivery, Status


class Queued(NamedTuple):
    """A line of the moderators' queue; no personal data."""

    id: int
    status: Status
    category: str
    description: str
    street: str | None
    area: str | None
    received_at: datetime
    due_on: date | None
    department: str | None
    body: str | None
    delivery: Delivery
    assigned_to: str | None


class Filter(NamedTuple):
    """Which reports of the queue are wanted; None: all."""

    statuses: Sequence[Status] | None = None
    category: str | None = None
    assigned_to: int | None = None
    late: bool = False
    before: int | None = None


def queue(connection: Connection, wanted: Filter, limit: int) -> list[Queued]:
    """Reports that fit a filter, the newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT r.id, r.status, r.category, left(r.description, 160) AS description, r.around->>'street' AS street,"
            " r.around->>'area' AS area, r.received_at, r.due_on, r.department, r.body, r.delivery,"
            " a.name AS assigned_to FROM geo.report r LEFT JOIN geo.account a ON a.id = r.assigned_to"
            " WHERE (%(statuses)s::text[] IS NULL OR r.status = ANY(%(statuses)s))"
            " AND (%(category)s::text IS NULL OR r.category = %(category)s)"
            " AND (%(assigned_to)s::bigint IS NULL OR r.assigned_to = %(assigned_to)s)"
            " AND (NOT %(late)s OR (r.closed_at IS NULL AND r.paused_at IS NULL AND r.due_on < current_date))"
            " AND (%(before)s::bigint IS NULL OR r.id < %(before)s) ORDER BY r.id DESC LIMIT %(limit)s",
            {**wanted._asdict(), "statuses": list(wanted.statuses) if wanted.statuses else None, "limit": limit},
        ).fetchall()
    return [Queued(**{**row, "status": Status(row["status"]), "delivery": Delivery(row["delivery"])}) for row in rows]


def counts(connection: Connection) -> dict[Status, int]:
    """How many reports there are in each state."""
    rows = connection.execute("SELECT status, count(*) FROM geo.report GROUP BY status")
    return {Status(row[0]): int(row[1]) for row in rows}
