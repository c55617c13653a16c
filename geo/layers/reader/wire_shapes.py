"""Geometries as bytes and back: what a confined reader says of a batch of features.

Points, which most features are, go as bare coordinates; everything else as WKB, whose bones are looked at before GEOS
builds anything: GEOS follows nested collections as deep as they go, and would take the process along.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.confine import Garbled

NOTHING, POINT, WKB = 0, 1, 2
DEEPEST = 16
_LINE, _POLYGON, _COLLECTION = 2, 3, 7
_MEMBERS = {4: {1}, 5: {2}, 6: {3}, _COLLECTION: set(range(1, 8))}
_HEAD, _COUNT = struct.Struct("<BI"), struct.Struct("<I")
_POINT_BYTES = 16

type Bytes = bytes | bytearray | memoryview


def to_blobs(given: NDArray[np.object_]) -> list[bytes]:
    """Four blobs: what each is, the coordinates of the points, the lengths of the others' WKB, the WKB."""
    # GEOS raises an error for the coordinates of an empty point.
    points = (shapely.get_type_id(given) == shapely.GeometryType.POINT) & ~shapely.is_empty(given)
    what = np.where(points, POINT, np.where(shapely.is_missing(given), NOTHING, WKB)).astype(np.uint8)
    written: list[bytes] = list(shapely.to_wkb(given[what == WKB], byte_order=1, output_dimension=2))
    lengths = np.array([len(one) for one in written], dtype="<u4")
    coordinates = shapely.get_coordinates(given[points]).astype("<f8")
    return [what.tobytes(), coordinates.tobytes(), lengths.tobytes(), b"".join(written)]


def from_blobs(blobs: Sequence[Bytes], count: int) -> NDArray[np.object_]:
    """The inverse of `to_blobs`.

    Raises:
        Garbled: they are not the geometries of so many features.
    """
    try:
        what, coordinates, lengths, written = blobs
        kinds = np.frombuffer(what, dtype=np.uint8)
        places = np.frombuffer(coordinates, dtype="<f8").reshape(-1, 2)
        sizes = np.frombuffer(lengths, dtype="<u4")
    except ValueError as exc:
        raise Garbled(str(exc)[:200]) from exc
    made = np.full(count, None, dtype=object)
    if len(kinds) != count or (kinds > WKB).any():
        raise Garbled("each feature has a geometry or none")
    if (kinds == POINT).sum() != len(places) or (kinds == WKB).sum() != len(sizes):
        raise Garbled("there are as many geometries as the batch says")
    made[kinds == POINT] = shapely.points(places)
    made[kinds == WKB] = _built(sizes, memoryview(written))
    return made


def _built(sizes: NDArray[np.uint32], written: memoryview) -> NDArray[np.object_]:
    ends = np.cumsum(sizes, dtype=np.int64)
    if (int(ends[-1]) if len(ends) else 0) != len(written):
        raise Garbled("the WKB is as long as the batch says")
    parts = [written[end - size : end] for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)]
    for part in parts:
        try:
            if _checked(part, 0, DEEPEST, None) != len(part):
                raise Garbled("a geometry ends where its WKB does")
        except struct.error as exc:
            raise Garbled("a geometry breaks off") from exc
    try:
        built: Any = shapely.from_wkb(np.array([bytes(part) for part in parts], dtype=object))
    except shapely.GEOSException as exc:
        raise Garbled(str(exc)[:200]) from exc
    return np.asarray(built, dtype=object)


def _checked(wkb: memoryview, at: int, depth: int, permitted: set[int] | None) -> int:
    """Where a geometry ends that begins at a byte."""
    order, kind = _HEAD.unpack_from(wkb, at)
    at += _HEAD.size
    if order != 1 or depth == 0 or not 1 <= kind <= _COLLECTION or (permitted and kind not in permitted):
        raise Garbled("a geometry is of a type that is not sent")
    if kind == 1:
        return at + _POINT_BYTES
    count = _number(wkb, at)
    at += _COUNT.size
    if kind == _LINE:
        return at + count * _POINT_BYTES
    for _ in range(count):
        if kind == _POLYGON:
            at += _COUNT.size + _number(wkb, at) * _POINT_BYTES
        else:
            at = _checked(wkb, at, depth - 1, _MEMBERS[kind])
    return at


def _number(wkb: memoryview, at: int) -> int:
    number: int = _COUNT.unpack_from(wkb, at)[0]
    return number
