"""Indexes of the columns by which a collection is filtered and sorted, made after its publication.

A page is the first features, in the order of the table, that a filter leaves. Where it leaves many, they are found by
reading on; where it leaves few or none, all would be read. An index over (column, fid) gives those of one value in the
order of the page, so it is read for one page and no further, however many the value has.

Each is made in a transaction of its own: an edition's table is never written to, so reading goes on meanwhile, and of
an index that was not finished nothing is left. They belong to their table, come back with it and go with it. No
transaction here holds more than one table, so none keeps those waiting for whom it waits itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from psycopg import sql

from geo import editions, templates
from geo.db import Connection
from geo.editions import EditionState
from geo.feature import Collection, Field
from geo.jobs import Interrupted
from geo.ogc.condition import column
from geo.ogc.cql2.folding import casei

# Fewer are read in a millisecond.
LEAST_FEATURES = 5000
# An index takes a third of a page of PostgreSQL's at most, and folding may lengthen a letter. A text as long as this
# is a description, which nobody filters by its whole.
LONGEST_BYTES = 1000
# Raised when others are to be made of the same columns: what an older rule has made goes.
RULE = "2"
# What is waited for readers before an index goes: whoever comes meanwhile waits too.
_DROPPING = "SET LOCAL lock_timeout = '1s'"

type Transaction = Callable[[], AbstractContextManager[Connection]]
type Step = Callable[[Connection], object]


def missing(connection: Connection, collections: Iterable[Collection]) -> list[str]:
    """The collections that should be indexed, and are not, or not all of their columns."""
    return [one.id for one in collections if _is_wanted(one) and _note_on(connection, one) != _note(one)]


def make(transaction: Transaction, collection: Collection, stopping: Callable[[], bool] = lambda: False) -> int:
    """Make the indexes that a published collection lacks, each in its own transaction; how many it has then.

    0 when nothing was to be done, or another edition is the public one meanwhile: that one has a promise of its own.
    A withdrawal waits for one index at most.

    Raises:
        UndefinedTable: the edition was withdrawn.
        LockNotAvailable: an index that is no longer wanted is being read; worth another try.
        Interrupted: `stopping` said so; those that were made stay.
    """
    with transaction() as connection:
        if not missing(connection, [collection]):
            return 0
        wanted = list(_definitions(collection, _worthwhile(connection, collection)))
    steps = [_creation(collection, definition) for definition in wanted]
    for step in (*steps, *_ending(collection, wanted)):
        if stopping():
            raise Interrupted
        with transaction() as connection:
            if not _is_public(connection, collection):
                return 0
            step(connection)
    return len(wanted)


def index_name(table: str, definition: sql.Composable) -> str:
    """The name of one index of a table, of 63 bytes at most: equal names are equal definitions."""
    return f"{table}_by_{_digest(f'{RULE} {_columns(definition).as_string(None)}')}"


def _columns(definition: sql.Composable) -> sql.Composed:
    return sql.SQL("{}, fid").format(definition)


def _creation(collection: Collection, definition: sql.Composable) -> Step:
    # What an earlier run has made is passed over.
    statement = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
        sql.Identifier(index_name(collection.table, definition)), _table(collection), _columns(definition)
    )
    return lambda connection: connection.execute(statement)


def _ending(collection: Collection, wanted: list[sql.Composable]) -> Iterator[Step]:
    names = [index_name(collection.table, definition) for definition in wanted]

    def drop_others(connection: Connection) -> None:
        others = _others(connection, collection, names)
        if others:
            connection.execute(_DROPPING)
            indexes = (sql.Identifier("layers", name) for name in others)
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(", ").join(indexes)))

    def note(connection: Connection) -> None:
        # The spread of folded texts is known of their index alone; without it every one would seem rare.
        connection.execute(sql.SQL("ANALYZE {}").format(_table(collection)))
        said = sql.Literal(_note(collection))
        connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(_table(collection), said))

    yield from (drop_others, note)


def _others(connection: Connection, collection: Collection, names: list[str]) -> list[str]:
    """The indexes of this module that a table has beside those named."""
    rows = connection.execute(
        "SELECT c.relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = to_regclass(%s)"
        " AND starts_with(c.relname, %s) AND c.relname <> ALL(%s)",
        [_table(collection).as_string(None), f"{collection.table}_by_", names],
    )
    return [name for (name,) in rows]


def _table(collection: Collection) -> sql.Identifier:
    return sql.Identifier("layers", collection.table)


def _is_public(connection: Connection, collection: Collection) -> bool:
    public = editions.in_state(connection, collection.id, EditionState.PUBLISHED)
    return public is not None and public.number == collection.edition


def _is_wanted(collection: Collection) -> bool:
    return not collection.raster and collection.count >= LEAST_FEATURES


def _note(collection: Collection) -> str:
    """What the table says when all is made: it goes with the table, and with a backup of it."""
    columns = ",".join(f"{field.name}:{field.type}" for field in collection.type.fields)
    folded = sql.SQL(", ").join(casei(column(name)) for name in templates.fields_of(collection.label))
    return f"indexed {_digest(f'{RULE} {LONGEST_BYTES} {columns} {folded.as_string(None)}')}"


def _note_on(connection: Connection, collection: Collection) -> str | None:
    query = "SELECT obj_description(to_regclass(%s), 'pg_class')"
    row = connection.execute(query, [_table(collection).as_string(None)]).fetchone()
    return row[0] if row else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _worthwhile(connection: Connection, collection: Collection) -> list[Field]:
    """The fields that have two values at least, none of them too long."""
    fields = collection.type.fields
    if not fields:
        return []
    looks = sql.SQL(", ").join(_look(field) for field in fields)
    row = connection.execute(sql.SQL("SELECT {} FROM {}").format(looks, _table(collection))).fetchone()
    return [field for field, found in zip(fields, row or (), strict=True) if found]


def _look(field: Field) -> sql.Composed:
    name = column(field.name)
    if field.type == "boolean":
        return sql.SQL("bool_or({0}) AND NOT bool_and({0})").format(name)
    differ = sql.SQL("min({0}) < max({0})").format(name)
    if field.type == "text":
        return sql.SQL("{} AND max(octet_length({})) <= {}").format(differ, name, sql.Literal(LONGEST_BYTES))
    return differ


def _definitions(collection: Collection, fields: list[Field]) -> Iterator[sql.Composable]:
    """What is indexed: each column, and what people call the features by once more without regard to case."""
    label = templates.fields_of(collection.label)
    for field in fields:
        yield sql.Identifier(field.name)
        if field.type == "text" and field.name in label:
            yield casei(column(field.name))
