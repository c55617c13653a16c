"""`/ogc`: every address of the service. Parameters are checked here, before anything else sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from geo import http
from geo.catalog import Catalog
from geo.deps import Deps
from geo.feature import Collection
from geo.http import Offer
from geo.ogc import (
    conformance,
    grids,
    headers,
    items,
    landing,
    openapi,
    pages,
    parameters,
    schemas,
    search,
    tiles,
    town_tiles,
)
from geo.ogc.enclosures import NO_ENCLOSURES, Enclosures, Found, told
from geo.ogc.formats import answers, table
from geo.ogc.headers import CACHE_CONTROL, GEOJSON, ITEMS, PAGE, VARY, edition, link_values
from geo.ogc.providers import Document
from geo.ogc.query import ItemsQuery
from geo.ogc.quick import FAILED
from geo.ogc.shell import CurrentShell, Shell
from geo.ogc.tiles import TilePath, Tiles
from geo.texts import Text

DOCUMENT = (Offer("json", "application/json"), PAGE)
SCHEMA = (Offer("json", schemas.MEDIA_TYPE, ("application/json",)), PAGE)
OPENAPI = (
    Offer(
        "json",
        openapi.MEDIA_TYPE,
        ("application/json", "application/openapi+json", "application/vnd.oai.openapi"),
    ),
    PAGE,
)

type Make = Callable[[Shell, str], Document]
# Any: what a template takes.
type Words = dict[str, Any]


def blueprint(deps: Deps, made_tiles: Tiles, enclosures: Enclosures = NO_ENCLOSURES) -> Blueprint:
    """The room's addresses. `made_tiles` makes tiles of collections, `enclosures` knows files of whole layers."""
    room = Blueprint("ogc", __name__, url_prefix="/ogc")
    views = _Views(deps, made_tiles, enclosures)
    one = "/collections/<collection_id>"
    tileset = f"{one}/tiles/<matrix_set>"
    addresses: dict[str, Callable[..., Response]] = {
        "": views.landing,
        "/conformance": views.conformance,
        "/openapi": views.openapi,
        "/collections": views.collections,
        one: views.collection,
        f"{one}/items": views.features,
        f"{one}/items/<path:feature_id>": views.feature,
        f"{one}/schema": views.schema,
        f"{one}/queryables": views.queryables,
        f"{one}/sortables": views.sortables,
        f"{one}/tiles": views.tilesets,
        tileset: views.tileset,
        f"{tileset}/<matrix>/<row>/<column>": views.tile,
        "/tileMatrixSets": views.matrix_sets,
        "/tileMatrixSets/<matrix_set>": views.matrix_set,
    }
    for path, view in addresses.items():
        # QGIS asks again with a slash at the end: the same answer, no redirect.
        room.add_url_rule(path, view.__name__, view, methods=["GET"], strict_slashes=False)
    search.add_to(room, deps)
    views.add_town_tiles(room)
    return room


class _Views:
    """One method an address."""

    def __init__(self, deps: Deps, made_tiles: Tiles, enclosures: Enclosures) -> None:
        self.deps = deps
        self.tiles = made_tiles
        self.enclosures = enclosures
        self.shells = CurrentShell(deps.settings, deps.database)
        self.salt = headers.salt(deps)

    def add_town_tiles(self, room: Blueprint) -> None:
        town_tiles.add_to(room, self.deps, self.tiles, self._answer)

    def landing(self) -> Response:
        return self._answer(self.deps.catalog(), "landing.html", landing.landing)

    def conformance(self) -> Response:
        return self._answer(
            self.deps.catalog(), "conformance.html", lambda *_: {"conformsTo": list(conformance.CLASSES)}
        )

    def openapi(self) -> Response:
        return self._answer(self.deps.catalog(), "openapi.html", openapi.document, OPENAPI)

    def collections(self) -> Response:
        catalog = self.deps.catalog()
        files = {name: self.enclosures(known) for name, known in catalog.collections.items()}
        return self._answer(catalog, "collections.html", partial(landing.collections, files=files), files=files)

    def collection(self, collection_id: str) -> Response:
        catalog = self.deps.catalog()
        known = catalog.collection(collection_id)
        files = {known.id: self.enclosures(known)}
        return self._answer(
            catalog,
            "collection.html",
            partial(landing.collection, collection_id=known.id, files=files),
            collection=known,
            words={"map": pages.map_of(known), "prepared": files[known.id]},
            files=files,
        )

    def schema(self, collection_id: str) -> Response:
        return self._schema(collection_id, schemas.schema, Text("Schema of the features"))

    def queryables(self, collection_id: str) -> Response:
        return self._schema(collection_id, schemas.queryables, Text("What items can be filtered by"))

    def sortables(self, collection_id: str) -> Response:
        return self._schema(collection_id, schemas.sortables, Text("What items can be sorted by"))

    def tilesets(self, collection_id: str) -> Response:
        return self._of(
            collection_id,
            "tilesets.html",
            lambda known: lambda shell, language: tiles.tilesets(known, self.tiles, language, shell.base),
        )

    def tileset(self, collection_id: str, matrix_set: str) -> Response:
        tiles.check_matrix_set(matrix_set)
        return self._of(
            collection_id,
            "tileset.html",
            lambda known: lambda shell, language: tiles.tileset(known, self.tiles, language, shell.base),
        )

    def tile(self, collection_id: str, matrix_set: str, matrix: str, row: str, column: str) -> Response:
        http.only(request.args, "f")
        tiles.check_matrix_set(matrix_set)
        known = self.deps.catalog().collection(collection_id)
        path = TilePath(matrix, row, column)
        return tiles.answer(request, self.tiles, known, path, http.chosen(request, tiles.offers(known)))

    def matrix_sets(self) -> Response:
        return self._answer(self.deps.catalog(), "matrix_sets.html", grids.matrix_sets)

    def matrix_set(self, matrix_set: str) -> Response:
        tiles.check_matrix_set(matrix_set)
        return self._answer(self.deps.catalog(), "matrix_set.html", grids.matrix_set)

    def features(self, collection_id: str) -> Response:
        catalog = self.deps.catalog()
        known = catalog.collection(collection_id)
        query = parameters.parse_items(request.args.items(multi=True), known.type)
        offer = http.chosen(request, ITEMS)
        if (wanted := table.of(offer)) is not None:
            return self._file(known, query, wanted)
        # People want to know how many there are; programs ask for it (resultType=hits).
        counted = offer is PAGE

        def make(base: str) -> items.Document:
            if (failed := request.environ.get(FAILED)) is not None:
                raise failed
            with self.deps.database.public() as connection:
                return items.items(connection, known, query, base, counted=counted)

        return self._features("items.html", catalog, known, make, pages.of_items, ITEMS)

    def _file(self, known: Collection, query: ItemsQuery, wanted: table.FileFormat) -> Response:
        root = http.base_url(request, self.deps.settings)
        tag = self._tag(wanted.offer, root, *edition(known))
        if http.fresh(request, tag):
            return http.unchanged(tag, cache_control=CACHE_CONTROL, vary=VARY)
        return _cached(answers.answer(request, self.deps, known, query, wanted, f"{root}/ogc"), tag)

    def feature(self, collection_id: str, feature_id: str) -> Response:
        catalog = self.deps.catalog()
        known = catalog.collection(collection_id)
        query = parameters.parse_item(request.args.items(multi=True))
        # A slash at the end belongs to the address, not to the id; inside it belongs to the id.
        wanted = feature_id.removesuffix("/")

        def make(base: str) -> items.Document:
            with self.deps.database.public() as connection:
                return items.item(connection, known, wanted, query, base)

        return self._features("item.html", catalog, known, make, pages.of_item)

    def _features(
        self,
        template: str,
        catalog: Catalog,
        known: Collection,
        make: Callable[[str], items.Document],
        words: Callable[[items.Document, Collection, str], Words],
        offers: tuple[Offer, ...] = GEOJSON,
    ) -> Response:
        language, offer = http.language_of(request), http.chosen(request, offers)
        root = http.base_url(request, self.deps.settings)
        is_page = offer is PAGE
        # The text of a feature has no language, so that one cached answer serves everybody.
        about = (*_state(catalog), language) if is_page else edition(known)
        tag = self._tag(offer, root, *about)
        if http.fresh(request, tag):
            return http.unchanged(tag, cache_control=CACHE_CONTROL, vary=VARY)
        answer = make(f"{root}/ogc")
        if is_page:
            shell = self.shells(catalog, root)
            body = self._page(template, shell, language, known, words(answer, known, language))
            return _respond(body, offer, tag, language)
        response = _respond(answer.body, offer, tag, None)
        response.headers.update(answer.headers)
        response.headers.extend(("Link", value) for value in link_values(answer.links))
        return response

    def _schema(self, collection_id: str, make: Callable[[Collection, str, str], Document], heading: Text) -> Response:
        return self._of(
            collection_id,
            "schema.html",
            lambda known: lambda shell, language: make(known, language, shell.base),
            SCHEMA,
            {"heading": heading.say(http.language_of(request))},
        )

    def _of(
        self,
        collection_id: str,
        template: str,
        make: Callable[[Collection], Make],
        offers: tuple[Offer, ...] = DOCUMENT,
        words: Words | None = None,
    ) -> Response:
        catalog = self.deps.catalog()
        known = catalog.collection(collection_id)
        return self._answer(catalog, template, make(known), offers, known, words)

    def _answer(
        self,
        catalog: Catalog,
        template: str,
        make: Make,
        offers: tuple[Offer, ...] = DOCUMENT,
        collection: Collection | None = None,
        words: Words | None = None,
        files: Found | None = None,
    ) -> Response:
        http.only(request.args, "f", "lang")
        language, offer = http.language_of(request), http.chosen(request, offers)
        root = http.base_url(request, self.deps.settings)
        tag = self._tag(offer, root, *_state(catalog), language, *told(files or {}))
        if http.fresh(request, tag):
            return http.unchanged(tag, cache_control=CACHE_CONTROL, vary=VARY)
        shell = self.shells(catalog, root)
        document = make(shell, language)
        if offer is PAGE:
            body = self._page(template, shell, language, collection, {"document": document, **(words or {})})
            return _respond(body, offer, tag, language)
        return _respond(json.dumps(document, ensure_ascii=False, separators=(",", ":")), offer, tag, language)

    def _page(self, template: str, shell: Shell, language: str, collection: Collection | None, words: Words) -> str:
        return pages.page(template, request, self.deps.settings, shell, language, collection, **words)

    def _tag(self, offer: Offer, *parts: object) -> str:
        return headers.tag(request, self.salt, offer, *parts)


def _state(catalog: Catalog) -> tuple[object, ...]:
    """What a document about the catalog was made from."""
    return (catalog.revision, *(part for known in catalog.collections.values() for part in edition(known)))


def _respond(body: str | bytes, offer: Offer, tag: str, language: str | None) -> Response:
    response = Response(body, content_type=offer.media_type if offer is not PAGE else "text/html; charset=utf-8")
    if language is not None:
        response.headers["Content-Language"] = language
    return _cached(response, tag)


def _cached(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Vary"] = VARY
    return response
