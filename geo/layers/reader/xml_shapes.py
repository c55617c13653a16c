"""Shapes of XML features: what the full parser has read once is recognised again by its very markup.

A register writes a hundred thousand features with the same tags, blanks and attributes; only texts, gml:ids and links
differ. A `Shape` is one such feature as a regular expression: its markup to the letter, a group where a value stood.
What matches is the same XML with other values, so it means what the parser found in the first one; whatever does not
match goes to the parser. Nothing is guessed. A file is read, its rows put aside, in a fifth of the time of parsing it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

POS, POS_LIST = "pos", "posList"
GML_ID = "gml:id"
# A feature of a register has some kilobytes; what is longer costs more to learn than to parse.
MOST_LEARNT = 64 << 10

_TOKEN = re.compile(r"<[^<>]*>|[^<>]+")
# A tag as registers write it; one with anything else is not learnt.
_TAG = re.compile(r'<(/?)([\w.:-]+)((?:\s+[\w.:-]+="[^"<>&]*")*)(\s*)(/?)>')
_ATTRIBUTE = re.compile(r'(\s+)([\w.:-]+)(=")([^"]*)(")')
_BLANK = " \t\n"
# Which of the elements is the feature's own: its wrapper is the first.
_FEATURE = 2
# Where a value may stand. The quick form passes over a value without looking at each sign, and lets through what XML
# forbids or means otherwise (`&`, `>`, control characters): whoever uses it looks afterwards (`are_plain`).
_QUICK_TEXT, _QUICK_ATTRIBUTE = "([^<]*+)", '([^"]*+)'
_PLAIN_TEXT = "([^<>&\\x00-\\x1f\ufffe\uffff]*+)"
_PLAIN_ATTRIBUTE = '([^"<>&\\x00-\\x1f\ufffe\uffff]*+)'
# Numbers that float() reads as XML means them.
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"
_POSITION = f"({_NUMBER}) ({_NUMBER})"
_POSITIONS = f"({_NUMBER} {_NUMBER}(?: {_NUMBER} {_NUMBER})++)"
_NOT_PLAIN = re.compile("[<>&\\x00-\\x1f\ufffe\uffff]")


# What a shape's geometry is: none, one plain point with one pos, one line with one posList.
type Drawn = Literal["nothing", "point", "line"]
_DRAWN: dict[Drawn, list[str]] = {"nothing": [], "point": [POS, POS], "line": [POS_LIST]}


class Slots(NamedTuple):
    """What to take from the features of a class, by local name: texts, and links (gml:ids without their `#`)."""

    texts: Collection[str]
    links: Collection[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """The markup of one feature with its wrapper and the blanks before it."""

    quick: re.Pattern[str]
    plain: re.Pattern[str]
    names: tuple[str, ...]  # of the groups in order; the position's two groups are both named `pos`
    line: int  # of the feature's element, counted from where the shape begins
    lines: int  # line ends in all of it


def are_plain(values: str) -> bool:
    """Whether values found by the quick form, all written together, are what the plain form would have found."""
    if values.isprintable() and not any(sign in values for sign in "<>&"):
        return True
    return _NOT_PLAIN.search(values) is None


def learn(text: str, line: int, values: Mapping[str, str], slots: Slots, drawn: Drawn) -> Shape | None:
    """The shape of a feature, from its text (blanks, wrapper, feature, end of wrapper) and what was parsed from it.

    `line` is where its element stands, counted from 0; `values` are what the parser found for the slots, and under
    `gml:id` its own. None for what cannot be told again by its markup
    alone: comments, CDATA, references, mixed content, a name that stands twice, other coordinates than `drawn` says;
    and for what is longer than `MOST_LEARNT` characters.
    """
    if len(text) > MOST_LEARNT:
        return None
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text or "&" in text or "\r" in text:
        return None
    found = _Found(slots, drawn)
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if not (found.tag(token) if token.startswith("<") else found.text(before, token, after)):
            return None
    names = tuple(found.names)
    plain = re.compile("".join(found.plain))
    again = plain.fullmatch(text)
    coordinates = [name for name in names if name in {POS, POS_LIST}]
    others = [name for name in names if name not in {POS, POS_LIST}]
    if again is None or coordinates != _DRAWN[drawn] or len(set(others)) != len(others):
        return None
    # It must read out of its own feature what the parser did.
    wanted = {GML_ID, *slots.texts, *slots.links}
    read = {name: value.strip() for name, value in zip(names, again.groups(), strict=True) if name in wanted}
    if {n: v for n, v in read.items() if v} != {n: v for n, v in values.items() if v and n in wanted}:
        return None
    return Shape(re.compile("".join(found.quick)), plain, names, line, text.count("\n"))


class _Found:
    """A shape as it grows, token by token."""

    def __init__(self, slots: Slots, drawn: Drawn) -> None:
        self.slots = slots
        self.drawn = drawn
        self.names: list[str] = []
        self.quick: list[str] = []
        self.plain: list[str] = []
        self.elements = self.depth = 0
        self.ids = 0  # attributes of the wrapper and the feature that could name it

    def literal(self, text: str) -> None:
        self.both(re.escape(text))

    def both(self, form: str) -> None:
        self.quick.append(form)
        self.plain.append(form)

    def tag(self, token: str) -> bool:
        """A start or end tag; False when it is none that can be learnt."""
        whole = _TAG.fullmatch(token)
        if whole is None:
            return False
        closing, name, attributes, blank, empty = whole.groups()
        local = name.rpartition(":")[2]
        if closing:
            self.depth -= 1
        else:
            if self.depth < _FEATURE and self.elements != self.depth:
                return False  # something else stands before the feature or its wrapper
            self.elements += 1
            self.depth += not empty
        self.literal(f"<{closing}{name}")
        for space, attribute, opening, value, quote in _ATTRIBUTE.findall(attributes):
            self.literal(space + attribute + opening)
            if not value or attribute.startswith("xmlns"):
                # Nothing shows whether the parser takes this one; and a name space is markup.
                self.literal(value)
            elif attribute.endswith(":id"):
                # The feature stands in its wrapper; a geometry may have one too, after it.
                own = self.elements == _FEATURE
                self.group(GML_ID if own else None, _QUICK_ATTRIBUTE, _PLAIN_ATTRIBUTE)
            elif attribute.endswith(":href"):
                self.link(local, value)
            else:
                self.literal(value)
            self.literal(quote)
            self.ids += self.elements <= _FEATURE and (attribute.endswith(":id") or attribute == "fid")
        self.literal(f"{blank}{empty}>")
        # Of two that are alike here, the parser may take either in the next feature.
        return self.ids <= 1

    def link(self, local: str, value: str) -> None:
        """The value of a link: taken where it is asked for, else only passed over."""
        if value == "#":
            self.literal(value)
            return
        self.both("#" if value.startswith("#") else "(?!#)")
        self.group(local if local in self.slots.links else None, _QUICK_ATTRIBUTE, _PLAIN_ATTRIBUTE)

    def text(self, before: str, text: str, after: str) -> bool:
        """What stands between two tags: a value inside a leaf, else blanks; False for mixed content."""
        start, end = _TAG.fullmatch(before), _TAG.fullmatch(after)
        leaf = start and end and not start[1] and not start[5] and end[1] and start[2] == end[2]
        if not leaf or start is None:
            self.literal(text)
            return not text.strip(_BLANK)
        local = start[2].rpartition(":")[2]
        if local == POS and self.drawn == "point":
            self.coordinates(_POSITION)
        elif local == POS_LIST and self.drawn == "line":
            self.coordinates(_POSITIONS)
        elif local in {POS, POS_LIST, "coordinates"}:
            return False
        else:
            self.group(local if local in self.slots.texts else None, _QUICK_TEXT, _PLAIN_TEXT)
        return True

    def coordinates(self, form: str) -> None:
        self.names += _DRAWN[self.drawn]
        self.both(form)

    def group(self, name: str | None, quick: str, plain: str) -> None:
        # What nobody asked for is still looked at: a text may hold what is no XML.
        self.names.append(name or f"#{len(self.names)}")
        self.quick.append(quick)
        self.plain.append(plain)
