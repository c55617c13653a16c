"""Well-known binary (little-endian, two dimensions) taken apart without touching a coordinate: they stay bytes."""

from __future__ import annotations

import struct
from array import array
from sys import byteorder
from typing import NamedTuple

POINT, LINE, POLYGON, MULTI_POINT, MULTI_LINE, MULTI_POLYGON, COLLECTION = range(1, 8)
# x and y, 8 bytes each.
POSITION = 16

_COUNT = struct.Struct("<I")
_HEAD = struct.Struct("<xI")
# West, south, east, north; the wrong way round where there is nothing, so that no other box meets it.
type Box = tuple[float, float, float, float]
NOWHERE: Box = (float("inf"), float("inf"), float("-inf"), float("-inf"))


class Shape(NamedTuple):
    """A geometry: its kind (1 to 7), the positions of each of its lines or rings, or its parts."""

    kind: int
    lines: tuple[bytes, ...] = ()
    parts: tuple[Shape, ...] = ()


def read(wkb: bytes) -> Shape:
    """What PostGIS's ST_AsBinary(…, 'NDR') wrote."""
    return _read(wkb, 0)[0]


def box(shape: Shape) -> Box:
    """The box around a geometry; `NOWHERE` when it is empty."""
    if shape.kind == POINT and shape.lines:
        x, y = struct.unpack("<dd", shape.lines[0])
        return (x, y, x, y) if x == x else NOWHERE  # noqa: PLR0124 - an empty point is one of NaN
    positions = array("d", b"".join(_lines(shape)))
    if byteorder == "big":
        positions.byteswap()
    if not positions:
        return NOWHERE
    xs, ys = positions[::2], positions[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _lines(shape: Shape) -> list[bytes]:
    return [*shape.lines, *(line for part in shape.parts for line in _lines(part))]


def _read(wkb: bytes, at: int) -> tuple[Shape, int]:
    (kind,) = _HEAD.unpack_from(wkb, at)
    at += _HEAD.size
    if kind == POINT:
        return Shape(kind, (wkb[at : at + POSITION],)), at + POSITION
    (count,) = _COUNT.unpack_from(wkb, at)
    if kind == LINE:
        line, at = _line(wkb, at)
        return Shape(kind, (line,)), at
    at += _COUNT.size
    if kind == POLYGON:
        rings = []
        for _ in range(count):
            ring, at = _line(wkb, at)
            rings.append(ring)
        return Shape(kind, tuple(rings)), at
    parts = []
    for _ in range(count):
        part, at = _read(wkb, at)
        parts.append(part)
    return Shape(kind, (), tuple(parts)), at


def _line(wkb: bytes, at: int) -> tuple[bytes, int]:
    (count,) = _COUNT.unpack_from(wkb, at)
    start = at + _COUNT.size
    end = start + count * POSITION
    return wkb[start:end], end
