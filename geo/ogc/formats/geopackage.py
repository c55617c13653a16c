"""GeoPackage 1.3: an SQLite database with one table, its spatial index and the triggers that keep it.

Written by the standard library's sqlite3: the web server needs no GDAL for it, and memory stays that of a batch.
"""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from datetime import UTC
from pathlib import Path

from psycopg import sql

from geo.crs import CRS84
from geo.db import Lend
from geo.feature import Field, FieldType, GeometryKind
from geo.ogc import statements
from geo.ogc.formats import wkb
from geo.ogc.formats.described import about
from geo.ogc.formats.selecting import Selection
from geo.ogc.schemas import said
from geo.texts import LANGUAGES

PAGE_BYTES = 4096
GEOMETRY: dict[GeometryKind, str] = {
    "point": "POINT",
    "line": "MULTILINESTRING",
    "polygon": "MULTIPOLYGON",
    "any": "GEOMETRY",
}
_TYPES: dict[FieldType, str] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "DATETIME",
}
_SCHEMA = Path(__file__).with_name("geopackage.sql")
_INDEX = Path(__file__).with_name("geopackage_index.sql")
# "GP", version 0, flags, SRID. Flags: numbers little-endian; box of four numbers or none; whether it is empty.
_HEADER = struct.Struct("<2sBBi")
_BOX = struct.Struct("<4d")
_WITH_BOX, _WITHOUT_BOX, _EMPTY = 0b00011, 0b00001, 0b10001


def write(selection: Selection, lend: Lend, path: Path, most_bytes: int) -> None:
    """Write a new file. Easting or longitude first, whatever the CRS's authority says.

    Raises:
        sqlite3.OperationalError: it would be larger than `most_bytes`.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        # Nobody reads it before it is whole.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"max_page_count = {most_bytes // PAGE_BYTES}"):
            file.execute(f"PRAGMA {pragma}").close()
        file.executescript(_SCHEMA.read_text(encoding="utf-8"))
        file.execute("BEGIN")
        _fill(file, selection, lend)
        file.execute("COMMIT")


def _fill(file: sqlite3.Connection, selection: Selection, lend: Lend) -> None:
    collection, has_place = selection.collection, not selection.query.skip_geometry
    name, srid = collection.id, selection.query.crs.srid
    columns = [f"{_quoted(one.name)} {_TYPES[one.type]}" for one in selection.fields]
    place = [f"geom {GEOMETRY[collection.type.geometry]}"] if has_place else []
    described = ", ".join(
        ["fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", *place, "id TEXT UNIQUE NOT NULL", *columns]
    )
    file.execute(f"CREATE TABLE {_quoted(name)} ({described})")
    if has_place:
        file.execute(f"CREATE VIRTUAL TABLE {_quoted(f'rtree_{name}_geom')} USING rtree(id, minx, maxx, miny, maxy)")
    around = _rows(file, selection, lend)
    # EPSG:4326 stands in every GeoPackage (OGC 12-128r18, requirement 11).
    for crs in {one.srid: one for one in (CRS84, selection.query.crs)}.values():
        file.execute(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, NULL)",
            (crs.name, crs.srid, crs.srid, crs.wkt),
        )
    # The same features are the same bytes: their entity tag is that of the edition.
    changed = collection.published_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    bounds = around if has_place and around[0] <= around[2] else (None,) * 4
    file.execute(
        "INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            name,
            "features" if has_place else "attributes",
            said(collection.title, LANGUAGES[0], name),
            about(collection),
            changed,
            *bounds,
            srid if has_place else None,
        ),
    )
    if has_place:
        kind = GEOMETRY[collection.type.geometry]
        file.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (name, kind, srid))
        file.execute(
            "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index',"
            " 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            (name,),
        )
        # After the rows, which are in the index already. {table} stands inside names, where a quote would be doubled.
        for trigger in _INDEX.read_text(encoding="utf-8").replace("{table}", name).split(";;"):
            file.execute(trigger)


def _rows(file: sqlite3.Connection, selection: Selection, lend: Lend) -> wkb.Box:
    """Insert the features and their boxes; gives the box around all."""
    table, has_place = selection.collection.id, not selection.query.skip_geometry
    names = ["fid", *(["geom"] if has_place else []), "id", *(one.name for one in selection.fields)]
    insert = f"INSERT INTO {_quoted(table)} ({', '.join(map(_quoted, names))}) VALUES ({', '.join('?' * len(names))})"
    index = f"INSERT INTO {_quoted(f'rtree_{table}_geom')} VALUES (?, ?, ?, ?, ?)"
    geometry = [selection.binary()] if has_place else []
    expressions = [sql.Identifier("fid"), *geometry, sql.Identifier("id"), *map(_value, selection.fields)]
    srid, around = selection.query.crs.srid, wkb.NOWHERE
    for rows in selection.rows(lend, expressions):
        if has_place:
            boxes = [(row[0], wkb.NOWHERE if row[1] is None else wkb.box(wkb.read(row[1]))) for row in rows]
            file.executemany(
                insert,
                [(row[0], _blob(row[1], box, srid), *row[2:]) for row, (_, box) in zip(rows, boxes, strict=True)],
            )
            placed = [(fid, box[0], box[2], box[1], box[3]) for fid, box in boxes if box[0] <= box[2]]
            file.executemany(index, placed)
            around = _around(around, [box for _, box in boxes])
        else:
            file.executemany(insert, rows)
    return around


def _around(one: wkb.Box, others: list[wkb.Box]) -> wkb.Box:
    wests, souths, easts, norths = zip(one, *others, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _blob(binary: bytes | None, box: wkb.Box, srid: int) -> bytes | None:
    """A geometry as GeoPackage keeps it; a point needs no box."""
    if binary is None:
        return None
    west, south, east, north = box
    if not west <= east:
        return _HEADER.pack(b"GP", 0, _EMPTY, srid) + binary
    if binary[1] == wkb.POINT:
        return _HEADER.pack(b"GP", 0, _WITHOUT_BOX, srid) + binary
    return _HEADER.pack(b"GP", 0, _WITH_BOX, srid) + _BOX.pack(west, east, south, north) + binary


def _value(field: Field) -> sql.Composable:
    column = sql.Identifier(field.name)
    match field.type:
        case "date":
            return sql.SQL("to_char({}, 'YYYY-MM-DD')").format(column)
        case "datetime":
            # The standard has just this form, with milliseconds.
            return sql.SQL("""to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""").format(column)
        case _:
            return statements.column(field.name, field.type)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
