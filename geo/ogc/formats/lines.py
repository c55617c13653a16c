"""The formats that are text: GeoJSON as a sequence and as one document, CSV. PostgreSQL makes it, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from psycopg import sql

from geo.crs import Crs
from geo.db import Lend
from geo.feature import Field
from geo.ogc import statements
from geo.ogc.formats.selecting import RawText, Selection
from geo.ogc.instants import utc
from geo.ogc.items import computing

# What divides a text into cells for a program that expects semicolons, as those of Poland do, and knows no quotes that
# begin in the middle of a cell.
SEPARATORS = ";\t\r\n"
# What a spreadsheet takes for a formula: =, @ (also the wide ones of Asian keyboards) or a control character at the
# beginning, or a sign before anything that is no plain number (a telephone number stays as it is). Quotes and
# apostrophes before it count too, so that taking one apostrophe away from what matches gives the value back.
FORMULA = rf"""['"]*([=@\t\r＝＠]|[+\-＋－](?![0-9 .,()/\-]*([{SEPARATORS}]|$)))"""

type Chunks = Iterator[bytes]


def sequence(selection: Selection, lend: Lend) -> Chunks:
    """A GeoJSON text sequence (RFC 8142); axes in the order of the CRS's authority, as in items."""
    feature = statements.feature(selection.collection, selection.query)
    return _aggregated(selection, lend, sql.SQL("chr(30) || {} || chr(10)").format(feature), sql.SQL("''"))


def document(selection: Selection, lend: Lend) -> Chunks:
    """One FeatureCollection in CRS84, a feature a line (RFC 7946)."""
    collection = selection.collection
    head = {
        "type": "FeatureCollection",
        "name": collection.id,
        "timeStamp": utc(collection.published_at),
        "numberReturned": len(selection.fids),
    }
    yield json.dumps(head)[:-1].encode() + b', "features": [\n'
    feature = statements.feature(collection, selection.query)
    for number, chunk in enumerate(_aggregated(selection, lend, feature, sql.SQL("',' || chr(10)"))):
        yield b",\n" + chunk if number else chunk
    yield b"\n]}\n"


def csv(selection: Selection, lend: Lend) -> Chunks:
    """A table: `id`, the properties, and the place, easting or longitude first whatever the CRS's authority says.

    A point's place is two columns (`lon` and `lat`, or `easting` and `northing` in metres), any other geometry `wkt`.
    NULL is an empty cell, an empty text is "". What a spreadsheet would take for a formula (`FORMULA`), at the
    beginning of a text or after one of the `SEPARATORS`, has an apostrophe before it.
    """
    columns = ["id", *(one.name for one in selection.fields)]
    place = _place(selection)
    # A property may be called like a column of ours.
    names = [*columns, *(f"{name}_" if name in columns else name for name, _ in place)]
    # Names hold small letters, digits and _ only: nothing in them needs quotes.
    yield (",".join(names) + "\n").encode()
    cells = map(_cell, selection.fields)
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(
        selection.statement(sql.SQL(", ").join([_guarded(sql.Identifier("id")), *cells, *(one for _, one in place)]))
    )
    for fids in selection.batches():
        with (
            lend() as connection,
            computing(selection.query),
            connection.cursor() as cursor,
            cursor.copy(statement, {"fids": fids}) as copy,
        ):
            chunk = b"".join(copy)
        yield chunk


def _aggregated(selection: Selection, lend: Lend, feature: sql.Composable, between: sql.SQL) -> Chunks:
    """The text of each batch, joined by the database, as bytes that nobody decodes."""
    lines = selection.statement(sql.SQL("{} AS _line").format(feature))
    statement = sql.SQL("SELECT string_agg(_line, {}) FROM ({}) AS _lines").format(between, lines)
    for fids in selection.batches():
        with lend() as connection, computing(selection.query), connection.cursor() as cursor:
            cursor.adapters.register_loader("text", RawText)
            row = cursor.execute(statement, {"fids": fids}).fetchone()
        yield (row[0] or b"") if row else b""


def _cell(field: Field) -> sql.Composable:
    column = sql.Identifier(field.name)
    match field.type:
        case "text":
            return _guarded(column)
        case "boolean":
            return sql.SQL("CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END").format(column)
        case "date":
            return sql.SQL("to_char({}, 'YYYY-MM-DD')").format(column)
        case "datetime":
            return statements.column(field.name, field.type)
        case _:
            return column


def _guarded(column: sql.Identifier) -> sql.Composable:
    return sql.SQL("CASE WHEN {0} ~ {1} THEN '''' ELSE '' END || regexp_replace({0}, {2}, {3}, 'g')").format(
        column,
        sql.Literal(f"^{FORMULA}"),
        sql.Literal(f"([{SEPARATORS}])(?={FORMULA})"),
        sql.Literal(r"\1'"),
    )


def _place(selection: Selection) -> list[tuple[str, sql.Composable]]:
    if selection.query.skip_geometry:
        return []
    crs, geometry = selection.query.crs, selection.geometry()
    if selection.collection.type.geometry != "point":
        return [("wkt", sql.SQL("ST_AsText({}, {})").format(geometry, sql.Literal(crs.decimals)))]
    return [
        # By numeric: what float8 writes may be 18.900000000000002, or 1e-05.
        (name, sql.SQL("round({}({})::numeric, {})").format(part, geometry, sql.Literal(crs.decimals)))
        for name, part in zip(_axes(crs), (sql.SQL("ST_X"), sql.SQL("ST_Y")), strict=True)
    ]


def _axes(crs: Crs) -> tuple[str, str]:
    return ("lon", "lat") if crs.is_geographic else ("easting", "northing")


TEXTS: dict[str, Callable[[Selection, Lend], Chunks]] = {"geojsonseq": sequence, "geojson": document, "csv": csv}
