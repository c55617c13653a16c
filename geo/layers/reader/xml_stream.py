"""XML a feature at a time: bounded memory, true line numbers, nothing expanded or fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from lxml import etree

from geo.errors import Unreadable
from geo.layers.reader import xml_encoding
from geo.texts import Text

type Element = etree._Element  # noqa: SLF001 - lxml has no public name for it

BLOCK = 1 << 16  # measured: a tree that fits the cache is a fifth faster than one of 256 kB
TOLD_EACH = 5000  # features
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
MEMBERS = frozenset({"featureMember", "member"})  # one feature each
CROWDS = frozenset({"featureMembers", "members"})  # all features in one


def _local_name(tag: object) -> str:
    """`{namespace}name` without its namespace."""
    return str(tag).rpartition("}")[2]


# Bounded, because a hostile file could have a name for every element.
local_name: Callable[[object], str] = lru_cache(maxsize=4096)(_local_name)


def namespace(tag: object) -> str:
    """The namespace of `{namespace}name`; empty when it has none."""
    text = str(tag)
    return text[1:].partition("}")[0] if text.startswith("{") else ""


def gml_id(element: Element) -> str | None:
    """The gml:id (3.x) or fid (2.x) of a feature."""
    for name, value in element.items():
        if name == "fid" or (name.endswith("}id") and "opengis.net/gml" in name):
            return value
    return None


def line_of(element: Element) -> int | None:
    """The line where an element begins.

    libxml2 keeps lines of elements in 16 bits; beyond, it tells where the text inside begins and ends.
    """
    line = element.sourceline
    if line is None or line < 65_535 or element.text is None:
        return line
    return line - element.text.count("\n")


def text_of(element: Element | None) -> str | None:
    """The text of an element without surrounding blanks; None for nil and empty ones in all their forms."""
    if element is None or element.text is None:
        return None
    return element.text.strip() or None


def features(path: Path, file: str) -> Iterator[Element]:
    """Stream the feature elements of a collection. Each is valid only until the next is asked for.

    The parser builds a tree and finished children are taken off it between two blocks, which costs no
    Python call for an element (iterparse with events for each would halve the speed). White space stays
    in it: beyond line 65 535 libxml2 knows the lines of texts only.

    Raises:
        Unreadable: not well-formed or cut off; names line and column.
    """
    parser = etree.XMLPullParser(
        events=("start",),
        tag="{*}FeatureCollection",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    root: Element | None = None
    try:
        with path.open("rb") as source:
            while block := source.read(BLOCK):
                parser.feed(block)
                if root is None:
                    root = next((element for _, element in parser.read_events()), None)
                if root is not None:
                    yield from _finished(root, closed=False)
        parser.close()
    except etree.XMLSyntaxError as exc:
        raise xml_encoding.fault(path, file) or _broken(file, exc, parser) from exc
    if root is not None:
        yield from _finished(root, closed=True)


def counted(elements: Iterator[Element], progress: Callable[[int], None]) -> Iterator[Element]:
    """The same elements; `progress` hears of every 5000th how many have come."""
    for number, element in enumerate(elements, 1):
        if number % TOLD_EACH == 0:
            progress(number)
        yield element


def members_of(root: Element) -> Iterator[Element]:
    """The features of a collection that is parsed as a whole."""
    return _finished(root, closed=True)


def _finished(root: Element, *, closed: bool) -> Iterator[Element]:
    """Take the finished features off the tree; an unfinished last child stays."""
    wrappers = root[:] if closed else root[:-1]
    for wrapper in wrappers:
        name = local_name(wrapper.tag)
        if name in MEMBERS:
            yield from wrapper
        elif name in CROWDS:
            yield from _crowd(wrapper, closed=True)
    del root[: len(wrappers)]
    if len(root) and local_name(root[0].tag) in CROWDS:
        yield from _crowd(root[0], closed=False)


def _crowd(wrapper: Element, *, closed: bool) -> Iterator[Element]:
    elements = wrapper[:] if closed else wrapper[:-1]
    yield from elements
    del wrapper[: len(elements)]


def _broken(file: str, exc: etree.XMLSyntaxError, parser: etree.XMLPullParser) -> Unreadable:
    """The error for XML that is not well-formed, which is what a cut-off file is too."""
    line, column = exc.position
    detail = (exc.msg or "").partition(", line ")[0]
    if not line and parser.feed_error_log:
        # Some errors end the tree without an exception; the log knows the first.
        first = parser.feed_error_log[0]
        line, column, detail = first.line, first.column, first.message
    return Unreadable(
        file=file,
        problem=Text(
            "The XML breaks off or is wrong in line {line}, column {column} ({detail}).",
            line=line,
            column=column,
            detail=detail,
        ),
        remedy=Text("Download or export the file again and compare its size with the original."),
    )
