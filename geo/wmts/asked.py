"""Requests as key-value pairs and as addresses, read into one shape."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from geo.http import Offer
from geo.ogc.tiles import MATRIX_SET, RASTER_OFFERS
from geo.texts import Text
from geo.tiles import DEEPEST_ZOOM, TileId
from geo.wmts.wrong import InvalidParameter, MissingParameter, NoCommonVersion, UnknownOperation, quoted

VERSION = "1.0.0"
STYLE = "default"
OPERATIONS = ("GetCapabilities", "GetTile")
# PNG first: GDAL takes the first, not every program reads WebP, and JPEG is white where nothing was photographed.
FORMATS: dict[str, Offer] = {
    media_type: offer
    for media_type in ("image/png", "image/jpeg", "image/webp")
    for offer in RASTER_OFFERS
    if offer.media_type == media_type
}
ENDINGS = {offer.word: offer.media_type for offer in RASTER_OFFERS}


@dataclass(frozen=True, slots=True)
class AskedTile:
    """A tile as it was asked for; nothing is checked yet."""

    layer: str
    style: str
    format: str
    matrix_set: str
    matrix: str
    row: str
    column: str

    def read(self) -> TileId:
        """The tile of the grid; whether the layer has it is another question.

        Raises:
            InvalidParameter: style, format, grid, matrix, row or column is none that there can be.
        """
        # An empty style is the default one (OGC 06-121r3, 11.5.3).
        _one_of("style", self.style or STYLE, (STYLE,))
        _one_of("format", self.format, tuple(FORMATS))
        _one_of("TileMatrixSet", self.matrix_set, (MATRIX_SET,))
        _one_of("TileMatrix", self.matrix, tuple(map(str, range(DEEPEST_ZOOM + 1))))
        return TileId(int(self.matrix), _number("TileCol", self.column), _number("TileRow", self.row))


class Pairs:
    """Key-value pairs: names in any case, values as they are, unknown names passed over (OGC 06-121r3, 11.5.2)."""

    def __init__(self, arguments: MultiDict[str, str]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in arguments.items(multi=True):
            self._values.setdefault(name.lower(), []).append(value)

    def operation(self) -> str:
        """GetCapabilities or GetTile.

        Raises:
            MissingParameter: there is no service or no request.
            InvalidParameter: another service is asked for.
            UnknownOperation: the request is another.
        """
        service = self.value("service")
        if service != "WMTS":
            problem = Text(
                "This is no '{service}' but a WMTS; a program that asks so needs the address that ends with {ending}.",
                service=quoted(service),
                ending="/1.0.0/WMTSCapabilities.xml",
            )
            raise InvalidParameter(parameter="service", problem=problem)
        operation = self.value("request")
        if operation not in OPERATIONS:
            raise UnknownOperation(parameter=quoted(operation))
        return operation

    def check_accepted_versions(self) -> None:
        """Raises NoCommonVersion when the client takes others only."""
        accepted = self.value("AcceptVersions", optional=True)
        if accepted and VERSION not in accepted.split(","):
            raise NoCommonVersion(parameter="AcceptVersions")

    def tile(self) -> AskedTile:
        """The tile that is asked for.

        Raises:
            MissingParameter: a parameter of GetTile is missing.
            InvalidParameter: the version is another, or a parameter stands twice.
        """
        _one_of("version", self.value("version"), (VERSION,))
        return AskedTile(
            layer=self.value("layer"),
            style=self._style(),
            format=self.value("format"),
            matrix_set=self.value("TileMatrixSet"),
            matrix=self.value("TileMatrix"),
            row=self.value("TileRow"),
            column=self.value("TileCol"),
        )

    def _style(self) -> str:
        # It must stand there (OGC 07-057r7, table 29), but clients send it empty for the default.
        if "style" not in self._values:
            raise MissingParameter(parameter="style")
        return self.value("style", optional=True)

    def value(self, name: str, *, optional: bool = False) -> str:
        """The value of a parameter; empty only where it is optional."""
        values = self._values.get(name.lower(), [])
        if len(values) > 1:
            raise InvalidParameter(parameter=name, problem=Text("It stands twice."))
        if not optional and not (values and values[0]):
            raise MissingParameter(parameter=name)
        return values[0] if values else ""


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        listed = ", ".join(known)
        problem = Text("'{value}' is not one of: {known}.", value=quoted(value), known=listed)
        raise InvalidParameter(parameter=name, problem=problem)


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        problem = Text("'{value}' is not a whole number (0 or more).", value=quoted(value))
        raise InvalidParameter(parameter=name, problem=problem)
    return int(value)
