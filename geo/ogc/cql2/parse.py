"""CQL2 text to the tree, in bounded time and stack."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from geo.errors import BadRequest
from geo.ogc.cql2 import literals
from geo.ogc.cql2.nodes import Box, Instant, Interval, Node, Op, Property, Scalar, Shape
from geo.ogc.cql2.problems import INSTEAD_OF_ILIKE, MAX_BYTES, MAX_DEPTH, bad, too_deep, too_long
from geo.texts import Text

# Texts and quoted names exactly as the grammar's lexer sees them; what stands in them nests nothing.
_QUOTED = re.compile(r"""'(?:''|\\'|[^'])*'|"[^"]+\"""")
# What PostgreSQL and GeoServer know, and many a newcomer with them.
_ILIKE = re.compile(r"ilike(?![\w.:])", re.IGNORECASE)


def parse(text: str) -> Node:
    """The tree of a filter in CQL2 text.

    Raises:
        BadRequest: it is too long, too deep, or no CQL2; says at which character.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise too_long()
    _check_depth(text)
    if not text.strip():
        raise bad(Text("The filter is empty."))
    try:
        tree: Node = _parser().parse(text)  # type: ignore[assignment]  # the transformer makes nodes, not lark's Tree
    except UnexpectedInput as exc:
        raise _unexpected(exc, text) from exc
    return tree


def _check_depth(text: str) -> None:
    """One pass over the parentheses outside of quotes, before any parser sees the text."""
    bare = _QUOTED.sub(lambda match: " " * len(match[0]), text)
    depth = 0
    for position, character in enumerate(bare, start=1):
        if character == "(":
            depth += 1
            if depth > MAX_DEPTH:
                raise too_deep(position)
        elif character == ")":
            depth -= 1


def _unexpected(exc: UnexpectedInput, text: str) -> BadRequest:
    if isinstance(exc, UnexpectedCharacters):
        at = (exc.pos_in_stream or 0) + 1
        found = text[at - 1 : at]
    elif isinstance(exc, UnexpectedToken) and exc.token.type != "$END":
        found, at = str(exc.token), (exc.token.start_pos or 0) + 1
    else:
        return bad(Text("The filter ends too early."), len(text))
    problem = Text("'{found}' is not expected here.", found=found[:40])
    if _ILIKE.match(text, at - 1):
        problem = Text("{problem} {hint}", problem=problem, hint=INSTEAD_OF_ILIKE)
    return bad(problem, at)


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    # The transformer runs while parsing: no tree of lark's is built, and nothing recurses.
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Nodes(), maybe_placeholders=False)


def _at(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _unquoted(token: Token) -> str:
    return re.sub(r"''|\\'", "'", str(token)[1:-1])


def _number(token: Token) -> int | float:
    text = str(token)
    if text.isdecimal():
        # Python refuses to read more digits than this; no register counts so far.
        return int(text) if len(text) <= 400 else float("inf")
    return float(text)


@v_args(inline=True)
class _Nodes(Transformer[Token, Node]):
    """What each rule of the grammar becomes."""

    def either(self, *terms: Node) -> Node:
        return Op("or", terms, terms[0].at)

    def both(self, *terms: Node) -> Node:
        return Op("and", terms, terms[0].at)

    def negate(self, word: Token, term: Node) -> Node:
        return Op("not", (term,), _at(word))

    def compare(self, left: Node, operator: Token, right: Node) -> Node:
        return Op(str(operator), (left, right), left.at)

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return Op(str(operator).lower(), (left, right), left.at)

    def sign(self, sign: Token, operand: Node) -> Node:
        if isinstance(operand, Scalar) and isinstance(operand.value, (int, float)):
            return Scalar(-operand.value if sign == "-" else operand.value, _at(sign))
        return Op("*", (Scalar(-1 if sign == "-" else 1, _at(sign)), operand), _at(sign))

    def like(self, value: Node, pattern: Node) -> Node:
        return Op("like", (value, pattern), value.at)

    def not_like(self, value: Node, word: Token, pattern: Node) -> Node:
        return self.negate(word, self.like(value, pattern))

    def between(self, value: Node, low: Node, high: Node) -> Node:
        return Op("between", (value, low, high), value.at)

    def not_between(self, value: Node, word: Token, low: Node, high: Node) -> Node:
        return self.negate(word, self.between(value, low, high))

    def among(self, value: Node, *members: Node) -> Node:
        return Op("in", (value, *members), value.at)

    def not_among(self, value: Node, word: Token, *members: Node) -> Node:
        return self.negate(word, self.among(value, *members))

    def is_null(self, value: Node) -> Node:
        return Op("isNull", (value,), value.at)

    def is_not_null(self, value: Node, word: Token) -> Node:
        return self.negate(word, self.is_null(value))

    def property(self, name: Token) -> Node:
        return Property(str(name), _at(name))

    def quoted_property(self, name: Token) -> Node:
        return Property(str(name)[1:-1], _at(name), quoted=True)

    def call(self, name: Token, *args: Node) -> Node:
        return Op(str(name).lower(), args, _at(name))

    def text(self, token: Token) -> Node:
        return Scalar(_unquoted(token), _at(token))

    def number(self, token: Token) -> Node:
        value = _number(token)
        if value == float("inf"):
            raise bad(Text("The number is too large."), _at(token))
        return Scalar(value, _at(token))

    def true(self, token: Token) -> Node:
        return Scalar(value=True, at=_at(token))

    def false(self, token: Token) -> Node:
        return Scalar(value=False, at=_at(token))

    def date(self, word: Token, text: Token) -> Node:
        return literals.day(_unquoted(text), _at(word))

    def timestamp(self, word: Token, text: Token) -> Node:
        return literals.moment(_unquoted(text), _at(word))

    def interval(self, word: Token, start: Node, end: Node) -> Node:
        return Interval(_end(start), _end(end), _at(word))

    def box(self, word: Token, *values: float) -> Node:
        return Box(values, _at(word))

    def plain_shape(self, word: Token, coordinates: list[Any]) -> Shape:
        kind = str(word).lower().removesuffix("z").strip()
        return literals.shape(kind, _as_geojson(kind, coordinates), _at(word))

    def collection(self, word: Token, *members: Shape) -> Shape:
        return literals.collection(members, _at(word))

    def positions(self, *positions: tuple[float, ...]) -> list[Any]:
        return list(positions)

    def nested(self, *members: list[Any]) -> list[Any]:
        return list(members)

    def position(self, *numbers: float) -> tuple[float, ...]:
        return numbers

    def coordinate(self, *tokens: Token) -> float:
        value = literals.coordinate(_number(tokens[-1]), _at(tokens[-1]))
        return -value if tokens[0] == "-" else value


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
