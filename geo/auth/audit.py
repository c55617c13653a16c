"""The audit table: what staff did, and whose personal data they read. What stands in it stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from geo.auth.model import Account
from geo.db import Connection

COMMAND_LINE = "command line"


class Entry(NamedTuple):
    """One line; `at` has its zone."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, str]


def note(
    connection: Connection, by: Account | None, action: str, subject: str = "", detail: Mapping[str, str] | None = None
) -> None:
    """Write down, in the caller's transaction, who did what to what; None is the command line.

    `detail` never holds personal data or secrets: it names what was read, and does not repeat it.
    """
    connection.execute(
        "INSERT INTO geo.audit (account_id, actor, action, subject, detail) VALUES (%s, %s, %s, %s, %s)",
        [by.id if by else None, by.login if by else COMMAND_LINE, action, subject, Jsonb(dict(detail or {}))],
    )


def newest(connection: Connection, limit: int, before: int | None = None, subject: str | None = None) -> list[Entry]:
    """The newest entries, from before the one with a number; of one subject, if it is given."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            "SELECT id, at, actor, action, subject, detail FROM geo.audit"
            " WHERE (%(before)s::bigint IS NULL OR id < %(before)s)"
            " AND (%(subject)s::text IS NULL OR subject = %(subject)s) ORDER BY id DESC LIMIT %(limit)s",
            {"before": before, "subject": subject, "limit": limit},
        ).fetchall()
