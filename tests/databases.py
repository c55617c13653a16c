"""A database of the tests: its addresses, and waiting for what another thread does with it."""

from concurrent.futures import Future, wait
from typing import NamedTuple

from geo.deps import Deps

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Database(NamedTuple):
    """Its addresses: the owner's and the public role's."""

    owner: str
    public: str


def until_it_waits(deps: Deps, doing: Future[object]) -> None:
    """Returns when something waits for a lock of the database, or is done."""
    while not doing.done():
        with deps.database.transaction() as connection:
            if connection.execute(_WAITING).fetchone() != (0,):
                return
        wait([doing], 0.02)
