"""Editions: a collection is loaded, published and rolled back as a whole, by an atomic swap.

staged ──publish──▶ published ──publish of a newer one──▶ previous ──▶ withdrawn (table, findings dropped)
   │                    ▲                                     │             ▲
   │                    └──────────────rollback───────────────┘             │
   └──────────────────────────────discard───────────────────────────────────┘

Every function works in the caller's transaction; those that change a collection's editions wait for each other
until its end. A reader that resolved an edition keeps reading its table:
the previous one stays until the second publication after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, LiteralString

from psycopg import errors, sql
from psycopg.rows import kwargs_row

from geo.db import PUBLIC_ROLE, Connection
from geo.errors import Conflict, NotFound
from geo.geometry import LngLatBbox
from geo.texts import Text


class EditionState(StrEnum):
    """Where an edition stands. A collection has at most one of each of the first three."""

    STAGED = "staged"
    PUBLISHED = "published"
    PREVIOUS = "previous"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> Text:
        """The state as people call it."""
        return Text(_TITLES[self])


_TITLES: dict[str, LiteralString] = {
    "staged": "staged",
    "published": "published",
    "previous": "previous",
    "withdrawn": "withdrawn",
}


class NothingStaged(Conflict):
    """'{collection}' has no staged edition; load a file first."""

    code = "nothing-staged"


class NothingToDiscard(Conflict):
    """'{collection}' has no staged edition; there is nothing to discard."""

    code = "nothing-to-discard"


class NothingToRollBackTo(Conflict):
    """'{collection}' has no previous edition to go back to."""

    code = "nothing-previous"


class EditionMoved(Conflict):
    """Edition {number} of '{collection}' is no longer {state}; look again what there is."""

    code = "edition-moved"


class UnknownCollection(NotFound):
    """There is no collection '{collection}'."""

    code = "unknown-collection"


@dataclass(frozen=True, slots=True)
class Edition:
    """One load of one collection. read = stored + refused + cut + closed."""

    collection: str
    number: int
    state: EditionState
    file_name: str
    file_sha256: str
    format: str
    read: int
    stored: int
    refused: int
    cut: int  # features of other gminas
    closed: int  # versions that the register itself has ended
    synthetic: bool
    data_date: date | None
    extent: list[float] | None  # west, south, east, north
    loaded_at: datetime
    published_at: datetime | None

    @property
    def table(self) -> str:
        """Its table in the schema `layers`."""
        return table_name(self.collection, self.number)


_COLUMNS = sql.SQL(", ").join(sql.Identifier(name) for name in Edition.__dataclass_fields__)
# Shorter than PostgreSQL waits before it looks for deadlocks (1 s).
_IN_HASTE = "SELECT set_config('lock_timeout', '100ms', true) WHERE to_regclass(%s) IS NOT NULL"


def table_name(collection: str, number: int) -> str:
    """`ortho-2024`, 3 -> `ortho_2024_e3`."""
    return f"{collection.replace('-', '_')}_e{number}"


def text_table(table: str) -> str:
    """Where the finished text of an edition's features stands, if anybody has written it: `ortho_2024_e3_text`."""
    return f"{table}_text"


def lock(connection: Connection, collection: str) -> None:
    """Be the only one who changes a collection's editions, until the transaction ends.

    Whoever changes several collections takes all locks first, in registry order: two who do so never block each other.
    """
    # Every statement after it sees what the one before has committed: transactions are READ COMMITTED.
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('geo.edition:' || %s, 0))", [collection])


def next_number(connection: Connection, collection: str) -> int:
    """The number of a new edition; loads of one collection wait for each other here until they commit."""
    lock(connection, collection)
    query = "SELECT coalesce(max(number), 0) + 1 FROM geo.edition WHERE collection = %s"
    row = connection.execute(query, [collection]).fetchone()
    return int(row[0]) if row else 1


def stage(connection: Connection, edition: Edition) -> None:
    """Record a loaded edition as the staged one; an earlier staged one gives way."""
    lock(connection, edition.collection)
    for older in listing(connection, [edition.collection]):
        if older.state is EditionState.STAGED:
            _withdraw(connection, older)
    values = [getattr(edition, name) for name in Edition.__dataclass_fields__]
    connection.execute(
        sql.SQL("INSERT INTO geo.edition ({}) VALUES ({})").format(
            _COLUMNS, sql.SQL(", ").join([sql.Placeholder()] * len(values))
        ),
        values,
    )


def listing(connection: Connection, collections: Sequence[str] | None = None) -> list[Edition]:
    """Editions, newest first within a collection; of all collections when none are named."""
    query = sql.SQL(
        "SELECT {} FROM geo.edition WHERE %(ids)s::text[] IS NULL OR collection = ANY(%(ids)s)"
        " ORDER BY collection, number DESC"
    ).format(_COLUMNS)
    ids = None if collections is None else list(collections)
    with connection.cursor(row_factory=kwargs_row(_recorded)) as cursor:
        return cursor.execute(query, {"ids": ids}).fetchall()


def _recorded(*, state: str, **columns: Any) -> Edition:
    # Any: each of the other columns has its attribute's type already, as the database gives it.
    return Edition(state=EditionState(state), **columns)


def files_named(connection: Connection) -> set[str]:
    """The SHA-256 of each file from which an edition came that is staged, public or previous."""
    rows = connection.execute("SELECT DISTINCT file_sha256 FROM geo.edition WHERE state <> 'withdrawn'")
    return {sha256 for (sha256,) in rows}


def published(connection: Connection) -> dict[str, Edition]:
    """The public edition of each collection that has one; the public role's rights suffice.

    Its `file_name` and `file_sha256` are empty: the office's files are not the public's business.
    """
    query = sql.SQL("SELECT '' AS file_name, '' AS file_sha256, * FROM published.edition")
    with connection.cursor(row_factory=kwargs_row(_recorded)) as cursor:
        return {edition.collection: edition for edition in cursor.execute(query)}


def in_state(connection: Connection, collection: str, state: EditionState) -> Edition | None:
    """The collection's edition in a state that only one can have."""
    return next((e for e in listing(connection, [collection]) if e.state is state), None)


def publish(connection: Connection, collection: str) -> Edition:
    """Make the staged edition the public one, from the commit on; the one before it can be returned to.

    Raises:
        NothingStaged: there is none.
    """
    lock(connection, collection)
    staged = in_state(connection, collection, EditionState.STAGED)
    if staged is None:
        raise NothingStaged(collection=collection)
    if previous := in_state(connection, collection, EditionState.PREVIOUS):
        _withdraw(connection, previous)
    if published := in_state(connection, collection, EditionState.PUBLISHED):
        _move(connection, published, EditionState.PREVIOUS)
    now_public = _move(connection, staged, EditionState.PUBLISHED)
    announce(connection)
    return now_public


def discard(connection: Connection, collection: str) -> Edition:
    """Withdraw the staged edition; what is published stays as it is. Gives the edition as it was.

    Raises:
        NothingToDiscard: there is none.
    """
    lock(connection, collection)
    staged = in_state(connection, collection, EditionState.STAGED)
    if staged is None:
        raise NothingToDiscard(collection=collection)
    _withdraw(connection, staged)
    return staged


def rollback(connection: Connection, collection: str) -> Edition:
    """Exchange the published edition and the previous one.

    Raises:
        NothingToRollBackTo: there is no previous edition.
    """
    lock(connection, collection)
    previous = in_state(connection, collection, EditionState.PREVIOUS)
    published = in_state(connection, collection, EditionState.PUBLISHED)
    if previous is None or published is None:
        raise NothingToRollBackTo(collection=collection)
    # By way of withdrawn: at no moment are two editions published (an index forbids it).
    aside = _move(connection, published, EditionState.WITHDRAWN)
    now_public = _move(connection, previous, EditionState.PUBLISHED)
    _move(connection, aside, EditionState.PREVIOUS)
    announce(connection)
    return now_public


def announce(connection: Connection) -> None:
    """Raise the revision: every worker rebuilds what it knows of the collections."""
    connection.execute("UPDATE geo.revision SET revision = revision + 1")


def extent_of(edition: Edition) -> LngLatBbox | None:
    """The box of its features in degrees; None when it has none."""
    return LngLatBbox(*edition.extent) if edition.extent else None


def _move(connection: Connection, edition: Edition, state: EditionState) -> Edition:
    # now() is the transaction's: what was published together carries one moment.
    moved = connection.execute(
        "UPDATE geo.edition SET state = %s,"
        " published_at = CASE WHEN %s = 'published' THEN now() ELSE published_at END"
        " WHERE collection = %s AND number = %s AND state = %s",
        [state, state, edition.collection, edition.number, edition.state],
    )
    if moved.rowcount == 0:
        raise EditionMoved(collection=edition.collection, number=edition.number, state=edition.state.words)
    # A staged or withdrawn table is nobody's business but the office's.
    visible = state in (EditionState.PUBLISHED, EditionState.PREVIOUS)
    verb = sql.SQL("GRANT SELECT ON {} TO {}") if visible else sql.SQL("REVOKE SELECT ON {} FROM {}")
    connection.execute(verb.format(sql.Identifier("layers", edition.table), sql.Identifier(PUBLIC_ROLE)))
    return replace(edition, state=state)


def _withdraw(connection: Connection, edition: Edition) -> None:
    # Before anything is written: who makes an index holds the table and ends by writing its line of PostgreSQL's own
    # catalogue. Had we written there first (REVOKE) and then waited for the table, each would wait for the other.
    _hold_tables(connection, edition)
    _move(connection, edition, EditionState.WITHDRAWN)
    # A nightly load would leave some thousand of them each night.
    forget = "DELETE FROM geo.finding WHERE collection = %s AND edition = %s"
    connection.execute(forget, [edition.collection, edition.number])
    connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("layers", edition.table)))
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier("layers", text_table(edition.table))))


def _hold_tables(connection: Connection, edition: Edition) -> None:
    """Hold an edition's table and its text, which others take in either order: none is waited for long with the other.

    Whoever writes the text holds the table until the text is there.
    """
    table, text = (sql.Identifier("layers", name) for name in (edition.table, text_table(edition.table)))
    seize = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE")
    while True:
        # Refused the text, we give the table back: whoever has the text gets it, and ends.
        with suppress(errors.LockNotAvailable), connection.transaction():
            connection.execute(seize.format(table))
            if connection.execute(_IN_HASTE, [text.as_string(None)]).fetchone():
                connection.execute(seize.format(text))
                connection.execute("SET LOCAL lock_timeout TO DEFAULT")
            return
