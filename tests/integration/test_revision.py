"""A command asks a database for its version before it brings out the migrations."""

import psycopg

from server import revision


def test_a_migrated_database_is_current_and_an_older_or_absent_one_is_not(database: tuple[str, str]) -> None:
    dsn, _ = database

    current = revision.is_current(dsn)
    with psycopg.connect(dsn) as owner:
        owner.execute("UPDATE geo.migration SET version_num = '0001'")
    older = revision.is_current(dsn)
    with psycopg.connect(dsn) as owner:
        owner.execute("DROP TABLE geo.migration")
    bare = revision.is_current(dsn)

    assert (current, older, bare) == (True, False, False)
