"""Pages of features for the fast door: what the slow door would say, from the same functions, without Flask.

Only GeoJSON by GET. What is unusual or wrong is left to the slow door, which says what is wrong; a test holds the
answers of both side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Request

from geo import http
from geo.catalog import Catalog
from geo.deps import Deps
from geo.errors import GeoError, Unavailable
from geo.feature import Collection
from geo.http.answers import PUBLIC_MANNERS, Delivery, compressed
from geo.ogc import headers, items, parameters
from geo.ogc.envelope import Page
from geo.recent import Recent

type Environ = dict[str, Any]  # WSGI's own: values of any kind
type Headers = tuple[tuple[str, str], ...]

# An error that cost time stands here for the slow door, which says it instead of trying again.
FAILED = "geo.items_failed"
_BEFORE, _AFTER = "/ogc/collections/", "/items"
MOST_KEPT = 1000
# Longer ones are filters that hardly anybody sends twice.
LONGEST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request understood: good for all who ask the same while the collection is the same."""

    collection: Collection
    plan: items.Plan
    tag: str
    accepted: str | None
    # What every answer says, and what one with a body says beside.
    manners: Headers
    described: Headers


class QuickPages:
    """The pages of one process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._salt = headers.salt(deps)
        self._address = http.PublicAddress(deps.settings)
        self._kept: Recent[tuple[str, ...], _Asked] = Recent(MOST_KEPT)

    def __call__(self, environ: Environ) -> Delivery | None:
        """The answer; None where the slow door must give it."""
        path: str = environ.get("PATH_INFO", "")
        if not (path.startswith(_BEFORE) and path.endswith(_AFTER) and environ["REQUEST_METHOD"] == "GET"):
            return None
        catalog = self._deps.catalog.known
        collection = catalog.collections.get(path[len(_BEFORE) : -len(_AFTER)]) if catalog else None
        if catalog is None or collection is None:
            return None
        try:
            return self._answer(environ, path, catalog, collection)
        except Unavailable as error:
            # A table that is gone is found again under its new name; what took too long would take so again.
            if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                environ[FAILED] = error
        except (GeoError, psycopg.Error):
            # Said by the slow door, which meets it too.
            pass
        return None

    def _answer(self, environ: Environ, path: str, catalog: Catalog, collection: Collection) -> Delivery | None:
        asked = self._asked(environ, path, collection)
        if asked is None:
            return None
        if "HTTP_IF_NONE_MATCH" in environ and http.fresh(Request(environ), asked.tag):
            # Whoever holds the tag got this page of this edition; whether it is still the newest must be asked.
            return _unchanged(asked) if self._deps.catalog() is catalog else None
        with self._deps.database.public() as connection:
            page, revision = asked.plan.read(connection)
        # A later revision: the slow door learns what is public now.
        return _delivery(asked, page) if revision == catalog.revision else None

    def _asked(self, environ: Environ, path: str, collection: Collection) -> _Asked | None:
        root = self._address.of(environ)
        query = environ.get("QUERY_STRING", "")
        key = (path, query, environ.get("HTTP_ACCEPT", "*/*"), environ.get("HTTP_ACCEPT_ENCODING", ""), root)
        kept = self._kept.get(key)
        if kept is not None and kept.collection is collection:
            return kept
        asked = self._understood(Request(environ), collection, root)
        if asked is not None and len(query) <= LONGEST_KEPT:
            self._kept.put(key, asked)
        return asked

    def _understood(self, request: Request, collection: Collection, root: str) -> _Asked | None:
        query = parameters.parse_items(request.args.items(multi=True), collection.type)
        # A language changes nothing of a feature, but a wrong one is said.
        http.language_of(request)
        offer = http.chosen(request, headers.GEOJSON)
        if query.hits or offer is not headers.GEOJSON[0]:
            return None
        plan = items.Plan.of(collection, query, f"{root}/ogc")
        tag = headers.tag(request, self._salt, offer, root, *headers.edition(collection))
        said = (("ETag", f'"{tag}"'), ("Cache-Control", headers.CACHE_CONTROL), ("Vary", headers.VARY), *PUBLIC_MANNERS)
        accepted = request.headers.get("Accept-Encoding")
        return _Asked(collection, plan, tag, accepted, said, (*said, *plan.envelope.headers.items()))


def _unchanged(asked: _Asked) -> Delivery:
    return Delivery(304, list(asked.manners), b"")


def _delivery(asked: _Asked, page: Page) -> Delivery:
    document = asked.plan.envelope.around(page, asked.plan.matched(page))
    body, encoding = compressed(document.body, asked.accepted)
    return Delivery(200, [*asked.described, *_varying(document, body, encoding)], body)


def _varying(document: items.Document, body: bytes, encoding: str | None) -> Iterable[tuple[str, str]]:
    yield from (("Link", value) for value in headers.link_values(document.links))
    yield "Content-Length", str(len(body))
    if encoding is not None:
        yield "Content-Encoding", encoding
