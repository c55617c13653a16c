"""CQL2 text to the tree, in bounded time and stack.

A method for each rule of OGC 21-065r2, annex B. One ladder of precedence serves boolean, character, numeric and
temporal expressions alike; which of them may stand where is decided by their kinds in `to_sql`, where a mistake can
be explained. Temporal, spatial and folding operators are functions here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

from geo.ogc.cql2 import literals
from geo.ogc.cql2.nodes import Box, Instant, Interval, Node, Op, Property, Scalar, Shape
from geo.ogc.cql2.problems import MAX_BYTES, bad, too_long
from geo.ogc.cql2.tokens import Tokens
from geo.texts import Text

_BOOLEANS = {"true": True, "false": False}
_INSTANTS = {"date": literals.day, "timestamp": literals.moment}
_SIGNS = {"+": 1, "-": -1}
_TESTS = frozenset({"like", "between", "in"})
# How closely an operator binds; all these bind to the left.
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "div": 2}
_ESCAPED = re.compile(r"''|\\'")
# Positions as all programs write them, up to the end of their list: most of what a filter by place consists of. What
# else may be written, and all that is wrong, is read token by token.
_NUMBER = r"[-+]?(?:[0-9]{1,99}(?:\.[0-9]*)?|\.[0-9]+)"
_POSITION = rf"{_NUMBER}[ \t\r\n]+{_NUMBER}(?:[ \t\r\n]+{_NUMBER})?[ \t\r\n]*"
_POSITIONS = re.compile(rf"{_POSITION}(?:,[ \t\r\n]*{_POSITION})*(?=\))")


def parse(text: str) -> Node:
    """The tree of a filter in CQL2 text.

    Raises:
        BadRequest: it is too long, too deep, or no CQL2; says at which character.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise too_long()
    if not text.strip():
        raise bad(Text("The filter is empty."))
    tokens = Tokens(text)
    tree = _Parser(tokens).expression()
    if tokens.kind != "end":
        raise tokens.unexpected()
    return tree


class _Parser:
    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def expression(self) -> Node:
        """`negation { AND negation } { OR negation { AND negation } }`"""
        either: list[Node] = []
        both = [self._negation()]
        while self._tokens.word in {"and", "or"}:
            if self._tokens.take().lower() == "or":
                either.append(_joined("and", both))
                both = []
            both.append(self._negation())
        return _joined("or", [*either, _joined("and", both)])

    def _negation(self) -> Node:
        """`[ NOT ] predicate`"""
        at = self._tokens.at
        return Op("not", (self._predicate(),), at) if self._tokens.took("not") else self._predicate()

    def _predicate(self) -> Node:
        """`sum [ comparison sum | [ NOT ] test | IS [ NOT ] NULL ]`"""
        tokens = self._tokens
        value = self._sum()
        if tokens.kind == "comparison":
            return Op(tokens.take(), (value, self._sum()), value.at)
        is_null, at = tokens.took("is"), tokens.at
        negated = tokens.took("not")
        if is_null:
            tokens.demand("null")
            test = Op("isNull", (value,), value.at)
        elif negated or tokens.word in _TESTS:
            test = self._test(value)
        else:
            return value
        return Op("not", (test,), at) if negated else test

    def _test(self, value: Node) -> Op:
        """`LIKE sum | BETWEEN sum AND sum | IN ( expression { , expression } )`"""
        tokens = self._tokens
        if tokens.took("like"):
            return Op("like", (value, self._sum()), value.at)
        if tokens.took("between"):
            low = self._sum()
            tokens.demand("and")
            return Op("between", (value, low, self._sum()), value.at)
        tokens.demand("in")
        return Op("in", (value, *self._parenthesised(self.expression)), value.at)

    def _sum(self, least: int = 1) -> Node:
        """`power { operator power }`, whose operators bind as closely as `least` says, or closer."""
        made = self._power()
        while (binds := _BINDS.get(self._tokens.word, 0)) >= least:
            operator = self._tokens.take().lower()
            made = Op(operator, (made, self._sum(binds + 1)), made.at)
        return made

    def _power(self) -> Node:
        """`signed { ^ signed }`, bound to the right."""
        terms = [self._signed()]
        while self._tokens.took("^"):
            terms.append(self._signed())
        return reduce(lambda power, base: Op("^", (base, power), base.at), reversed(terms))

    def _signed(self) -> Node:
        """`[ + | - ] atom`"""
        at, sign = self._tokens.at, _SIGNS.get(self._tokens.word)
        if sign is None:
            return self._atom()
        self._tokens.take()
        operand = self._atom()
        if isinstance(operand, Scalar) and isinstance(operand.value, (int, float)):
            return Scalar(sign * operand.value, at)
        return Op("*", (Scalar(sign, at), operand), at)

    def _atom(self) -> Node:
        """`( expression ) | name | literal | call`"""
        tokens, at = self._tokens, self._tokens.at
        match tokens.kind:
            case "name":
                return self._named()
            case "quoted":
                return Property(tokens.take()[1:-1], at, quoted=True)
            case "string":
                return Scalar(_unquoted(tokens.take()), at)
            case "number":
                return _scalar(tokens.take(), at)
            case "shape" | "collection":
                return self._shape() if tokens.kind == "shape" else self._collection()
        tokens.open()
        made = self.expression()
        tokens.close()
        return made

    def _named(self) -> Node:
        """`TRUE | FALSE | property | ( DATE | TIMESTAMP | INTERVAL | BBOX | function ) parenthesis`"""
        tokens, at, word = self._tokens, self._tokens.at, self._tokens.word
        name = tokens.take()
        if word in _BOOLEANS:
            return Scalar(_BOOLEANS[word], at)
        if tokens.word != "(":
            return Property(name, at)
        if word in _INSTANTS:
            return _INSTANTS[word](self._text(), at)
        if word == "interval":
            return self._interval(at)
        if word == "bbox":
            return Box(tuple(self._parenthesised(self._coordinate)), at)
        return self._call(word, at)

    def _call(self, name: str, at: int) -> Op:
        """`( [ expression { , expression } ] )`"""
        tokens = self._tokens
        tokens.open()
        args = self._listed(self.expression) if tokens.word != ")" else []
        tokens.close()
        return Op(name, tuple(args), at)

    def _text(self) -> str:
        """`( string )`"""
        self._tokens.open()
        text = self._tokens.expect("string")
        self._tokens.close()
        return _unquoted(text)

    def _interval(self, at: int) -> Interval:
        """`( expression , expression )`"""
        tokens = self._tokens
        tokens.open()
        start = self.expression()
        tokens.demand(",")
        end = self.expression()
        tokens.close()
        return Interval(_end(start), _end(end), at)

    def _shape(self) -> Shape:
        """Well-known text of one geometry."""
        at, kind = self._tokens.at, self._tokens.expect("shape").lower().removesuffix("z").rstrip()
        return literals.shape(kind, _as_geojson(kind, self._coordinates()), at)

    def _collection(self) -> Shape:
        """Well-known text of several geometries."""
        at = self._tokens.at
        self._tokens.expect("collection")
        return literals.collection(self._parenthesised(self._shape), at)

    def _coordinates(self) -> list[Any]:
        """`( coordinates { , coordinates } ) | ( position { , position } )`"""
        tokens = self._tokens
        members: list[Any]
        tokens.open()
        if tokens.word == "(":
            members = self._listed(self._coordinates)
        elif (found := tokens.run(_POSITIONS)) is not None:
            members = [tuple(map(float, position.split())) for position in found.split(",")]
        else:
            members = self._listed(self._position)
        tokens.close()
        return members

    def _position(self) -> tuple[float, ...]:
        """`coordinate coordinate [ coordinate ]`"""
        position = (self._coordinate(), self._coordinate())
        return position if self._tokens.word in {",", ")"} else (*position, self._coordinate())

    def _coordinate(self) -> float:
        """`[ + | - ] number`"""
        sign = _SIGNS.get(self._tokens.word)
        if sign is not None:
            self._tokens.take()
        at = self._tokens.at
        return (sign or 1) * literals.coordinate(_number(self._tokens.expect("number")), at)

    def _parenthesised[One](self, read: Callable[[], One]) -> list[One]:
        """`( one { , one } )`"""
        self._tokens.open()
        members = self._listed(read)
        self._tokens.close()
        return members

    def _listed[One](self, read: Callable[[], One]) -> list[One]:
        """`one { , one }`"""
        members = [read()]
        while self._tokens.took(","):
            members.append(read())
        return members


def _joined(name: str, terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Op(name, tuple(terms), terms[0].at)


def _unquoted(text: str) -> str:
    return _ESCAPED.sub("'", text[1:-1])


def _number(text: str) -> int | float:
    if text.isdecimal():
        # Python refuses to read more digits than this; no register counts so far.
        return int(text) if len(text) <= 400 else float("inf")
    return float(text)


def _scalar(text: str, at: int) -> Scalar:
    value = _number(text)
    if value == float("inf"):
        raise bad(Text("The number is too large."), at)
    return Scalar(value, at)


def _as_geojson(kind: str, coordinates: list[Any]) -> list[Any]:
    """Coordinates nested as in GeoJSON; a multipoint's members may stand in parentheses or not."""
    if kind == "point":
        return list(coordinates[0]) if len(coordinates) == 1 else coordinates
    if kind == "multipoint":
        return [one[0] if isinstance(one, list) and len(one) == 1 else one for one in coordinates]
    return coordinates


def _end(node: Node) -> Node:
    """One end of an interval: a text is a date, a time or `..`."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return literals.end_of_interval(node.value, node.at)
    if isinstance(node, (Property, Instant)):
        return node
    raise bad(Text("An interval goes from one time to another."), node.at)
