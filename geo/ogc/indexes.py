"""Indexes of the columns by which a collection is filtered and sorted, made after its publication.

A page is the first features, in the order of the table, that a filter leaves. Where it leaves many, they are found by
reading on; where it leaves few or none, all would be read. An index over (column, fid) gives those of one value in the
order of the page, so it is read for one page and no further, however many the value has.

Each is made in a transaction of its own: an edition's table is never written to, so reading goes on meanwhile, and of
an index that was not finished nothing is left. They belong to their table, come back with it and go with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from psycopg import sql

from geo import templates
from geo.db import Connection
from geo.feature import Collection, Field
from geo.jobs import Interrupted
from geo.ogc.condition import column
from geo.ogc.cql2.folding import casei

# Fewer are read in a millisecond.
LEAST_FEATURES = 5000
# An index takes a third of a page of PostgreSQL's at most, and folding may lengthen a letter. A text as long as this
# is a description, which nobody filters by its whole.
LONGEST_BYTES = 1000
# Raised when others are to be made of the same columns.
_RULE = "1"

type Transaction = Callable[[], AbstractContextManager[Connection]]


def missing(connection: Connection, collections: Iterable[Collection]) -> list[str]:
    """The collections that should be indexed, and are not, or not all of their columns."""
    return [one.id for one in collections if _is_wanted(one) and _note_on(connection, one) != _note(one)]


def make(transaction: Transaction, collection: Collection, stopping: Callable[[], bool] = lambda: False) -> int:
    """Make the indexes that a published collection lacks, each in its own transaction; how many it has then.

    0 when nothing was to be done. A withdrawal waits for one index at most.

    Raises:
        UndefinedTable: the edition was withdrawn.
        Interrupted: `stopping` said so; those that were made stay.
    """
    with transaction() as connection:
        if not missing(connection, [collection]):
            return 0
        wanted = list(_definitions(collection, _worthwhile(connection, collection)))
    table = sql.Identifier("layers", collection.table)
    for definition in wanted:
        if stopping():
            raise Interrupted
        with transaction() as connection:
            # Equal names are equal definitions: what an earlier run has made is passed over.
            name = sql.Identifier(f"{collection.table}_by_{_digest(definition.as_string(None))}")
            connection.execute(sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({}, fid)").format(name, table, definition))
    with transaction() as connection:
        # The spread of folded texts is known of their index alone; without it every one would seem rare.
        connection.execute(sql.SQL("ANALYZE {}").format(table))
        connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table, sql.Literal(_note(collection))))
    return len(wanted)


def _is_wanted(collection: Collection) -> bool:
    return not collection.raster and collection.count >= LEAST_FEATURES


def _note(collection: Collection) -> str:
    """What the table says when all is made: it goes with the table, and with a backup of it."""
    columns = ",".join(f"{field.name}:{field.type}" for field in collection.type.fields)
    folded = sql.SQL(", ").join(casei(column(name)) for name in templates.fields_of(collection.label))
    return f"indexed {_digest(f'{_RULE} {LONGEST_BYTES} {columns} {folded.as_string(None)}')}"


def _note_on(connection: Connection, collection: Collection) -> str | None:
    name = sql.Identifier("layers", collection.table).as_string()
    row = connection.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [name]).fetchone()
    return row[0] if row else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _worthwhile(connection: Connection, collection: Collection) -> list[Field]:
    """The fields that have two values at least, none of them too long."""
    fields = collection.type.fields
    if not fields:
        return []
    looks = sql.SQL(", ").join(_look(field) for field in fields)
    table = sql.Identifier("layers", collection.table)
    row = connection.execute(sql.SQL("SELECT {} FROM {}").format(looks, table)).fetchone()
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
