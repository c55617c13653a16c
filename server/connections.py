"""How many connections an installation needs, and whether its database gives so many."""

from __future__ import annotations

import psycopg

from geo.db import POOL_SIZE
from geo.errors import Misconfigured
from geo.settings import Settings
from geo.texts import Text

# What procrastinate's own pool holds in the worker.
_JOBS = 4
# Commands of `geo` beside, a backup, the doctor, somebody with psql.
_BESIDE = 10
# PostgreSQL's own default, kept for superusers.
_SUPERUSERS = 3
# The owner's pool and the public one.
_POOLS = 2

_GIVEN = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int,
    CASE WHEN base.datconnlimit >= 0 THEN base.datconnlimit END
)
FROM pg_database AS base WHERE base.datname = current_database()
"""


class TooFewConnections(Misconfigured):
    """{where}: {problem} {remedy}"""

    code = "too-few-connections"


def needed(settings: Settings) -> int:
    """The most connections that the processes of an installation hold at once, and a reserve."""
    return (settings.workers + 1) * _POOLS * POOL_SIZE + _JOBS + _BESIDE


def server_settings(settings: Settings) -> dict[str, str]:
    """What a private cluster is started with for these settings."""
    return {"max_connections": str(needed(settings) + _SUPERUSERS)}


def given(owner: psycopg.Connection) -> int:
    """How many connections a database gives to those who are no superusers."""
    row = owner.execute(_GIVEN).fetchone()
    return int(row[0]) if row else 0


def check(settings: Settings, owner: psycopg.Connection) -> None:
    """Whether they are enough.

    Raises:
        TooFewConnections: says which number to change.
    """
    wanted, there = needed(settings), given(owner)
    if wanted <= there:
        return
    problem = Text(
        "With GEO_WORKERS={workers} up to {wanted} connections are needed, and the database gives {there}.",
        workers=settings.workers,
        wanted=wanted,
        there=there,
    )
    most = settings.workers - -(-(wanted - there) // (_POOLS * POOL_SIZE))
    if settings.database_url is None:
        remedy = Text("Another command has started it for less: wait for its end, then start again.")
    elif most > 0:
        remedy = Text(
            "Set GEO_WORKERS to {most} or less, or max_connections of the database to {enough} or more.",
            most=most,
            enough=wanted + _SUPERUSERS,
        )
    else:
        remedy = Text("Set max_connections of the database to {enough} or more.", enough=wanted + _SUPERUSERS)
    raise TooFewConnections(where="max_connections", problem=problem, remedy=remedy)
