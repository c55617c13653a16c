"""Whether a database is at this version, by one query: Alembic takes longer to import than most commands to run."""

from __future__ import annotations

from pathlib import Path

import psycopg

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"


def is_current(dsn: str) -> bool:
    """Whether the newest migration is the database's last; False for one that is new or does not answer."""
    newest = max(file.name for file in VERSIONS.glob("[0-9]*.py")).partition("_")[0]
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            rows = connection.execute("SELECT version_num FROM geo.migration").fetchall()
    except psycopg.Error:
        return False
    return rows == [(newest,)]
