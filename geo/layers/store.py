"""Queries of the layers: rows while a file is read, an edition's table, findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import compress
from typing import LiteralString

from psycopg import Cursor, sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from geo import copy_text
from geo.db import Connection
from geo.feature import FieldType, GeometryKind
from geo.layers.model import Finding, Severity
from geo.registry import LayerEntry
from geo.texts import Text

# Lines and polygons are stored as multi-geometries, so that a collection has one exact type:
# QGIS shows only the first type of a mixed one.
COLUMN_GEOMETRY: dict[GeometryKind, LiteralString] = {
    "point": "geometry(Point, 4326)",
    "line": "geometry(MultiLineString, 4326)",
    "polygon": "geometry(MultiPolygon, 4326)",
    "any": "geometry(Geometry, 4326)",
}
COLUMN_TYPE: dict[FieldType, LiteralString] = {
    # Compared letter by letter, the same in every database: one index serves =, <, LIKE 'a%' and sorting.
    "text": 'text COLLATE "C"',
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
}

# As many as fit between two processes, so that one works on them while the other makes the next.
_SOME = 500

type Value = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Features that passed their checks, as columns of one length: EWKB in hex with SRID 4326, longitude first."""

    numbers: Sequence[int]
    names: Sequence[str]
    lines: Sequence[int | None]
    ids: Sequence[str]
    ewkb: Sequence[str | None]
    values: Sequence[Sequence[Value]]  # for each field of the layer, in order

    def __len__(self) -> int:
        return len(self.ids)

    def without(self, positions: Collection[int]) -> Rows:
        """The same without the rows at some positions."""
        kept = [position not in positions for position in range(len(self))]

        def left[T](column: Sequence[T]) -> list[T]:
            return list(compress(column, kept))

        return Rows(
            numbers=left(self.numbers),
            names=left(self.names),
            lines=left(self.lines),
            ids=left(self.ids),
            ewkb=left(self.ewkb),
            values=[left(column) for column in self.values],
        )


def begin(connection: Connection, layer: str, entry: LayerEntry) -> None:
    """Make the temporary table that takes a layer's rows in the order of the file."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(COLUMN_TYPE[field.type]))
        for name, field in entry.fields.items()
    )
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {} (loaded_number bigint, loaded_name text, loaded_line integer,"
            " id {}, geom {}, {}) ON COMMIT DROP"
        ).format(_loading(layer), sql.SQL(COLUMN_TYPE["text"]), sql.SQL(COLUMN_GEOMETRY[entry.geometry]), columns)
    )


@contextmanager
def appending(connection: Connection) -> Iterator[Callable[[str, Rows], None]]:
    """What adds rows to a layer by COPY, each call while PostgreSQL still stores the rows of the one before.

    The connection is free again when the block has ended.
    """
    with ThreadPoolExecutor(1, "copy") as sender:
        sent: Future[None] | None = None

        def append(layer: str, rows: Rows) -> None:
            nonlocal sent
            columns: list[copy_text.Column] = [rows.numbers, rows.names, rows.lines, rows.ids, rows.ewkb, *rows.values]
            block = copy_text.block(columns)
            # One at a time: what waits is memory, and an error must end the reading soon.
            if sent is not None:
                sent.result()
            sent = sender.submit(_copy, connection, layer, block)

        yield append
        if sent is not None:
            sent.result()


def _copy(connection: Connection, layer: str, block: str) -> None:
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(_loading(layer))) as copy:
        copy.write(block)


def remove_doubles(connection: Connection, layer: str) -> list[Finding]:
    """Keep the first of several features with one id; the others are refused by name."""
    if not _has_doubles(connection, layer):
        return []
    doubles = connection.execute(
        sql.SQL(
            "WITH ranked AS (SELECT ctid AS place, loaded_name, loaded_line, id,"
            "   row_number() OVER (PARTITION BY id ORDER BY loaded_number) AS nth FROM {table}),"
            " gone AS (DELETE FROM {table} t USING ranked r WHERE t.ctid = r.place AND r.nth > 1)"
            " SELECT loaded_name, loaded_line, id FROM ranked WHERE nth > 1 ORDER BY loaded_line, id"
        ).format(table=_loading(layer))
    ).fetchall()
    return [
        Finding(
            Severity.REFUSED,
            "double-id",
            Text("The identifier '{id}' stands in the file more than once; the first feature was kept.", id=id_),
            feature=name,
            line=line,
        )
        for name, line, id_ in doubles
    ]


def _has_doubles(connection: Connection, layer: str) -> bool:
    # Counted in a hash table, which costs half of the sorting that numbering them takes.
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} GROUP BY id HAVING count(*) > 1)").format(_loading(layer))
    row = connection.execute(query).fetchone()
    return row is not None and bool(row[0])


def finish(connection: Connection, layer: str, entry: LayerEntry, table: str) -> tuple[int, list[float] | None]:
    """Make the edition's table from the rows, in spatial order; gives the count and the extent in degrees.

    Rows near each other on the ground lie near each other on disk (PostGIS orders geometries along a Hilbert
    curve): 1.05-1.28 times faster tiles, and pages of items that make sense on a map.
    """
    target = sql.Identifier("layers", table)
    fields = sql.SQL(", ").join(map(sql.Identifier, entry.fields))
    connection.execute(
        sql.SQL(
            "CREATE TABLE {} AS SELECT row_number() OVER (ORDER BY geom, id) AS fid, id, geom,"
            " ST_Transform(geom, 3857) AS geom_3857, {} FROM {}"
        ).format(target, fields, _loading(layer))
    )
    statements: tuple[LiteralString, ...] = (
        "ALTER TABLE {} ADD PRIMARY KEY (fid), ALTER COLUMN id SET NOT NULL, ADD UNIQUE (id)",
        "CREATE INDEX ON {} USING gist (geom)",
        "CREATE INDEX ON {} USING gist (geom_3857)",
        # Enough to plan with, in a third of the time; PostgreSQL itself looks again, and longer, within minutes.
        "SET LOCAL default_statistics_target = 40",
        "ANALYZE {}",
        "SET LOCAL default_statistics_target TO DEFAULT",
    )
    for statement in statements:
        connection.execute(sql.SQL(statement).format(target))
    row = connection.execute(
        sql.SQL(
            "SELECT n, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)"
            " FROM (SELECT count(*) AS n, ST_Extent(geom) AS box FROM {}) AS whole"
        ).format(target)
    ).fetchone()
    if row is None or row[1] is None:
        return (row[0] if row else 0), None
    return row[0], list(row[1:])


def save_findings(connection: Connection, layer: str, edition: int, findings: Iterable[Finding]) -> None:
    """Keep what was found beside the edition."""
    statement = "COPY geo.finding (collection, edition, severity, code, text, feature, line) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for found in findings:
            text = Jsonb(found.text.to_json())
            copy.write_row((layer, edition, found.severity, found.code, text, found.feature, found.line))


def findings(connection: Connection, layer: str, edition: int) -> list[Finding]:
    """What was found in the file of an edition, worst first."""
    rows = connection.execute(
        "SELECT severity, code, text, feature, line FROM geo.finding WHERE collection = %s AND edition = %s"
        " ORDER BY array_position(ARRAY['refused', 'warning', 'note'], severity), id",
        [layer, edition],
    )
    return [Finding(Severity(s), code, Text.from_json(text), feature, line) for s, code, text, feature, line in rows]


@dataclass(frozen=True, slots=True)
class Placed:
    """Features of an edition as columns of one length, their places as PostgreSQL writes them."""

    ids: Sequence[str]
    points: Sequence[str | None]  # EWKB in hex, a point on each (SRID 4326, longitude first); None: nobody knows where
    boxes: Sequence[str | None]  # of each west, south, east, north as an array; None with the point
    fields: dict[str, Sequence[Value]]


def features(
    connection: Connection,
    table: str,
    fields: Sequence[str],
    geometry: GeometryKind,
    beside: tuple[str, Sequence[str]] | None = None,
) -> Iterator[Placed]:
    """The features of an edition with a point on each and its box, in batches, in the order of their ids.

    All are asked for at once, before the first is taken: from then on the connection is free, and they wait in this
    process' memory, some 300 bytes each. One that nobody has drawn lies where the features of another table are that
    have the same values as it in some fields (`beside`); it has no place when there are none.
    """
    # _shape, _places: no field's name begins with _.
    query = sql.SQL(
        "SELECT f.id, {point}::text, CASE WHEN _shape IS NOT NULL THEN"
        " ARRAY[ST_XMin(_shape), ST_YMin(_shape), ST_XMax(_shape), ST_YMax(_shape)]::text END, {fields}"
        " FROM {table} f {beside}, coalesce(f.geom, {otherwise}) AS _shape"
        " ORDER BY f.id"
    ).format(
        point=sql.SQL(_A_POINT[geometry == "point"]).format(otherwise=(otherwise := _otherwise(beside))),
        fields=sql.SQL(", ").join(sql.Identifier("f", name) for name in fields),
        table=sql.Identifier("layers", table),
        beside=sql.SQL("") if beside is None else _gathered(*beside),
        otherwise=otherwise,
    )
    return _placed(connection.execute(query), fields)


def _placed(cursor: Cursor[TupleRow], fields: Sequence[str]) -> Iterator[Placed]:
    while rows := cursor.fetchmany(_SOME):
        ids, points, boxes, *values = zip(*rows, strict=True)
        yield Placed(ids, points, boxes, dict(zip(fields, values, strict=True)))


# A point is the point on itself, which GEOS would find for each of a register's hundred thousand.
_ON_OTHERS: LiteralString = "ST_ClosestPoint({otherwise}, ST_Centroid({otherwise}))"
_A_POINT: tuple[LiteralString, LiteralString] = (
    f"coalesce(ST_PointOnSurface(f.geom), {_ON_OTHERS})",
    f"coalesce(f.geom, {_ON_OTHERS})",
)


def _otherwise(beside: object) -> sql.SQL:
    return sql.SQL("NULL::geometry" if beside is None else "o._places")


def _gathered(table: str, same: Sequence[str]) -> sql.Composed:
    """The points of another table, together for each set of values; joined to what nobody has drawn."""
    names = sql.SQL(", ").join(map(sql.Identifier, same))
    return sql.SQL(
        "LEFT JOIN (SELECT {names}, ST_Collect(ST_PointOnSurface(geom)) AS _places FROM {table} GROUP BY {names}) o"
        " ON f.geom IS NULL AND {equal}"
    ).format(
        names=names,
        table=sql.Identifier("layers", table),
        equal=sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier("f", name), sql.Identifier("o", name)) for name in same
        ),
    )


def drop(connection: Connection, table: str) -> None:
    """Remove a table that no edition names."""
    connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("layers", table)))


def _loading(layer: str) -> sql.Identifier:
    return sql.Identifier(f"loading_{layer}")
