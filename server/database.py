"""The database of an installation: the private cluster, or the one that GEO_DATABASE_URL names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from geo.db import PUBLIC_ROLE
from geo.errors import Misconfigured
from geo.settings import Settings
from geo.texts import Text
from server import cluster, connections


class Addresses(NamedTuple):
    """Where the owner's role and the public role connect."""

    owner: str
    public: str


def addresses(settings: Settings) -> Addresses:
    """The addresses, whether the database runs or not.

    Raises:
        Misconfigured: an address is none, or this account cannot run the private cluster.
    """
    if settings.database_url is None:
        private = cluster.at(settings.data_dir)
        return Addresses(private.owner_dsn, private.public_dsn)
    if settings.public_database_url is not None:
        return Addresses(settings.database_url, _checked("GEO_PUBLIC_DATABASE_URL", settings.public_database_url))
    own = _checked("GEO_DATABASE_URL", settings.database_url)
    # Both passwords lie in the same process: a second one would guard nothing.
    return Addresses(settings.database_url, make_conninfo(own, user=PUBLIC_ROLE))


@contextmanager
def use(settings: Settings, announce: cluster.Announce = cluster.silent) -> Iterator[Addresses]:
    """The addresses of a database that runs, at least as long as the block lasts.

    Raises:
        Misconfigured: the private cluster cannot be started; says why.
    """
    if settings.database_url is not None:
        yield addresses(settings)
        return
    with cluster.use(settings.data_dir, announce, connections.server_settings(settings)) as private:
        yield Addresses(private.owner_dsn, private.public_dsn)


def _checked(variable: str, address: str) -> str:
    try:
        conninfo_to_dict(address)
    except ProgrammingError as exc:
        problem = Text("This is no address of a PostgreSQL database.")
        remedy = Text("Write it like {example}.", example="postgresql://geo_owner:secret@localhost/geo")
        raise Misconfigured(where=variable, problem=problem, remedy=remedy) from exc
    return address
