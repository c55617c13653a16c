"""Connections and transactions: the owner's role writes, the public role only reads what is published.

psycopg 3, no ORM: a transaction is a connection, opened by the door (view, job, command) and passed down.
The public role is the wall for privacy: it can read the schemas `layers` and `published` and nothing else,
so that a bug in Python cannot leak what is not published.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from geo.errors import Unavailable

type Connection = psycopg.Connection[TupleRow]

PUBLIC_ROLE = "geo_public"
# How long a request waits for a connection.
WAIT_S = 3.0
# Twice the cores of a small machine: measured, a larger pool only lengthens the slowest answers.
POOL_SIZE = 4
# How many requests may wait for a connection; to one more we say at once that we are busy.
MOST_WAITING = 7
# A request has two long statements at most, a page and its count, each of which ends after statement_timeout.
# Parallel plans cost 1.7-1.9 times on two cores, and make the order of a tile's rows, so its bytes, unstable.
_PUBLIC_OPTIONS = (
    "-c default_transaction_read_only=on -c max_parallel_workers_per_gather=0 -c jit=off"
    " -c statement_timeout=5s -c timezone=UTC"
)


@cache
def read_sql(path: Path) -> sql.SQL:
    """A .sql file of ours, which is as trusted as a literal; read once, when it is first needed."""
    return sql.SQL(path.read_text(encoding="utf-8"))


class Database:
    """Two pools. Nothing is connected before the first use."""

    def __init__(self, dsn: str, public_dsn: str, *, size: int = POOL_SIZE) -> None:
        self.dsn = dsn
        self._owner = _pool(dsn, size, autocommit=False, options="")
        self._public = _pool(public_dsn, size, autocommit=True, options=_PUBLIC_OPTIONS)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection of the owner's role, committed at the end, rolled back on an error.

        Raises:
            Unavailable: no connection came free in time, or too many wait for one.
        """
        with _borrowed(self._owner) as connection, connection.transaction():
            yield connection

    @contextmanager
    def public(self) -> Iterator[Connection]:
        """A read-only connection of the public role, without a transaction around it.

        Raises:
            Unavailable: no connection came free in time, too many wait for one, the database went away or took too
                long.
        """
        try:
            with _borrowed(self._public) as connection:
                yield connection
        # A table that is gone: two publications came between the catalog and this query.
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable) as exc:
            raise Unavailable from exc

    def close(self) -> None:
        """End every connection."""
        for pool in (self._owner, self._public):
            if not pool.closed:
                pool.close()


def _pool(dsn: str, size: int, *, autocommit: bool, options: str) -> ConnectionPool[psycopg.Connection[TupleRow]]:
    kwargs: dict[str, Any] = {"autocommit": autocommit, "application_name": "geo"}
    if options:
        kwargs["options"] = options
    return ConnectionPool(
        dsn,
        min_size=0,
        max_size=size,
        max_waiting=MOST_WAITING,
        timeout=WAIT_S,
        # The pool doubles its pauses until it gives up, and tries at once when asked again: after a database
        # was away for minutes nobody should wait for the end of such a pause.
        reconnect_timeout=WAIT_S / 2,
        check=_check,
        kwargs=kwargs,
        open=False,
    )


def _check(connection: Connection) -> None:
    """Refuse a connection that the server has closed while it lay idle; costs no round trip."""
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    # An idle server says nothing but good-bye, or a notice.
    if idle.poll(0):
        ConnectionPool.check_connection(connection)


@contextmanager
def _borrowed(pool: ConnectionPool[psycopg.Connection[TupleRow]]) -> Iterator[Connection]:
    if pool.closed:
        # Opened late: a forked or merely imported process must hold no connection.
        pool.open()
    try:
        connection = pool.getconn()
    except (PoolTimeout, TooManyRequests) as exc:
        raise Unavailable from exc
    try:
        yield connection
    finally:
        pool.putconn(connection)
