"""Pages of features for the fast door: what the slow door would say, from the same functions, without Flask.

Only GeoJSON by GET. A page that was answered is kept in memory for those who ask again within its edition; a client
that will not have it (`Cache-Control: no-cache`) gets one made anew. What is unusual or wrong is left to the slow
door, which says what is wrong; a test holds the answers of both side by side.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import psycopg

from geo import http
from geo.deps import Deps
from geo.errors import BadRequest, GeoError, Unavailable
from geo.feature import Collection
from geo.http.answers import PUBLIC_MANNERS, UNCHANGED_MANNERS, Delivery, Environ, Headers
from geo.http.compression import packed
from geo.http.conditional import Encodings, encodings_of, holds
from geo.http.limits import BUSY
from geo.ogc import headers, items, parameters
from geo.ogc.envelope import Page
from geo.recent import Recent
from geo.texts import LANGUAGES

# An error that the database gave stands here for the slow door, which says it instead of trying again.
FAILED = "geo.items_failed"
_ENCODING, _HELD = "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH"
_BEFORE, _AFTER = "/ogc/collections/", "/items"
# Of each process.
PAGES_BYTES = 12 << 20
# Objects of Python around the texts that are weighed.
_OVERHEAD_BYTES = 2000
# Longer ones are filters that hardly anybody sends twice.
LONGEST_KEPT = 1000


class _Asked(NamedTuple):
    """A request understood."""

    plan: items.Plan
    tag: str
    encoding: str | None
    # What an answer without a body says, and what every one with a body says.
    manners: Headers
    described: Headers


class _Kept(NamedTuple):
    """A page as it was answered: good for all who ask the same while the collection is the same."""

    collection: Collection
    tag: str
    manners: Headers
    delivery: Delivery


# Path, query string, the word of the form and the encodings that are accepted, and the address under which we are
# reached: of headers only what we make of them, for a client may write the same in endless ways.
type _Key = tuple[str, str, str | None, Encodings, str]


def tried[Answer](environ: Environ, make: Callable[[], Answer | None]) -> Answer | None:
    """What `make` gives at a fast door; None where the slow door must answer, which meets by itself what is wrong.

    What took too long or found no room is noted for it in the environ, so that it is not tried again.
    """
    try:
        return make()
    except Unavailable as error:
        # A table that is gone is found again under its new name; what took too long would take so again.
        if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
            environ[BUSY] = True
    except (GeoError, psycopg.Error):
        # Said by the slow door, which meets it too.
        pass
    return None


class QuickPages:
    """The pages of one process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._salt = headers.salt(deps)
        self._address = http.PublicAddress(deps.settings)
        self._pages: Recent[_Key, _Kept] = Recent(PAGES_BYTES, _weight)

    def __call__(self, environ: Environ) -> Delivery | None:
        """The answer; None where the slow door must give it."""
        path: str = environ.get("PATH_INFO", "")
        if not (path.startswith(_BEFORE) and path.endswith(_AFTER) and environ["REQUEST_METHOD"] == "GET"):
            return None
        query: str = environ.get("QUERY_STRING", "")
        offer, encodings = headers.accepted_of(environ.get("HTTP_ACCEPT", "")), encodings_of(environ.get(_ENCODING))
        key = (path, query, offer.word if offer else None, encodings, self._address.of(environ))
        return tried(environ, lambda: self._kept_page(environ, key) or self._page(environ, key))

    def _kept_page(self, environ: Environ, key: _Key) -> Delivery | None:
        """What was answered before, if its edition is still the one that is public."""
        kept = self._pages.get(key)
        if kept is None or "no-cache" in environ.get("HTTP_CACHE_CONTROL", ""):
            return None
        if not _is_of(kept.collection, self._deps.catalog.recent().collections.get(kept.collection.id)):
            return None
        return _unchanged(kept.manners) if holds(environ.get(_HELD), kept.tag) else kept.delivery

    def _page(self, environ: Environ, key: _Key) -> Delivery | None:
        catalog = self._deps.catalog.known
        collection = catalog.collections.get(key[0][len(_BEFORE) : -len(_AFTER)]) if catalog else None
        if catalog is None or collection is None:
            return None
        asked = self._understood(environ, collection, key)
        if asked is None:
            return None
        if holds(environ.get(_HELD), asked.tag):
            # Whoever holds the tag got this page of this edition; whether it is still the newest must be asked.
            return _unchanged(asked.manners) if self._deps.catalog.recent() is catalog else None
        asked_s = time.monotonic()
        try:
            with self._deps.database.public() as connection:
                page, revision = asked.plan.read(connection)
        except (BadRequest, psycopg.Error) as error:
            # It would be the same at the slow door, as long as this edition is the public one.
            if self._deps.catalog.recent() is catalog:
                environ[FAILED] = error
            return None
        if not self._deps.catalog.confirms(catalog, revision, asked_s):
            # Read at a later revision: the slow door learns what is public now.
            return None
        delivery = _delivery(asked, page)
        if len(key[1]) <= LONGEST_KEPT:
            self._pages.put(key, _Kept(collection, asked.tag, asked.manners, delivery))
        return delivery

    def _understood(self, environ: Environ, collection: Collection, key: _Key) -> _Asked | None:
        path, query_string, accepted, encodings, root = key
        query = parameters.parse_items(http.pairs_of(environ), collection.type)
        words, offer = dict(query.pairs), headers.GEOJSON[0]
        # A language changes nothing of a feature, but a wrong one is said.
        if query.hits or words.get("lang", LANGUAGES[0]) not in LANGUAGES:
            return None
        if words.get("f", accepted) != offer.word:
            return None
        plan = items.Plan.of(collection, query, f"{root}/ogc")
        edition = headers.edition(collection)
        tag = f'"{headers.tag_of(encodings, path, query_string, self._salt, offer, root, *edition)}"'
        said = (("ETag", tag), ("Cache-Control", headers.CACHE_CONTROL), ("Vary", headers.VARY))
        described = (*said, *PUBLIC_MANNERS, *plan.envelope.headers.items())
        return _Asked(plan, tag, encodings[0], (*said, *UNCHANGED_MANNERS), described)


def _weight(kept: _Kept) -> int:
    # The query stands in the key too; the self link among the headers is longer.
    written = sum([len(name) + len(value) for name, value in kept.delivery.headers])
    return len(kept.delivery.body) + 2 * written + _OVERHEAD_BYTES


def _is_of(known: Collection, collection: Collection | None) -> bool:
    """Whether what was asked of a collection once counts for it now: another layer's publication changes nothing."""
    if known is collection:
        return True
    # Text that was finished meanwhile changes no byte, but the way to read them.
    return (
        collection is not None
        and headers.edition(known) == headers.edition(collection)
        and known.text_column == collection.text_column
    )


def _unchanged(manners: Headers) -> Delivery:
    return Delivery(304, manners, b"")


def _delivery(asked: _Asked, page: Page) -> Delivery:
    document = asked.plan.envelope.around(page, asked.plan.matched(page))
    body, encoding = packed(document.body, asked.encoding)
    links = [("Link", value) for value in headers.link_values(document.links)]
    encoded = [] if encoding is None else [("Content-Encoding", encoding)]
    return Delivery(200, (*asked.described, *links, ("Content-Length", str(len(body))), *encoded), body)
