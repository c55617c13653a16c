"""The FlatBuffers that a FlatGeobuf file is made of, laid out by hand: every table in a fixed shape.

A table is a signed distance back to its vtable (which says where each slot lies) and its slots; a slot of a child is
an unsigned distance forward to it. All blocks here begin and end at multiples of 8 of a buffer that begins with its
own size, so that coordinates are aligned wherever a block is put.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from geo.ogc.formats.wkb import MULTI_LINE, MULTI_POINT, POLYGON, POSITION, Shape

_U32 = struct.Struct("<I")
# Size and root of a feature; its vtable (geometry, properties); the table's way back, then both distances.
_FEATURE = struct.Struct("<II HHHH iII 4x")
_FEATURE_TABLE = 16
# The vtable of a geometry (ends, xy, z, m, t, tm, type, parts), then the table: back, ends, xy, parts, type.
_GEOMETRY = struct.Struct("<HH HHHHHHHH iIII Bxxx")
_GEOMETRY_TABLE = 20


class Part(NamedTuple):
    """A block and where, within it, whatever points to it points."""

    block: bytes
    at: int = 0


# A number with its letter of `struct`, a child, or nothing.
type Slot = tuple[str, float] | Part | None


def table(slots: Sequence[Slot]) -> Part:
    """A table of any shape, for what is written once a file; its children lie behind it."""
    head = 4 + 2 * len(slots)
    start = head + -head % 8
    places, end = [], 4
    for slot in slots:
        size = struct.calcsize(slot[0]) if isinstance(slot, tuple) and not isinstance(slot, Part) else 4
        end += -end % size if slot else 0
        places.append(end if slot else 0)
        end += size if slot else 0
    block = bytearray(start + end + -(start + end) % 8)
    struct.pack_into(f"<HH{len(slots)}H", block, start - head, head, end, *places)
    struct.pack_into("<i", block, start, head)
    for slot, place in zip(slots, places, strict=True):
        if isinstance(slot, Part):
            _U32.pack_into(block, start + place, len(block) + slot.at - (start + place))
            block += slot.block
        elif slot is not None:
            struct.pack_into(f"<{slot[0]}", block, start + place, slot[1])
    return Part(bytes(block), start)


def tables(parts: Sequence[Part]) -> Part:
    """A vector of tables."""
    slots = 4 + 4 * len(parts)
    begin = slots + -slots % 8
    distances = []
    for number, part in enumerate(parts):
        distances.append(begin + part.at - (4 + 4 * number))
        begin += len(part.block)
    vector = _vector(struct.pack(f"<{len(parts)}I", *distances), len(parts))
    return Part(b"".join((vector, *(part.block for part in parts))))


def text(value: str) -> Part:
    """A string."""
    encoded = value.encode()
    return Part(_vector(encoded + b"\0", len(encoded)))


def doubles(values: Sequence[float]) -> Part:
    """A vector of numbers, aligned."""
    return Part(b"\0\0\0\0" + _vector(struct.pack(f"<{len(values)}d", *values), len(values)), 4)


def rooted(root: Part) -> bytes:
    """A whole buffer: its size, the distance to its root, the root."""
    return struct.pack("<II", 4 + len(root.block), 4 + root.at) + root.block


def feature(shape: Shape | None, properties: bytes) -> bytes:
    """One feature with its size before it; `properties` as FlatGeobuf packs them."""
    geometry = b"" if shape is None else _geometry(shape)
    behind = _FEATURE.size + len(geometry)
    body = _vector(properties, len(properties))
    size = behind + len(body)
    head = _FEATURE.pack(
        size - 4,
        _FEATURE_TABLE - 4,
        8, 12, 4 if geometry else 0, 8,
        8, _FEATURE.size + _GEOMETRY_TABLE - (_FEATURE_TABLE + 4) if geometry else 0, behind - (_FEATURE_TABLE + 8),
    )  # fmt: skip
    return head + geometry + body


def _geometry(shape: Shape) -> bytes:
    """A geometry as a block; its table stands `_GEOMETRY_TABLE` bytes after the block's begin."""
    if shape.parts and shape.kind not in {MULTI_POINT, MULTI_LINE}:
        return _of_parts(shape)
    lines = shape.lines or tuple(part.lines[0] for part in shape.parts)
    ends = b"" if shape.kind not in {POLYGON, MULTI_LINE} or len(lines) < 2 else _ends(lines)
    ends_block = _vector(ends, len(ends) // 4) if ends else b""
    xy = b"".join(lines)
    # The count stands right before the first number, which is aligned.
    xy_block = b"\0\0\0\0" + _U32.pack(len(xy) // 8) + xy
    at = _GEOMETRY.size
    return _head(shape.kind, ends=at if ends else 0, xy=at + len(ends_block) + 4) + ends_block + xy_block


def _of_parts(shape: Shape) -> bytes:
    parts = tables([Part(_geometry(part), _GEOMETRY_TABLE) for part in shape.parts])
    return _head(shape.kind, parts=_GEOMETRY.size) + parts.block


def _head(kind: int, *, ends: int = 0, xy: int = 0, parts: int = 0) -> bytes:
    """The vtable and the table; distances are from the block's begin, 0 for what is not there."""
    slots = (_GEOMETRY_TABLE + 4, _GEOMETRY_TABLE + 8, _GEOMETRY_TABLE + 12)
    return _GEOMETRY.pack(
        20, 20,
        4 if ends else 0, 8 if xy else 0, 0, 0, 0, 0, 16, 12 if parts else 0,
        20, *(to - slot if to else 0 for to, slot in zip((ends, xy, parts), slots, strict=True)),
        kind,
    )  # fmt: skip


def _ends(lines: Sequence[bytes]) -> bytes:
    """After how many positions each line or ring ends."""
    ends, reached = [], 0
    for line in lines:
        reached += len(line) // POSITION
        ends.append(reached)
    return struct.pack(f"<{len(ends)}I", *ends)


def _vector(content: bytes, count: int) -> bytes:
    block = _U32.pack(count) + content
    return block + bytes(-len(block) % 8)
