"""FlatGeobuf (version 3) with its index, which lets clients fetch a part of a file by its place.

The index stands before the features and needs their sizes, so the features are written to a file first. They keep the
order of the selection: an edition's is along a Hilbert curve already, which is all that makes an index quick.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from geo.db import Lend
from geo.feature import Field, FieldType, GeometryKind
from geo.ogc import statements
from geo.ogc.formats import flatbuffer, wkb
from geo.ogc.formats.described import about
from geo.ogc.formats.flatbuffer import Part
from geo.ogc.formats.selecting import Selection
from geo.ogc.schemas import said
from geo.texts import LANGUAGES

MAGIC = b"fgb\x03fgb\x00"
NODE_SIZE = 16
# What stored collections hold: lines and polygons as multi-geometries. 0 says that each feature tells its own.
GEOMETRY: dict[GeometryKind, int] = {
    "point": wkb.POINT,
    "line": wkb.MULTI_LINE,
    "polygon": wkb.MULTI_POLYGON,
    "any": 0,
}
_COLUMN: dict[FieldType, int] = {"boolean": 2, "integer": 7, "number": 10, "text": 11, "date": 13, "datetime": 13}
_NODE = np.dtype([("box", "<f8", 4), ("offset", "<u8")])


class Writable(Protocol):
    """Whatever takes bytes, one piece after another."""

    def write(self, content: bytes, /) -> int:
        """Take a piece."""


type Boxes = NDArray[np.float64]  # (n, 4): west, south, east, north


def write(selection: Selection, lend: Lend, features: Writable) -> bytes:
    """Write the features into an open file; gives what stands before them.

    Easting or longitude first, whatever the CRS's authority says.
    """
    boxes, sizes = array("d"), array("q")
    encode = [_ENCODERS[kind] for kind in ("text", *(one.type for one in selection.fields))]
    expressions = [selection.binary(), sql.Identifier("id"), *map(_value, selection.fields)]
    for rows in selection.rows(lend, expressions):
        for binary, *values in rows:
            shape = None if binary is None else wkb.read(binary)
            properties = b"".join(
                number.to_bytes(2, "little") + encode[number](value)
                for number, value in enumerate(values)
                if value is not None
            )
            written = flatbuffer.feature(shape, properties)
            features.write(written)
            sizes.append(len(written))
            boxes.extend(wkb.NOWHERE if shape is None else wkb.box(shape))
    placed = np.frombuffer(boxes).reshape(-1, 4)
    indexed = len(sizes) > 0 and not selection.query.skip_geometry
    return MAGIC + _header(selection, placed, indexed=indexed) + (_index(placed, sizes) if indexed else b"")


def _value(field: Field) -> sql.Composable:
    if field.type == "date":
        return sql.SQL("to_char({}, 'YYYY-MM-DD')").format(sql.Identifier(field.name))
    return statements.column(field.name, field.type)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return len(encoded).to_bytes(4, "little") + encoded


# Any: what the database gives for a column of the type.
_ENCODERS: dict[FieldType, Callable[[Any], bytes]] = {
    "text": _text,
    "integer": struct.Struct("<q").pack,
    "number": struct.Struct("<d").pack,
    "boolean": struct.Struct("<?").pack,
    "date": _text,
    "datetime": _text,
}


def _header(selection: Selection, boxes: Boxes, *, indexed: bool) -> bytes:
    collection, crs = selection.collection, selection.query.crs
    # Where nothing has a place, infinity would be said.
    around = boxes[np.isfinite(boxes).all(axis=1)]
    envelope = [*around[:, :2].min(axis=0), *around[:, 2:].max(axis=0)] if len(around) else None
    columns = [_column("id", "text", ""), *(_column(one.name, one.type, _title(one)) for one in selection.fields)]
    # name, envelope, geometry_type, has_z, has_m, has_t, has_tm, columns, features_count, index_node_size, crs, title,
    # description
    root = flatbuffer.table(
        [
            flatbuffer.text(collection.id),
            flatbuffer.doubles(envelope) if envelope else None,
            ("B", 0 if selection.query.skip_geometry else GEOMETRY[collection.type.geometry]),
            *([None] * 4),
            flatbuffer.tables(columns),
            ("Q", len(boxes)),
            ("H", NODE_SIZE if indexed else 0),
            flatbuffer.table([flatbuffer.text("EPSG"), ("i", crs.srid), None, None, flatbuffer.text(crs.wkt)]),
            flatbuffer.text(said(collection.title, LANGUAGES[0], collection.id)),
            flatbuffer.text(about(collection)),
        ]
    )
    return flatbuffer.rooted(root)


def _title(field: Field) -> str:
    return said(field.title, LANGUAGES[0], field.name)


def _column(name: str, kind: FieldType, title: str) -> Part:
    return flatbuffer.table([flatbuffer.text(name), ("B", _COLUMN[kind]), flatbuffer.text(title) if title else None])


def _index(boxes: Boxes, sizes: array[int]) -> bytes:
    """The packed tree: its root first, the features last; sixteen nodes under each."""
    levels = [boxes]
    while len(levels) == 1 or len(levels[-1]) > 1:
        below = levels[-1]
        starts = np.arange(0, len(below), NODE_SIZE)
        lowest = np.minimum.reduceat(below[:, :2], starts)
        levels.append(np.hstack((lowest, np.maximum.reduceat(below[:, 2:], starts))))
    return b"".join(_nodes(levels, sizes))


def _nodes(levels: list[Boxes], sizes: array[int]) -> Iterator[bytes]:
    """Each level from the root on. A node points to its first child's number; of the features', to the byte."""
    first_below = 0
    for height in range(len(levels) - 1, -1, -1):
        nodes = np.zeros(len(levels[height]), _NODE)
        nodes["box"] = levels[height]
        first_below += len(nodes)
        if height:
            nodes["offset"] = first_below + np.arange(len(nodes)) * NODE_SIZE
        else:
            nodes["offset"][1:] = np.cumsum(np.frombuffer(sizes, "<i8"))[:-1]
        yield nodes.tobytes()
