"""`/wmts`: GetCapabilities and GetTile, as key-value pairs and as addresses."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from geo import http
from geo.catalog import Catalog
from geo.deps import Deps
from geo.errors import GeoError, NotFound, Unavailable
from geo.feature import Collection
from geo.http import problems
from geo.http.negotiation import accepted_language
from geo.ogc import fingerprint, tiles
from geo.ogc.tiles import TilePath, Tiles
from geo.texts import Text
from geo.tiles import TileId
from geo.wmts import capabilities, wrong
from geo.wmts.asked import ENDINGS, FORMATS, VERSION, AskedTile, Pairs
from geo.wmts.capabilities import Layer
from geo.wmts.wrong import InvalidParameter, Refused, TileOutOfRange, Unexpected

CACHE_CONTROL = "public, no-cache"
VARY = "Accept-Language, Accept-Encoding"


def blueprint(deps: Deps, made_tiles: Tiles) -> Blueprint:
    """The room's addresses. `made_tiles` is whoever makes tiles of published collections."""
    room = Blueprint("wmts", __name__, url_prefix="/wmts")
    views = _Views(deps, made_tiles)
    tile = "/<layer>/<style>/<matrix_set>/<matrix>/<row>/<column>.<ending>"
    room.add_url_rule("", "pairs", views.pairs, strict_slashes=False)
    room.add_url_rule(f"/{VERSION}/WMTSCapabilities.xml", "capabilities", views.capabilities)
    room.add_url_rule(f"/{VERSION}{tile}", "tile", views.tile)
    room.register_error_handler(Exception, _refused)
    return room


class _Views:
    """One method an address."""

    def __init__(self, deps: Deps, made_tiles: Tiles) -> None:
        self.deps = deps
        self.tiles = made_tiles
        # An upgrade or another configuration changes the document without a new edition.
        self.salt = fingerprint.of_service(deps.settings.town.model_dump_json(), deps.registry.model_dump_json())

    def pairs(self) -> Response:
        """Whatever the parameters ask for."""
        pairs = Pairs(request.args)
        if pairs.operation() == "GetTile":
            return self._answer(pairs.tile())
        pairs.check_accepted_versions()
        return self.capabilities()

    def capabilities(self) -> Response:
        """The service metadata document, or 304."""
        language = http.language_of(request)
        base_url = http.base_url(request, self.deps.settings)
        layers = list(self._layers(self.deps.catalog()))
        editions = [(layer.collection.version, layer.collection.published_at, layer.limits) for layer in layers]
        tag = http.entity_tag(request, self.salt, base_url, language, *editions)
        if http.fresh(request, tag):
            return http.unchanged(tag, cache_control=CACHE_CONTROL, vary=VARY)
        document = capabilities.document(layers, self.deps.settings, base_url, language)
        response = Response(document, content_type=f"{wrong.MEDIA_TYPE}; charset=utf-8")
        response.set_etag(tag)
        response.headers["Cache-Control"] = CACHE_CONTROL
        response.headers["Vary"] = VARY
        response.headers["Content-Language"] = language
        return response

    def tile(
        self, layer: str, style: str, matrix_set: str, matrix: str, row: str, column: str, ending: str
    ) -> Response:
        """A tile by its address."""
        media_type = ENDINGS.get(ending, ending)
        return self._answer(AskedTile(layer, style, media_type, matrix_set, matrix, row, column))

    def _answer(self, asked: AskedTile) -> Response:
        collection = self._flight(asked.layer)
        tile_id = asked.read()
        path = TilePath(asked.matrix, asked.row, asked.column)
        try:
            return tiles.answer(request, self.tiles, collection, path, FORMATS[asked.format])
        except NotFound as exc:
            raise TileOutOfRange(parameter=self._beyond(collection, tile_id), layer=collection.id) from exc

    def _flight(self, layer: str) -> Collection:
        known = self.deps.catalog().collections.get(layer)
        if known is None or not known.raster:
            problem = Text("There is no layer '{layer}'.", layer=wrong.quoted(layer))
            raise InvalidParameter(parameter="layer", problem=problem)
        return known

    def _beyond(self, collection: Collection, tile_id: TileId) -> str:
        """The parameter by which a tile lies outside a flight's limits."""
        limits = self.tiles.limits(collection).get(tile_id.z)
        if limits is None:
            return "TileMatrix"
        return "TileCol" if limits.min_y <= tile_id.y <= limits.max_y else "TileRow"

    def _layers(self, catalog: Catalog) -> Iterator[Layer]:
        """The flights whose files can be opened; the catalog has written of the others."""
        for collection in catalog.collections.values():
            if collection.raster:
                try:
                    yield Layer(collection, self.tiles.limits(collection))
                except Unavailable:
                    continue


def _refused(error: Exception) -> Response:
    """An ExceptionReport; what is wrong in an address is not there (OGC 07-057r7, 7.1.3)."""
    if isinstance(error, HTTPException) and error.code is not None and 400 <= error.code < 500:
        # Refused before this room was asked, such as a body that is too large.
        status, error = error.code, Refused(problem=problems.title(error.code))
    elif isinstance(error, GeoError):
        status = 404 if request.view_args and error.status == 400 else error.status
    else:
        error = Unexpected(number=problems.logged(error)[0])
        status = error.status
    language = http.pages.chosen_language(request) or accepted_language(request.headers.get("Accept-Language"))
    response = Response(wrong.report(error, language), status, content_type=f"{wrong.MEDIA_TYPE}; charset=utf-8")
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store" if status >= 500 else "no-cache"
    response.headers["Vary"] = "Accept-Language"
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "2"
    return response
