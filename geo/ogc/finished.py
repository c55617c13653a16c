"""The finished text of each feature, beside the table of its edition: what a page would otherwise make anew.

Making a row's JSON costs PostgreSQL ten times what reading it does. The text stands in a table of its own, so that
tiles and filters read no more than before; a page reads it by the number of the feature. The column is named by the
SQL that made it: text of another registry or another release is never taken for today's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from psycopg import sql

from geo import editions
from geo.db import PUBLIC_ROLE, Connection
from geo.feature import Collection
from geo.jobs import Interrupted
from geo.ogc import statements

# A tenth of a second of work.
_BATCH = 5000


def missing(collections: Iterable[Collection]) -> list[str]:
    """The collections whose pages could be read as finished text, and are not."""
    return [one.id for one in collections if not one.raster and one.text_column != statements.text_column(one)]


def write(connection: Connection, collection: Collection, stopping: Callable[[], bool] = lambda: False) -> None:
    """Write the text of every feature of a published collection; nothing when it stands there already.

    Whoever withdraws the edition waits for the end of the transaction, and then drops the text too.

    Raises:
        UndefinedTable: the edition was withdrawn.
        Interrupted: `stopping` said so.
    """
    source = sql.Identifier("layers", collection.table)
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(source))
    name, column = editions.text_table(collection.table), statements.text_column(collection)
    if _stands(connection, name, column):
        return
    # Under another name until it is whole: older text may be read meanwhile.
    made = sql.Identifier("layers", f"{name}_new")
    for statement in _making(made, sql.Identifier(column)):
        connection.execute(statement)
    for batch in _batches(connection, source, made, statements.finished_feature(collection)):
        if stopping():
            raise Interrupted
        connection.execute(batch)
    for statement in _ending(made, name):
        connection.execute(statement)


def _stands(connection: Connection, table: str, column: str) -> bool:
    query = "SELECT FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s"
    return connection.execute(query, [sql.Identifier("layers", table).as_string(), column]).fetchone() is not None


def _making(made: sql.Identifier, column: sql.Identifier) -> Iterator[sql.Composed]:
    # Up to a page's size a text stays in its row, as it is: unpacking it, or fetching it from elsewhere, costs more
    # than all the rest of reading it.
    yield sql.SQL("CREATE TABLE {} (fid bigint NOT NULL, {} text NOT NULL) WITH (toast_tuple_target = 8160)").format(
        made, column
    )
    yield sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET STORAGE EXTERNAL").format(made, column)


def _batches(
    connection: Connection, source: sql.Identifier, made: sql.Identifier, feature: sql.SQL
) -> Iterator[sql.Composed]:
    row = connection.execute(sql.SQL("SELECT max(fid) FROM {}").format(source)).fetchone()
    last = row[0] if row and row[0] is not None else 0
    for start in range(0, last, _BATCH):
        yield sql.SQL("INSERT INTO {} SELECT fid, {} FROM {} WHERE fid > {} AND fid <= {} ORDER BY fid").format(
            made, feature, source, sql.Literal(start), sql.Literal(start + _BATCH)
        )


def _ending(made: sql.Identifier, name: str) -> Iterator[sql.Composed]:
    yield sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (fid)").format(made)
    # Without it a page of ten thousand is planned as if the rows lay in no order.
    yield sql.SQL("ANALYZE {} (fid)").format(made)
    yield sql.SQL("GRANT SELECT ON {} TO {}").format(made, sql.Identifier(PUBLIC_ROLE))
    yield sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier("layers", name))
    yield sql.SQL("ALTER TABLE {} RENAME TO {}").format(made, sql.Identifier(name))
