"""Connections and transactions: the owner's role writes, the public role only reads what is published.

psycopg 3, no ORM: a transaction is a connection, opened by the door (view, job, command) and passed down.
The public role is the wall for privacy: it can read the schemas `layers` and `published` and nothing else,
so that a bug in Python cannot leak what is not published. What it waits and computes for a request ends with the
request's time (`geo.deadline`).
"""

from __future__ import annotations

import math
import select
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import Copy, sql
from psycopg.pq import ExecStatus
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from geo import deadline
from geo.errors import Unavailable

type Connection = psycopg.Connection[TupleRow]
# Gives a connection for as long as a block runs.
type Lend = Callable[[], AbstractContextManager[Connection]]

PUBLIC_ROLE = "geo_public"
# How long a request waits for a connection at most.
WAIT_S = 3.0
# Twice the cores of a small machine: measured, a larger pool only lengthens the slowest answers.
POOL_SIZE = 4
# How many requests may wait for a connection; to one more we say at once that we are busy.
MOST_WAITING = 7
# How long a statement of the public role runs at most; less where its request has less left.
STATEMENT_S = 5.0
_STATEMENT_MS = int(STATEMENT_S * 1000)
# An empty statement on an idle connection takes less than a millisecond.
_CHECK_S = 1.0
# Parallel plans cost 1.7-1.9 times on two cores, and make the order of a tile's rows, so its bytes, unstable.
_PUBLIC_OPTIONS = (
    "-c default_transaction_read_only=on -c max_parallel_workers_per_gather=0 -c jit=off"
    f" -c statement_timeout={_STATEMENT_MS} -c timezone=UTC"
)


@cache
def read_sql(path: Path) -> sql.SQL:
    """A .sql file of ours, which is as trusted as a literal; read once, when it is first needed."""
    return sql.SQL(path.read_text(encoding="utf-8"))


class _PublicConnection(psycopg.Connection[TupleRow]):
    """A connection that knows how long its next statement may run."""

    statement_ms = _STATEMENT_MS


class _PublicCursor(psycopg.Cursor[TupleRow]):
    """A cursor whose statements end with their request."""

    # Any, here and below: a statement in each of the driver's forms, with its values.
    def execute(self, query: Any, params: Any = None, **more: Any) -> Self:
        """Execute a statement in the time that is left."""
        limit_statement(self.connection)
        return super().execute(query, params, **more)

    @contextmanager
    def copy(self, statement: Any, params: Any = None, **more: Any) -> Iterator[Copy]:
        """Copy out what a statement gives in the time that is left."""
        limit_statement(self.connection)
        with super().copy(statement, params, **more) as copy:
            yield copy


def limit_statement(connection: psycopg.Connection[Any]) -> None:
    """See that the next statement of a public connection ends with its request.

    For those who go past the driver's cursors, which say it themselves. It costs a question of the database where less
    is left than any statement may take, and once more when the next one may take that again.

    Raises:
        QueryCanceled: nothing is left.
        OperationalError: the database went away.
    """
    if not isinstance(connection, _PublicConnection):
        return
    left_s = deadline.left_s()
    wanted_ms = _STATEMENT_MS if left_s >= STATEMENT_S else math.ceil(left_s * 1000)
    if wanted_ms == 0:
        # Not Unavailable: who reads something optional may do without what is broken, not without what is late.
        raise psycopg.errors.QueryCanceled("the time of the request is over")
    if wanted_ms == connection.statement_ms:
        return
    answer = connection.pgconn.exec_(b"SET statement_timeout = %d" % wanted_ms)
    if answer.status != ExecStatus.COMMAND_OK:
        raise psycopg.OperationalError(answer.error_message.decode("utf-8", "replace"))
    connection.statement_ms = wanted_ms


class Database:
    """Two pools. Nothing is connected before the first use."""

    def __init__(self, dsn: str, public_dsn: str, *, size: int = POOL_SIZE) -> None:
        self.dsn = dsn
        self.public_dsn = public_dsn
        self._owner = _pool(dsn, size, psycopg.Connection, {"autocommit": False})
        public = {"autocommit": True, "options": _PUBLIC_OPTIONS, "cursor_factory": _PublicCursor}
        self._public = _pool(public_dsn, size, _PublicConnection, public)

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
            Unavailable: no connection came free in time or too many wait for one; or, in the block, the database went
                away, a statement took longer than it may or its request has, or a table is gone.
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


# Any: what the driver takes by name.
def _pool[Kind: Connection](dsn: str, size: int, kind: type[Kind], options: dict[str, Any]) -> ConnectionPool[Kind]:
    return ConnectionPool(
        dsn,
        connection_class=kind,
        min_size=0,
        max_size=size,
        max_waiting=MOST_WAITING,
        timeout=WAIT_S,
        # The pool doubles its pauses until it gives up, and tries at once when asked again: after a database
        # was away for minutes nobody should wait for the end of such a pause.
        reconnect_timeout=WAIT_S / 2,
        check=_check,
        kwargs={"application_name": "geo", **options},
        open=False,
    )


def _check(connection: Connection) -> None:
    """Refuse a connection that the server has closed while it lay idle; a round trip only where it said something."""
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    # An idle server says nothing but good-bye, or a notice.
    if idle.poll(0):
        # Whoever borrows it may have no time left, and would condemn a good one.
        with deadline.instead(_CHECK_S):
            ConnectionPool.check_connection(connection)


@contextmanager
def _borrowed[Kind: Connection](pool: ConnectionPool[Kind]) -> Iterator[Kind]:
    if pool.closed:
        # Opened late: a forked or merely imported process must hold no connection.
        pool.open()
    try:
        connection = pool.getconn(min(pool.timeout, deadline.left_s()))
    except (PoolTimeout, TooManyRequests) as exc:
        raise Unavailable from exc
    try:
        yield connection
    finally:
        pool.putconn(connection)
