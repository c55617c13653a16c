"""Bring a database to this version: our migrations by Alembic, and procrastinate's own tables."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from geo.errors import Misconfigured
from geo.texts import Text

MIGRATIONS = Path(__file__).parent.parent / "migrations"
CLOSE_TO_PUBLIC = Path(__file__).with_name("close_to_public.sql")


class NewerDatabase(Misconfigured):
    """The database was used by a newer version of the program (migration {revision}). {remedy}"""

    code = "newer-database"


def upgrade(dsn: str) -> None:
    """Apply what is missing, and close what PostgreSQL opens to everybody. Two that start at once wait for each other.

    Raises:
        Misconfigured: the database cannot be reached.
        NewerDatabase: it knows a migration that this program does not; nothing is changed.
    """
    with _engine(dsn).connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7021)"))
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS geo"))
        connection.commit()
        _revision(connection)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # At each start: a restored database, or a new version of a package, may have opened something again.
        # By the driver itself: the script's per cent signs are no placeholders.
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute(CLOSE_TO_PUBLIC.read_text(encoding="utf-8"))
        connection.commit()
        connection.execute(text("SELECT pg_advisory_unlock(7021)"))


def pending(dsn: str) -> bool:
    """Whether the database is older than the code.

    Raises:
        Misconfigured: the database cannot be reached.
        NewerDatabase: it knows a migration that this program does not.
    """
    with _engine(dsn).connect() as connection:
        return _revision(connection) != ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _revision(connection: Connection) -> str | None:
    """The last migration that a database had; None for a new one."""
    options = {"version_table": "migration", "version_table_schema": "geo"}
    revision = MigrationContext.configure(connection, opts=options).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if revision is not None and revision not in known:
        remedy = Text("Start that version again, or restore a backup made by this one into a new GEO_DATA_DIR.")
        raise NewerDatabase(revision=revision, remedy=remedy)
    return revision


def _engine(dsn: str) -> Engine:
    # psycopg reads every form of an address: postgres://, key=value, a service.
    return create_engine("postgresql+psycopg://", creator=lambda: _connect(dsn), poolclass=NullPool)


def _connect(dsn: str) -> psycopg.Connection:
    try:
        return psycopg.connect(dsn, connect_timeout=10)
    except psycopg.OperationalError as exc:
        problem = Text("The database does not answer: {reason}", reason=str(exc).strip().splitlines()[0])
        remedy = Text("Check the address and that the server runs; 'geo doctor' says more.")
        raise Misconfigured(where="GEO_DATABASE_URL", problem=problem, remedy=remedy) from exc
