"""CQL2 JSON to the tree, with the same bounds as the text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

from geo.copy_text import is_storable
from geo.errors import BadRequest
from geo.ogc.cql2 import literals
from geo.ogc.cql2.nodes import Box, Instant, Interval, Node, Op, Property, Scalar, Shape
from geo.ogc.cql2.problems import MAX_BYTES, MAX_DEPTH, bad, too_deep, too_long
from geo.texts import Text

# JSON nests an object and an array for what text writes as one pair of parentheses.
MAX_BRACKETS = 2 * MAX_DEPTH


def parse(text: str) -> Node:
    """The tree of a filter in CQL2 JSON.

    Raises:
        BadRequest: it is too long, too deep, no JSON, or no CQL2.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise too_long()
    _check_depth(text)
    try:
        content = json.loads(text, parse_constant=_no_constant, parse_int=_whole)
    except ValueError as exc:
        raise bad(Text("This is no JSON.")) from exc
    # An escape such as \ud800 is plain letters in the parameter and no text here.
    if not all(map(is_storable, _texts(content))):
        raise bad(Text("It holds a character that no text may hold."))
    return node(content)


def node(content: Any) -> Node:  # Any: what json.loads gave
    """The tree of parsed JSON."""
    if isinstance(content, dict):
        for member, make in _MEMBERS.items():
            if member in content:
                return make(content)
        raise _unreadable(content)
    if isinstance(content, float) and not isfinite(content):
        raise bad(Text("The number is too large."))
    if isinstance(content, (str, int, float)):
        return Scalar(content)
    raise _unreadable(content)


def _texts(content: Any) -> Iterator[str]:
    """Every text of parsed JSON, names of members too."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        yield from content
        yield from _texts(list(content.values()))
    elif isinstance(content, list):
        for one in content:
            yield from _texts(one)


def _check_depth(text: str) -> None:
    depth, quoted, escaped = 0, False, False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            if depth > MAX_BRACKETS:
                raise too_deep()
        elif character in "]}":
            depth -= 1


def _no_constant(word: str) -> float:
    raise ValueError(word)


def _whole(digits: str) -> int:
    if len(digits) > 400:
        raise ValueError(digits)
    return int(digits)


def _unreadable(content: Any) -> BadRequest:
    fragment = json.dumps(content, ensure_ascii=False)[:40]
    return bad(Text("'{found}' is not expected here.", found=fragment))


def _op(content: dict[str, Any]) -> Node:
    name, args = content["op"], content.get("args")
    if not isinstance(name, str) or not isinstance(args, list):
        raise _unreadable(content)
    name = name if name == "isNull" else name.lower()
    if name == "in" and len(args) == 2 and isinstance(args[1], list):
        args = [args[0], *args[1]]
    if name == "between" and len(args) == 2 and isinstance(args[1], list):
        args = [args[0], *args[1]]
    return Op(name, tuple(node(arg) for arg in args))


def _property(content: dict[str, Any]) -> Node:
    if not isinstance(content["property"], str):
        raise _unreadable(content)
    return Property(content["property"])


def _date(content: dict[str, Any]) -> Node:
    return literals.day(str(content["date"]), None)


def _timestamp(content: dict[str, Any]) -> Node:
    return literals.moment(str(content["timestamp"]), None)


def _interval(content: dict[str, Any]) -> Node:
    ends = content["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise _unreadable(content)
    start, end = (_end(one) for one in ends)
    return Interval(start, end)


def _end(content: Any) -> Node:
    if isinstance(content, str):
        return literals.end_of_interval(content, None)
    made = node(content)
    if not isinstance(made, (Property, Instant)):
        raise _unreadable(content)
    return made


def _bbox(content: dict[str, Any]) -> Node:
    numbers = content["bbox"]
    if not isinstance(numbers, list) or not all(type(one) in {int, float} for one in numbers):
        raise _unreadable(content)
    return Box(tuple(literals.coordinate(one, None) for one in numbers))


def _geometry(content: Any) -> Shape:
    if not isinstance(content, dict):
        raise _unreadable(content)
    kind, coordinates = content.get("type"), content.get("coordinates")
    if not isinstance(kind, str):
        raise _unreadable(content)
    if kind == "GeometryCollection" and isinstance(content.get("geometries"), list):
        return literals.collection([_geometry(one) for one in content["geometries"]], None)
    if not isinstance(coordinates, list):
        raise _unreadable(content)
    return literals.shape(kind, coordinates, None)


_MEMBERS: dict[str, Callable[[dict[str, Any]], Node]] = {
    "op": _op,
    "property": _property,
    "date": _date,
    "timestamp": _timestamp,
    "interval": _interval,
    # A GeoJSON geometry may carry its box.
    "type": _geometry,
    "bbox": _bbox,
}
