"""One parameter's text to its value; each function says what it accepts."""

from __future__ import annotations

import re
from math import isfinite

from shapely.geometry.base import BaseGeometry

from geo.config_file import nearest
from geo.crs import CRS84_URI, SERVED, Crs
from geo.feature import Field
from geo.ogc import instants
from geo.ogc.areas import box_area
from geo.ogc.instants import Period
from geo.ogc.query import MAX_LIMIT, MAX_OFFSET, Place, PropertyValue
from geo.ogc.wrong import quoted, wrong
from geo.texts import Text

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_PLACE = re.compile(r"[0-9]{1,9}\.[0-9]{1,18}", re.ASCII)
_CURIE = re.compile(r"\[?(EPSG|OGC):([A-Za-z0-9]{1,10})\]?")


def limit(text: str) -> int:
    """A page size from 1; what exceeds the maximum is clamped to it (OGC 17-069r4, 7.15.3)."""
    if not _DIGITS.fullmatch(text) or not text.strip("0"):
        raise wrong("limit", Text("A whole number from 1 to {most} is needed.", most=MAX_LIMIT))
    # More digits than the maximum has: no need to read them.
    return min(int(text), MAX_LIMIT) if len(text) <= 18 else MAX_LIMIT


def count(parameter: str, text: str) -> int:
    """A whole number from 0 to `MAX_OFFSET`."""
    value = int(text) if _DIGITS.fullmatch(text) and len(text) <= 18 else -1
    if not 0 <= value <= MAX_OFFSET:
        raise wrong(parameter, Text("A whole number from 0 to {most} is needed.", most=MAX_OFFSET))
    return value


def place(text: str) -> Place:
    """Where a page ended, as its link `next` says it."""
    if not _PLACE.fullmatch(text):
        raise wrong("after", Text("Take it from the link 'next' as it is."))
    edition, fid = text.split(".")
    return Place(int(edition), int(fid))


def crs(parameter: str, text: str) -> Crs:
    """One of the served CRSs, by its URI or as a CURIE (`EPSG:2177`, `[EPSG:2177]`)."""
    uri = text.replace("https://", "http://", 1) if text.startswith("https://") else text
    curie = _CURIE.fullmatch(text)
    if curie is not None and text.startswith("[") == text.endswith("]"):
        authority, code = curie.groups()
        uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}" if authority == "EPSG" else CRS84_URI[:-5] + code
    found = next((one for one in SERVED if one.uri == uri), None)
    if found is None:
        known = ", ".join(one.uri for one in SERVED)
        raise wrong(
            parameter, Text("The CRS '{crs}' is not served; these are: {known}.", crs=quoted(text), known=known)
        )
    return found


def bbox(text: str, box_crs: Crs) -> BaseGeometry:
    """The area of a box in longitude and latitude."""
    parts = [part.strip() for part in text.split(",")]
    numbers = tuple(float(part) for part in parts if _NUMBER.fullmatch(part))
    if len(numbers) != len(parts) or len(numbers) not in {4, 6} or not all(map(isfinite, numbers)):
        raise wrong("bbox", Text("Four (or six) numbers with commas between are needed."))
    try:
        return box_area(numbers, box_crs, grown=True)
    except ValueError as exc:
        order = Text("northing before easting") if box_crs.northing_first else Text("easting before northing")
        problem = Text(
            "A minimum lies above its maximum; in {crs} the order is {order}.", crs=box_crs.name, order=order
        )
        raise wrong("bbox", problem) from exc


def period(text: str) -> Period:
    """The time asked for."""
    try:
        return instants.period(text)
    except instants.EndsBeforeItBeginsError as exc:
        start, _, end = text.partition("/")
        problem = Text("The period ends ({end}) before it begins ({start}); exchange the two.", start=start, end=end)
        raise wrong("datetime", problem) from exc
    except ValueError as exc:
        example = "2026-11-23, 2026-11-23T08:00:00Z, 2026-01-01/2026-12-31, 2026-01-01/.."
        raise wrong("datetime", Text("This is no time or period; right are: {example}.", example=example)) from exc


def boolean(parameter: str, text: str) -> bool:
    """`true` or `false`."""
    if text not in {"true", "false"}:
        raise wrong(parameter, Text("Only 'true' and 'false' are possible."))
    return text == "true"


def choice(parameter: str, text: str, permitted: tuple[str, ...]) -> str:
    """One of the permitted words."""
    if text not in permitted:
        problem = Text("'{value}' is not possible.", value=quoted(text))
        raise wrong(parameter, Text("{problem} {hint}", problem=problem, hint=nearest(text, permitted)))
    return text


def property_value(field: Field, text: str) -> PropertyValue:
    """A value of the field's type; days and times as ISO text."""
    problem = Text("'{value}' does not fit this property.", value=quoted(text))
    try:
        return _typed(field, text)
    except ValueError as exc:
        raise wrong(field.name, problem) from exc


def _typed(field: Field, text: str) -> PropertyValue:
    match field.type:
        case "text":
            return text
        case "integer":
            value = int(text) if _INTEGER.fullmatch(text) else None
            if value is None or not -(2**63) <= value < 2**63:
                raise ValueError(text)
            return value
        case "number":
            number = float(text) if _NUMBER.fullmatch(text) else float("inf")
            if not isfinite(number):
                raise ValueError(text)
            return number
        case "boolean":
            return boolean(field.name, text)
        case "date":
            return instants.day(text).isoformat()
        case "datetime":
            return instants.moment(text).isoformat()
