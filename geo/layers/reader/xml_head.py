"""The beginning of an XML file, read without building anything: what it is, and whether it may be read at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from geo.errors import Unreadable
from geo.layers.reader import xml_encoding
from geo.layers.reader.xml_stream import CROWDS, MEMBERS, local_name
from geo.texts import Text

PIECE = 4096
# How far to look for the first feature: a collection with a long boundedBy or many comments still fits.
FAR_ENOUGH = 1 << 20
INVENTED = re.compile(r"\b(synthetic|syntetyczn|zmyślon)", re.IGNORECASE)


@dataclass(slots=True)
class XmlHead:
    """Names are in lxml's form, `{namespace}local`."""

    root: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    feature: str | None = None  # the first feature's class
    srs: str | None = None  # the first srsName
    gml2: bool = False  # a `coordinates` element was seen before the end of the first feature
    synthetic: bool = False
    message: str = ""  # the text of a service's exception report
    done: bool = False


def xml_head(path: Path, file: str) -> XmlHead:
    """Read as far as the end of the first feature.

    A DOCTYPE ends the reading before any parser could expand or fetch what it declares: of the parsers at
    hand none reports a dropped external entity, and none a bomb.

    Raises:
        Unreadable: there is a DOCTYPE, or this is no XML.
    """
    head = XmlHead()
    parser = expat.ParserCreate(namespace_separator="}")
    _listen(parser, head, file)
    read = 0
    with path.open("rb") as source:
        while not head.done and read < FAR_ENOUGH:
            piece = source.read(PIECE)
            read += len(piece)
            try:
                # The last piece must be said to be the last: expat puts off long tokens until then.
                parser.Parse(piece, not piece)
            except expat.ExpatError as exc:
                if head.root and "encoding" not in str(exc):
                    break  # the stream will say where it breaks, with the same words for every line
                raise xml_encoding.fault(path, file) or _no_xml(file, exc) from exc
            if not piece:
                break
    if not head.root:
        raise Unreadable(
            file=file,
            problem=Text("The XML ends before its first element."),
            remedy=Text("Download or export the file again and compare its size with the original."),
        )
    return head


def _listen(parser: expat.XMLParserType, head: XmlHead, file: str) -> None:
    path: list[str] = []

    def doctype(name: str, *_: object) -> None:
        if name.lower() == "html":
            raise web_page(file)
        raise Unreadable(
            file=file,
            problem=Text(
                "There is a DOCTYPE in line {line}, which registers never have.", line=parser.CurrentLineNumber
            ),
            remedy=Text("Do not load this file; it may be an attack. Ask its sender for a clean export."),
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        name = "{" + name if "}" in name else name
        if not path:
            head.root, head.attributes = name, attributes
        elif head.feature is None and local_name(path[-1]) in MEMBERS | CROWDS:
            head.feature = name
        head.srs = head.srs or attributes.get("srsName")
        head.gml2 = head.gml2 or local_name(name) == "coordinates"
        path.append(name)

    def end(_: str) -> None:
        name = path.pop()
        head.done = head.done or not path or (name == head.feature and len(path) <= 2)

    def text(data: str) -> None:
        if path and local_name(path[-1]) in {"ExceptionText", "ServiceException"}:
            head.message = (head.message + data)[:500]

    def comment(data: str) -> None:
        head.synthetic = head.synthetic or INVENTED.search(data) is not None

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.CommentHandler = comment


def web_page(file: str) -> Unreadable:
    """The refusal of a saved page of the web, such as a login or an error in place of data."""
    return Unreadable(
        file=file,
        problem=Text("This is a web page, no data."),
        remedy=Text("Download the file again; opened in a browser, the page shows what the service says."),
    )


def _no_xml(file: str, exc: expat.ExpatError) -> Unreadable:
    return Unreadable(
        file=file,
        problem=Text(
            "The XML breaks off or is wrong in line {line}, column {column} ({detail}).",
            line=exc.lineno,
            column=exc.offset + 1,
            detail=expat.ErrorString(exc.code),
        ),
        remedy=Text("Download or export the file again and compare its size with the original."),
    )
