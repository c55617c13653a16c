"""Queries of letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.rows import dict_row

from geo.db import Connection
from geo.mail.model import Letter, Sent

_COLUMNS = "id, key, recipient, subject, body, language, promised_at, tried, problem, sent_at, file"


def add(connection: Connection, letter: Letter) -> int | None:
    """A promised letter's number; None where one of its key is there already."""
    row = connection.execute(
        "INSERT INTO geo.mail (key, recipient, subject, body, language) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        list(letter),
    ).fetchone()
    return int(row[0]) if row else None


def unsent(connection: Connection, number: int) -> Sent | None:
    """A letter that waits, locked until the end of the transaction; None where it was sent or erased."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            f"SELECT {_COLUMNS} FROM geo.mail WHERE id = %s AND sent_at IS NULL FOR UPDATE", [number]
        ).fetchone()
    return _sent(row) if row else None


def waiting(connection: Connection) -> list[int]:
    """The numbers of letters of the last week that were not sent."""
    query = "SELECT id FROM geo.mail WHERE sent_at IS NULL AND promised_at > now() - interval '7 days' ORDER BY id"
    return [int(row[0]) for row in connection.execute(query)]


def erase(connection: Connection, about: str) -> None:
    """Remove the letters whose keys begin so: what they told of is over, and they name who was told."""
    connection.execute("DELETE FROM geo.mail WHERE starts_with(key, %s)", [about])


def newest(connection: Connection, limit: int, before: int | None = None) -> list[Sent]:
    """The newest letters, from before the one with a number."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"SELECT {_COLUMNS} FROM geo.mail WHERE %(before)s::bigint IS NULL OR id < %(before)s"
            " ORDER BY id DESC LIMIT %(limit)s",
            {"before": before, "limit": limit},
        ).fetchall()
    return [_sent(row) for row in rows]


def one(connection: Connection, number: int) -> Sent | None:
    """One letter."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(f"SELECT {_COLUMNS} FROM geo.mail WHERE id = %s", [number]).fetchone()
    return _sent(row) if row else None


def note_sent(connection: Connection, number: int, file: str | None) -> None:
    """It was sent, or lies in the outbox as a file."""
    connection.execute(
        "UPDATE geo.mail SET sent_at = now(), tried = tried + 1, problem = NULL, file = %s WHERE id = %s",
        [file, number],
    )


def note_problem(connection: Connection, number: int, problem: str) -> None:
    """A try failed."""
    connection.execute("UPDATE geo.mail SET tried = tried + 1, problem = %s WHERE id = %s", [problem[:500], number])


# Any: a row of the table.
def _sent(row: Mapping[str, Any]) -> Sent:
    letter = Letter(row["key"], row["recipient"], row["subject"], row["body"], row["language"])
    return Sent(row["id"], letter, row["promised_at"], row["tried"], row["problem"], row["sent_at"], row["file"])
