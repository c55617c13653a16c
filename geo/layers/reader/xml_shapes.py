"""Shapes of XML features: what the full parser has read once is recognised again by its very markup.

A register writes a hundred thousand features with the same tags, blanks and attributes; only texts, gml:ids and links
differ. A `Shape` is one such feature as a regular expression: its markup to the letter, a group where a value stood.
What matches is the same XML with other values, so it means what the parser found in the first one; whatever does not
match goes to the parser. Nothing is guessed. Measured: 4 us for a feature that the parser reads in 80.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

POS = "pos"
GML_ID = "gml:id"

_TOKEN = re.compile(r"<[^<>]*>|[^<>]+")
# A tag as registers write it; one with anything else is not learnt.
_TAG = re.compile(r'<(/?)([\w.:-]+)((?:\s+[\w.:-]+="[^"<>&]*")*)(\s*)(/?)>')
_ATTRIBUTE = re.compile(r'(\s+)([\w.:-]+)(=")([^"]*)(")')
_BLANK = " \t\n"
# Where a value may stand. The quick form is matched three times as fast and lets through what XML forbids or means
# otherwise (`&`, `>`, control characters): whoever uses it looks at the values afterwards (`are_plain`).
_QUICK_TEXT, _QUICK_ATTRIBUTE = "([^<]*+)", '([^"]*+)'
_PLAIN_TEXT = "([^<>&\\x00-\\x1f\ufffe\uffff]*+)"
_PLAIN_ATTRIBUTE = '([^"<>&\\x00-\\x1f\ufffe\uffff]*+)'
# Two numbers that float() reads as XML means them.
_POSITION = r"(-?[0-9]{1,15}(?:\.[0-9]{1,15})?) (-?[0-9]{1,15}(?:\.[0-9]{1,15})?)"
_NOT_PLAIN = re.compile("[<>&\\x00-\\x1f\ufffe\uffff]")


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


def learn(text: str, line: int, values: Mapping[str, str], slots: Slots, *, has_position: bool) -> Shape | None:
    """The shape of a feature, from its text (blanks, wrapper, feature, end of wrapper) and what was parsed from it.

    `line` is where its element stands, counted from 0; `values` are what the parser found for the slots, and under
    `gml:id` its own; `has_position`: its geometry is one plain point. None for what cannot be told again by its markup
    alone: comments, CDATA, references, mixed content, a name that stands twice, coordinates other than one position.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text or "&" in text or "\r" in text:
        return None
    found = _Found(slots, has_position=has_position)
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if not (found.tag(token) if token.startswith("<") else found.text(before, token, after)):
            return None
    names = tuple(found.names)
    plain = re.compile(found.plain)
    again = plain.fullmatch(text)
    if again is None or len(set(names)) + has_position != len(names) or has_position != (POS in names):
        return None
    # It must read out of its own feature what the parser did.
    wanted = {GML_ID, *slots.texts, *slots.links}
    read = {name: value.strip() for name, value in zip(names, again.groups(), strict=True) if name in wanted}
    if {n: v for n, v in read.items() if v} != {n: v for n, v in values.items() if v and n in wanted}:
        return None
    return Shape(re.compile(found.quick), plain, names, line, text.count("\n"))


class _Found:
    """A shape as it grows, token by token."""

    def __init__(self, slots: Slots, *, has_position: bool) -> None:
        self.slots = slots
        self.has_position = has_position
        self.names: list[str] = []
        self.quick = self.plain = ""

    def literal(self, text: str) -> None:
        self.quick += re.escape(text)
        self.plain += re.escape(text)

    def tag(self, token: str) -> bool:
        """A start or end tag; False when it is none that can be learnt."""
        whole = _TAG.fullmatch(token)
        if whole is None:
            return False
        closing, name, attributes, blank, empty = whole.groups()
        local = name.rpartition(":")[2]
        self.literal(f"<{closing}{name}")
        for space, attribute, opening, value, quote in _ATTRIBUTE.findall(attributes):
            self.literal(space + attribute + opening)
            if attribute.endswith(":id"):
                # A geometry may have one too, after the feature.
                self.group(None if GML_ID in self.names else GML_ID, _QUICK_ATTRIBUTE, _PLAIN_ATTRIBUTE)
            elif attribute.endswith(":href"):
                self.link(local, value)
            else:
                self.literal(value)
            self.literal(quote)
        self.literal(f"{blank}{empty}>")
        return True

    def link(self, local: str, value: str) -> None:
        """The value of a link: taken where it is asked for, else only passed over."""
        if value.startswith("#"):
            self.literal("#")
        else:
            self.quick += "(?!#)"
            self.plain += "(?!#)"
        self.group(local if local in self.slots.links else None, _QUICK_ATTRIBUTE, _PLAIN_ATTRIBUTE)

    def text(self, before: str, text: str, after: str) -> bool:
        """What stands between two tags: a value inside a leaf, else blanks; False for mixed content."""
        start, end = _TAG.fullmatch(before), _TAG.fullmatch(after)
        leaf = start and end and not start[1] and not start[5] and end[1] and start[2] == end[2]
        if not leaf or start is None:
            self.literal(text)
            return not text.strip(_BLANK)
        local = start[2].rpartition(":")[2]
        if local == POS and self.has_position:
            self.quick += _POSITION
            self.plain += _POSITION
            self.names += [POS, POS]
        elif local in {POS, "posList", "coordinates"}:
            return False
        else:
            self.group(local if local in self.slots.texts else None, _QUICK_TEXT, _PLAIN_TEXT)
        return True

    def group(self, name: str | None, quick: str, plain: str) -> None:
        # What nobody asked for is still looked at: a text may hold what is no XML.
        self.names.append(name or f"#{len(self.names)}")
        self.quick += quick
        self.plain += plain
