"""What OWS calls exceptions (OGC 07-057r7, tables 21 and 24), and the report that carries one."""

from __future__ import annotations

from typing import ClassVar

from lxml import etree

from geo.errors import GeoError

MEDIA_TYPE = "application/xml"
_OWS = "http://www.opengis.net/ows/1.1"
_XML = "http://www.w3.org/XML/1998/namespace"
# The same longest quote as everywhere: what a client sent is repeated to it only so far.
LONGEST_QUOTE = 60


class OwsException(GeoError):
    """The request is not understood."""

    code = "ows"
    status = 400
    exception_code: ClassVar[str] = "NoApplicableCode"


class MissingParameter(OwsException):
    """The parameter {parameter} is missing."""

    exception_code = "MissingParameterValue"


class InvalidParameter(OwsException):
    """Parameter {parameter}: {problem}"""

    exception_code = "InvalidParameterValue"


class NoCommonVersion(OwsException):
    """This service speaks version 1.0.0 only."""

    exception_code = "VersionNegotiationFailed"


class UnknownOperation(OwsException):
    """There is no operation '{parameter}' here; there are GetCapabilities and GetTile."""

    exception_code = "OperationNotSupported"
    status = 501


class TileOutOfRange(OwsException):
    """{parameter} lies outside the pictures of the layer '{layer}'."""

    exception_code = "TileOutOfRange"


class Refused(OwsException):
    """{problem}"""


class Unexpected(OwsException):
    """Something went wrong on our side. Tell us this number: {number}"""

    status = 500


def report(error: GeoError, language: str) -> bytes:
    """An ExceptionReport with one exception; the locator is the parameter, or the operation, that is wrong."""
    code = error.exception_code if isinstance(error, OwsException) else "NoApplicableCode"
    root = etree.Element(f"{{{_OWS}}}ExceptionReport", {"version": "1.0.0"}, nsmap={None: _OWS})
    root.set(f"{{{_XML}}}lang", language)
    exception = etree.SubElement(root, f"{{{_OWS}}}Exception", {"exceptionCode": code})
    locator = error.values.get("parameter")
    if isinstance(locator, str):
        exception.set("locator", _printable(locator))
    etree.SubElement(exception, f"{{{_OWS}}}ExceptionText").text = _printable(error.text.say(language))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def quoted(value: str) -> str:
    """What a client sent, short enough to be repeated."""
    return value if len(value) <= LONGEST_QUOTE else value[:LONGEST_QUOTE] + "…"


def _printable(text: str) -> str:
    """Without what XML cannot hold: control characters, halves of surrogate pairs."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
