"""The coordinates in GML's elements pos, posList, coordinates and coord: finite numbers, or the fault and its line."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.errors import Refused
from geo.layers.reader.xml_stream import Element, line_of, local_name
from geo.texts import Text

type Points = NDArray[np.float64]


class BadGeometry(Refused):
    """{problem}"""

    code = "bad-geometry"

    def __init__(self, problem: Text, element: Element) -> None:
        super().__init__(problem=problem)
        self.problem = problem
        self.line = line_of(element)


def positions_in(element: Element, dimension: int) -> Points:
    """All positions directly inside a point, line or segment, (n, 2), in the order of the file; without heights.

    Raises:
        BadGeometry: there is none, or one that is no finite number; knows the line.
    """
    parts: list[Points] = []
    for child in element:
        name = local_name(child.tag)
        if name in {"pos", "posList", "coordinates"}:
            parts.append(_numbers(child, dimension))
        elif name in {"pointProperty", "pointRep"}:
            parts.extend(positions_in(point, dimension) for point in child)
        elif name == "coord":
            parts.append(_coord(child))
    if not parts:
        raise BadGeometry(Text("The geometry has no coordinates."), element)
    return parts[0] if len(parts) == 1 else np.vstack(parts)


def _numbers(element: Element, dimension: int) -> Points:
    """The positions in one pos, posList or coordinates element, (n, 2)."""
    text = element.text or ""
    if local_name(element.tag) == "coordinates":
        return _gml2_numbers(element, text)
    dimension = _dimension(element, dimension)
    numbers = text.split()
    try:
        flat = np.array(numbers, dtype=np.float64)
    except ValueError:
        raise _no_number(next((each for each in numbers if not _is_number(each)), text), element) from None
    if dimension < 2 or flat.size % dimension:
        raise BadGeometry(
            Text(
                "{n} number does not make positions of {dimension}.",
                "{n} numbers do not make positions of {dimension}.",
                n=flat.size,
                dimension=dimension,
            ),
            element,
        )
    positions = flat.reshape(-1, dimension)[:, :2]
    # Heights are left out, so they may be NaN, as programs write those that they do not know.
    if "_" in text or not np.isfinite(positions).all():
        wrong = (number for place, number in enumerate(numbers) if place % dimension < 2 and not _is_finite(number))
        raise _no_number(next(wrong, text), element)
    return positions


def _dimension(element: Element, given: int) -> int:
    written = element.get("srsDimension")
    if not written:
        return given
    if not written.isdecimal():
        raise BadGeometry(Text("srsDimension '{value}' is no whole number.", value=written[:80]), element)
    return int(written)


def _finite(written: str, element: Element) -> float:
    if not _is_finite(written):
        raise _no_number(written, element)
    return float(written)


def _is_finite(written: str) -> bool:
    """Whether this is a coordinate. Python reads more than XML's numbers: `1_0`, `nan`, `inf`."""
    return "_" not in written and _is_number(written) and math.isfinite(float(written))


def _is_number(written: str) -> bool:
    try:
        float(written)
    except ValueError:
        return False
    return True


def _no_number(written: str, element: Element) -> BadGeometry:
    return BadGeometry(Text("A coordinate is no number ({detail}).", detail=written[:80]), element)


def _gml2_numbers(element: Element, text: str) -> Points:
    between, after = element.get("cs") or ",", element.get("ts") or " "
    decimal = element.get("decimal") or "."
    tuples = [part.split(between) for part in text.replace("\n", after).split(after) if part.strip()]
    alone = next((part for part in tuples if len(part) < 2), None)
    if alone is not None:
        raise BadGeometry(Text("'{value}' is no position.", value=alone[0][:80]), element)
    pairs = [[_finite(number.replace(decimal, "."), element) for number in part[:2]] for part in tuples]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _coord(element: Element) -> Points:
    """The position in a coord element of GML 2, (1, 2)."""
    axes = [_finite((axis.text or "").strip(), axis) for axis in element][:2]
    if len(axes) < 2:
        raise BadGeometry(Text("The geometry has no coordinates."), element)
    return np.array([axes])
