"""The features of a PRG 2021 file as rows of texts, their links not followed.

Most by their shape (`xml_shapes`), each other by the parser; a file that cannot be cut into its members by the parser
alone. All give the same rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.layers.reader import xml_shapes
from geo.layers.reader.links import Links, Street
from geo.layers.reader.prg2021_features import (
    COLUMNS,
    LOCALITY,
    SLOTS,
    SRS,
    STREET,
    Gathering,
    Growing,
    Parsed,
    Row,
    Rows,
)
from geo.layers.reader.xml_pieces import Members
from geo.layers.reader.xml_shapes import GML_ID, POS, POS_LIST, Drawn, Shape
from geo.layers.reader.xml_stream import Element, features, line_of

MOST_SHAPES = 64
# A line that is written in one go, and nothing around it that could turn it.
_LINE = re.compile(r"<[\w.-]+:geometria>\s*<[\w.-]+:LineString\b[^<>]*>\s*<[\w.-]+:posList\b[^<>]*>[^<>]*</")
# Features that wait together on disk.
BLOCK = 1000


def by_parser(path: Path, file: str, gathering: Gathering) -> Iterator[Rows]:
    """The rows of a file, all found by the parser.

    Raises:
        Unreadable: not well-formed or cut off.
    """
    growing: dict[str, Growing] = {}
    number = 0
    for number, element in enumerate(features(path, file), 1):
        found = gathering.parsed(element, number, 0)
        gathering.tally[found.cls] += 1
        gathering.told(number - 1, number)
        if found.cls in gathering.kinds:
            growing.setdefault(found.cls, Growing()).add(number, found)
        if number % BLOCK == 0:
            yield from _all(growing)
            growing = {}
    yield from _all(growing)


def by_shape(path: Path, gathering: Gathering) -> Iterator[Rows]:
    """The rows of a file, most found by their shape.

    Raises:
        Uncuttable: only the parser alone can tell.
    """
    members = Members.of(path)
    shapes: list[_Taker] = []
    number = 0
    for text, line in members.pieces():
        before = number
        piece = _Piece(members, shapes, gathering, text, line, number)
        if not piece.read(plain=False):
            piece = _Piece(members, shapes, gathering, text, line, number)
            piece.read(plain=True)
        number = piece.number
        gathering.tally.update(piece.tally)
        gathering.told(before, number)
        for rows in _all(piece.growing):
            if rows.cls == STREET:
                _learn_streets(gathering.links, rows)
            yield rows


class _Taker(NamedTuple):
    """A shape, and how a row is made of what its groups hold."""

    cls: str
    shape: Shape
    take: Callable[[tuple[str | None, ...]], Row]
    srs: str | None


class _Piece:
    """The rows of one piece of a file."""

    def __init__(
        self, members: Members, shapes: list[_Taker], gathering: Gathering, text: str, line: int, number: int
    ) -> None:
        self.members = members
        self.shapes = shapes
        self.gathering = gathering
        self.text = text
        self.line = line
        self.number = number
        self.tally: Counter[str] = Counter()
        self.growing: dict[str, Growing] = {}

    def read(self, *, plain: bool) -> bool:
        """Gather it. False when the quick form of a shape (not `plain`) may have taken what it should not."""
        text, position, seen = self.text, 0, []
        while position < len(text):
            for taker in self.shapes:
                shape = taker.shape
                match = (shape.plain if plain else shape.quick).match(text, position)
                if match is None:
                    continue
                groups = match.groups()
                seen.append("".join(groups))
                self.number += 1
                growing = self.growing.setdefault(taker.cls, Growing())
                growing.numbers.append(self.number)
                growing.lines.append(self.line + shape.line)
                growing.rows.append(taker.take((*groups, None, taker.srs)))
                self.line += shape.lines
                position = match.end()
                break
            else:
                position = self._parse(position)
        for cls, growing in self.growing.items():
            self.tally[cls] = len(growing.rows)
        return plain or xml_shapes.are_plain("".join(seen))

    def _parse(self, begin: int) -> int:
        """Have the parser read the next member; gives where it ends."""
        end = self.members.end_of_member(self.text, begin)
        text = self.text[begin:end]
        elements = self.members.parsed(text)
        for element in elements:
            self.number += 1
            found = self.gathering.parsed(element, self.number, self.line - 1)
            if found.cls not in self.gathering.kinds:
                self.tally[found.cls] += 1
                continue
            self.growing.setdefault(found.cls, Growing()).add(self.number, found)
            if len(elements) == 1 and len(self.shapes) < MOST_SHAPES:
                self._learn(text, element, found)
        self.line += text.count("\n")
        return end

    def _learn(self, text: str, element: Element, found: Parsed) -> None:
        # A locality names its streets, as many as there are.
        if found.cls == LOCALITY or (drawn := _drawn(text, found)) is None:
            return
        shape = xml_shapes.learn(text, (line_of(element) or 1) - 1, found.values, SLOTS[found.cls], drawn)
        if shape is None or (drawn == "line" and not _is_line(shape, text, found)):
            return
        nothing, srs = len(shape.names), len(shape.names) + 1
        *names, _, _, _, _ = COLUMNS[found.cls]
        places = {name: place for place, name in reversed(list(enumerate(shape.names)))}
        x = places.get(POS, nothing)
        y = nothing if x == nothing else x + 1
        take = itemgetter(*(places.get(name, nothing) for name in names), srs, x, y, places.get(POS_LIST, nothing))
        named = found.other.srs if found.other else found.values.get(SRS)
        self.shapes.append(_Taker(found.cls, shape, take, named))


def _drawn(text: str, found: Parsed) -> Drawn | None:
    """What a feature's geometry is; None for any of which its markup alone does not tell."""
    if found.other is None:
        return "point"
    if found.other.findings:
        return None
    if found.other.geometry is None:
        return "nothing"
    return "line" if _LINE.search(text) else None


def _is_line(shape: Shape, text: str, found: Parsed) -> bool:
    """Whether the shape reads the parser's very line."""
    match = shape.plain.fullmatch(text)
    written = match.group(shape.names.index(POS_LIST) + 1) if match else ""
    read = None if found.other is None else shapely.get_coordinates(found.other.geometry)
    return read is not None and np.array_equal(positions_of(written), read)


def positions_of(written: str) -> NDArray[np.float64]:
    """The coordinates of a posList that a shape has matched, (n, 2)."""
    return np.array(list(map(float, written.split()))).reshape(-1, 2)


def _learn_streets(links: Links, rows: Rows) -> None:
    columns = dict(zip(COLUMNS[STREET], rows.columns, strict=True))
    names = ("nazwaPelna", "identyfikatorULIC", "rodzaj", "miejsce")
    for key, *values in zip(columns[GML_ID], *(columns[name] for name in names), strict=True):
        links.streets.add(key or "", Street(*values))


def _all(growing: dict[str, Growing]) -> Iterator[Rows]:
    for cls, gathered in growing.items():
        yield gathered.done(cls)
