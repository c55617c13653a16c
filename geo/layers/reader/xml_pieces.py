"""An XML collection in pieces of whole members, as text: for readers that know most members by their shape.

    members = Members.of(path)
    for text, line in members.pieces():
        ...
        elements = members.parsed(text[begin:end])

What this cannot cut with certainty is `Uncuttable`, and read from the beginning by `xml_stream`, which also knows what
is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from lxml import etree

from geo.layers.reader.xml_encoding import DECLARED
from geo.layers.reader.xml_stream import Element, members_of

# Bytes: some two thousand members, which then travel together; measured, with half of it a third more time is spent.
PIECE = 1 << 21
# A member of more is none that a register writes.
LONGEST = 1 << 24
_FIRST = re.compile(rb"[ \t\n]*<((?:[A-Za-z_][\w.-]*:)?(?:featureMember|member))>")
_UTF8 = re.compile(rb"(?i)utf-?8")
_DECLARATION = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml\s+version\s*=\s*["']1\.0["']""")


class Uncuttable(Exception):
    """The members of a file cannot be told apart by their text; nothing is said about whether it is in order."""


@dataclass(frozen=True, slots=True)
class Members:
    """A file whose root and first member are as registers write them."""

    path: Path
    begin: int  # where the first member begins, with the blanks before it
    line: int  # its line, from 1
    wrapper: str  # `gml:featureMember`
    root: str  # the name of the root, as written
    opened: str  # a root with the same namespaces
    parser: etree.XMLParser

    @classmethod
    def of(cls, path: Path) -> Members:
        """Read a file's head.

        Raises:
            Uncuttable: it is not UTF-8, or has its features in another way.
        """
        with path.open("rb") as source:
            head = source.read(PIECE)
        first, declared = _FIRST.search(head), DECLARED.match(head)
        if first is None or (declared and not _UTF8.fullmatch(declared[1])):
            raise Uncuttable
        if b"<?xml" in head[:8] and not _DECLARATION.match(head):
            raise Uncuttable
        before = head[: first.start()]
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        name = re.search(rb"([\w.:-]*FeatureCollection)\b", before)
        if name is None:
            raise Uncuttable
        try:
            root = etree.fromstring(before + b"</" + name[1] + b">", parser)
        except etree.XMLSyntaxError as exc:
            raise Uncuttable from exc
        if any(members_of(root)):
            raise Uncuttable
        spaces = "".join(f" xmlns{':' + p if p else ''}={quoteattr(uri)}" for p, uri in root.nsmap.items())
        begun = before.count(b"\n") + 1
        return cls(path, first.start(), begun, first[1].decode(), name[1].decode(), f"<root{spaces}>", parser)

    def pieces(self) -> Iterator[tuple[str, int]]:
        """Texts that each end with a member, and the line in which they begin.

        Raises:
            Uncuttable: not UTF-8, or not only members up to the end.
        """
        end, line = f"</{self.wrapper}>".encode(), self.line
        waiting = b""
        with self.path.open("rb") as source:
            source.seek(self.begin)
            while block := source.read(PIECE):
                waiting += block
                cut = waiting.rfind(end) + len(end)
                if cut < len(end):
                    if len(waiting) > LONGEST:
                        raise Uncuttable
                    continue
                try:
                    text = waiting[:cut].decode()
                except UnicodeDecodeError as exc:
                    raise Uncuttable from exc
                waiting = waiting[cut:]
                yield text, line
                line += text.count("\n")
        if waiting.strip(b" \t\r\n") != f"</{self.root}>".encode():
            raise Uncuttable

    def end_of_member(self, text: str, begin: int) -> int:
        """Where the member ends that begins there, or what stands before it."""
        end = f"</{self.wrapper}>"
        return text.index(end, begin) + len(end)

    def parsed(self, text: str) -> list[Element]:
        """The features in a part of the root's content; their lines are counted from 1 at its beginning.

        Raises:
            Uncuttable: it is not well-formed by itself.
        """
        try:
            root = etree.fromstring(f"{self.opened}{text}</root>", self.parser)
        except (etree.XMLSyntaxError, ValueError) as exc:
            raise Uncuttable from exc
        return list(members_of(root))
