"""Pages of features for the fast door: what the slow door would say, from the same functions, without Flask.

Only GeoJSON by GET. A page that was answered is kept in memory for those who ask again within its edition; a client
that will not have it (`Cache-Control: no-cache`) gets one made anew. What is unusual or wrong is left to the slow
door, which says what is wrong; a test holds the answers of both side by side.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Request

from geo import http
from geo.deps import Deps
from geo.errors import GeoError, Unavailable
from geo.feature import Collection
from geo.http.answers import PUBLIC_MANNERS, Delivery
from geo.http.compression import compressed
from geo.ogc import headers, items, parameters
from geo.ogc.envelope import Page
from geo.recent import Recent

type Environ = dict[str, Any]  # WSGI's own: values of any kind
type Headers = tuple[tuple[str, str], ...]

# An error that cost time stands here for the slow door, which says it instead of trying again.
FAILED = "geo.items_failed"
_BEFORE, _AFTER = "/ogc/collections/", "/items"
MOST_KEPT = 500
# Of each process.
PAGES_BYTES = 12 << 20
# What a page costs beside its body: its key, headers and plan.
_OVERHEAD_BYTES = 4000
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


# Path, query string, Accept, Accept-Encoding and the address under which we are reached.
type _Key = tuple[str, str, str, str, str]
type _Kept = tuple[_Asked, Delivery]


class QuickPages:
    """The pages of one process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._salt = headers.salt(deps)
        self._address = http.PublicAddress(deps.settings)
        self._asked: Recent[_Key, _Asked] = Recent(MOST_KEPT)
        self._pages: Recent[_Key, _Kept] = Recent(PAGES_BYTES, _weight)

    def __call__(self, environ: Environ) -> Delivery | None:
        """The answer; None where the slow door must give it."""
        path: str = environ.get("PATH_INFO", "")
        if not (path.startswith(_BEFORE) and path.endswith(_AFTER) and environ["REQUEST_METHOD"] == "GET"):
            return None
        query: str = environ.get("QUERY_STRING", "")
        accept, encoding = environ.get("HTTP_ACCEPT", "*/*"), environ.get("HTTP_ACCEPT_ENCODING", "")
        key = (path, query, accept, encoding, self._address.of(environ))
        try:
            return self._kept_page(environ, key) or self._page(environ, key)
        except Unavailable as error:
            # A table that is gone is found again under its new name; what took too long would take so again.
            if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                environ[FAILED] = error
        except (GeoError, psycopg.Error):
            # Said by the slow door, which meets it too.
            pass
        return None

    def _kept_page(self, environ: Environ, key: _Key) -> Delivery | None:
        """What was answered before, if its edition is still the one that is public."""
        kept = self._pages.get(key)
        if kept is None or "no-cache" in environ.get("HTTP_CACHE_CONTROL", ""):
            return None
        asked, delivery = kept
        if not _is_of(asked, self._deps.catalog.recent().collections.get(asked.collection.id)):
            return None
        return _unchanged(asked) if _holds(environ, asked.tag) else delivery

    def _page(self, environ: Environ, key: _Key) -> Delivery | None:
        catalog = self._deps.catalog.known
        collection = catalog.collections.get(key[0][len(_BEFORE) : -len(_AFTER)]) if catalog else None
        if catalog is None or collection is None:
            return None
        asked = self._asked.get(key)
        if asked is None or not _is_of(asked, collection):
            asked = self._understood(Request(environ), collection, root=key[-1])
            if asked is None:
                return None
            if len(key[1]) <= LONGEST_KEPT:
                self._asked.put(key, asked)
        if _holds(environ, asked.tag):
            # Whoever holds the tag got this page of this edition; whether it is still the newest must be asked.
            return _unchanged(asked) if self._deps.catalog.recent() is catalog else None
        asked_s = time.monotonic()
        with self._deps.database.public() as connection:
            page, revision = asked.plan.read(connection)
        if not self._deps.catalog.confirms(catalog, revision, asked_s):
            # Read at a later revision: the slow door learns what is public now.
            return None
        delivery = _delivery(asked, page)
        if len(key[1]) <= LONGEST_KEPT:
            self._pages.put(key, (asked, delivery))
        return delivery

    def _understood(self, request: Request, collection: Collection, root: str) -> _Asked | None:
        query = parameters.parse_items(request.args.items(multi=True), collection.type)
        # A language changes nothing of a feature, but a wrong one is said.
        http.language_of(request)
        offer = http.chosen(request, headers.ITEMS)
        if query.hits or offer is not headers.GEOJSON[0]:
            return None
        plan = items.Plan.of(collection, query, f"{root}/ogc")
        tag = headers.tag(request, self._salt, offer, root, *headers.edition(collection))
        said = (("ETag", f'"{tag}"'), ("Cache-Control", headers.CACHE_CONTROL), ("Vary", headers.VARY), *PUBLIC_MANNERS)
        accepted = request.headers.get("Accept-Encoding")
        return _Asked(collection, plan, tag, accepted, said, (*said, *plan.envelope.headers.items()))


def _weight(kept: _Kept) -> int:
    return len(kept[1].body) + _OVERHEAD_BYTES


def _holds(environ: Environ, tag: str) -> bool:
    """Whether the client holds what the tag names."""
    held: str | None = environ.get("HTTP_IF_NONE_MATCH")
    return held is not None and (held == f'"{tag}"' or http.fresh(Request(environ), tag))


def _is_of(asked: _Asked, collection: Collection | None) -> bool:
    """Whether what was asked of a collection once counts for it now: another layer's publication changes nothing."""
    known = asked.collection
    if known is collection:
        return True
    # Text that was finished meanwhile changes no byte, but the way to read them.
    return (
        collection is not None
        and headers.edition(known) == headers.edition(collection)
        and known.text_column == collection.text_column
    )


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
