"""What the answers of this room say in their headers, at whichever door they leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from flask import Request

from geo import http
from geo.deps import Deps
from geo.feature import Collection
from geo.http import Offer
from geo.http.conditional import Encodings, encodings_of
from geo.ogc import fingerprint
from geo.ogc.envelope import GEOJSON as GEOJSON_TYPE
from geo.ogc.envelope import Link
from geo.ogc.formats.table import ON_REQUEST

CACHE_CONTROL = "public, no-cache"
VARY = "Accept, Accept-Language, Accept-Encoding"
PAGE = Offer("html", "text/html")
GEOJSON = (Offer("json", GEOJSON_TYPE, ("application/json",)), PAGE)
ITEMS = (*GEOJSON, *(one.offer for one in ON_REQUEST))
# nginx takes all headers of an answer in 4 kB unless told otherwise; the body has every link in any case.
LINKS_BYTES = 2000
# Who pages by headers needs these two most.
_PAGING = frozenset({"next", "prev"})

# Programs send a few dozen shorter headers, again and again; a longer one is read each time.
_HABIT = 300


def salt(deps: Deps) -> str:
    """Part of every entity tag: an upgrade or another configuration changes answers without a new edition."""
    return fingerprint.of_service(
        deps.settings.town.model_dump_json(),
        deps.registry.model_dump_json(),
        http.pages.fingerprint(deps.settings),
    )


def tag(request: Request, salted: str, offer: Offer, *parts: object) -> str:
    """The entity tag of an answer that is made from some parts, unquoted."""
    query = request.query_string.decode("latin-1")
    encodings = encodings_of(request.headers.get("Accept-Encoding"))
    return tag_of(encodings, request.path, query, salted, offer, *parts)


def tag_of(encodings: Encodings, path: str, query: str, salted: str, offer: Offer, *parts: object) -> str:
    """The same of what was read of a request: the encodings it accepts, its path and its query string."""
    return http.digest(salted, path, query, offer.media_type, *parts, *encodings)


def accepted_of(accept: str) -> Offer | None:
    """The form of items that an Accept header prefers, None where it refuses every one."""
    return _remembered(accept) if len(accept) <= _HABIT else http.media_type_of(accept, ITEMS)


@lru_cache(maxsize=500)
def _remembered(accept: str) -> Offer | None:
    return http.media_type_of(accept, ITEMS)


def edition(known: Collection) -> tuple[object, ...]:
    """What features were made from. An edition that is public again says its new time with them."""
    return known.version, known.published_at


def _comes_later(link: Link) -> bool:
    return link["rel"] not in _PAGING


def link_values(links: Iterable[Link]) -> Iterator[str]:
    """Values of Link headers, as many as the headers have room for, those to other pages first."""
    room = LINKS_BYTES
    for link in sorted(links, key=_comes_later):
        value = f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"'
        line = len("Link: \r\n") + len(value)
        if line <= room:
            room -= line
            yield value
