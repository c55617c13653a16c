"""What stands around the features of a page: links, counts, the time of the data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from geo.feature import Collection
from geo.ogc.formats.table import ON_REQUEST
from geo.ogc.instants import utc
from geo.ogc.query import ItemsQuery, Pairs, Place

GEOJSON = "application/geo+json"
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_LINK_TYPES = {"self": GEOJSON, "next": GEOJSON, "prev": GEOJSON, "collection": "application/json"}

# Any: the body of a link that is followed by POST is whatever JSON the client sent, all else a text.
type Link = Mapping[str, Any]
# What stands in the place of a link; None leaves it out.
type Relink = Callable[[Link], Link | None]


class Document(NamedTuple):
    """A finished answer: its bytes and what its headers must say."""

    body: bytes
    headers: Mapping[str, str]
    links: tuple[Link, ...] = ()
    # None when the answer is one feature, and where nobody counted.
    matched: int | None = None
    returned: int | None = None


class Page(NamedTuple):
    """Features of a page: their text with commas between, how many, whether there are more, the last one's fid."""

    features: bytes
    returned: int
    more: bool
    last_fid: int | None


class Envelope(NamedTuple):
    """Around every page that answers one query: what does not depend on the features is written once."""

    collection: Collection
    query: ItemsQuery
    headers: Mapping[str, str]
    before_next: tuple[Link, ...]
    # The address of the next page up to the number with which it begins.
    next_stem: str
    after_next: tuple[Link, ...]
    relink: Relink

    @classmethod
    def of(cls, collection: Collection, query: ItemsQuery, base: str, relink: Relink) -> Envelope:
        """The envelope; `base` is the address of the API without a slash at its end, `relink` decides on each link."""
        at_home = home(collection, base)
        address = f"{at_home}/items"
        spelt = _spelt(query.pairs)
        rest = without(spelt, "offset", "after")
        itself, page = _own_links(address, spelt)
        before_next = _kept((itself, *_files(address, spelt, query), page, link("collection", at_home)), relink)
        after_next: tuple[Link, ...] = ()
        if query.offset and query.after is None:
            back = max(query.offset - query.limit, 0)
            # A page that continues an edition goes back within it.
            before = ("offset", str(back)) if query.edition is None else ("after", str(Place(query.edition, back)))
            after_next = _kept([link("prev", _address(address, (*rest, *_spelt((before,))) if back else rest))], relink)
        return cls(
            collection=collection,
            query=query,
            headers=headers(query.crs.uri),
            before_next=before_next,
            next_stem=_address(address, (*rest, ("after", "after="))),
            after_next=after_next,
            relink=relink,
        )

    def around(self, page: Page, matched: int | None) -> Document:
        """The answer; `matched` is None where nobody counted."""
        counts = f'"numberReturned":{page.returned}'
        if matched is not None:
            counts = f'"numberMatched":{matched},{counts}'
        following = _kept([link("next", self.next_stem + self._end(page))], self.relink) if page.more else ()
        links = (*self.before_next, *following, *self.after_next)
        before = f'{_head(self.collection.published_at)},{counts},"links":[{_listed(links)}],"features":['
        body = b"".join((before.encode(), page.features, b"]}"))
        return Document(body, self.headers, links, matched, page.returned)

    def _end(self, page: Page) -> str:
        # By key a deep page costs as little as the first; a sorted one is counted from the start.
        reached = self.query.offset + page.returned if self.query.sortby else page.last_fid or 0
        return str(Place(self.collection.edition, reached))


@lru_cache(maxsize=100)
def _head(published_at: datetime) -> str:
    return _written({"type": "FeatureCollection", "timeStamp": utc(published_at)})[:-1]


def _listed(links: Iterable[Link]) -> str:
    """Links as JSON; the plain ones by hand, which takes a quarter of the encoder's time."""
    return ",".join(
        [
            f'{{"rel":"{one["rel"]}","type":"{one["type"]}","href":{_written(one["href"])}}}'
            if len(one) == 3
            else _written(one)
            for one in links
        ]
    )


def _kept(links: Iterable[Link], relink: Relink) -> tuple[Link, ...]:
    if relink is as_it_is:
        return tuple(links)
    return tuple(made for link in links if (made := relink(link)) is not None)


def own_links(address: str, pairs: Pairs) -> tuple[Link, Link]:
    """The address of an answer, and the same as a page for people."""
    return _own_links(address, _spelt(pairs))


def _own_links(address: str, spelt: Pairs) -> tuple[Link, Link]:
    page = _address(address, (*without(spelt, "f"), ("f", "f=html")))
    return link("self", _address(address, spelt)), link("alternate", page, "text/html")


def _files(address: str, spelt: Pairs, query: ItemsQuery) -> list[Link]:
    """The same as a file, as a page promises every other form (OGC 17-069r4, 7.15.5); no file only counts."""
    stem = _address(address, (*without(spelt, "f"), ("f", "f=")))
    return [] if query.hits else [link("alternate", stem + one.word, one.offer.media_type) for one in ON_REQUEST]


def home(collection: Collection, base: str) -> str:
    """The address of a collection."""
    return f"{base}/collections/{quote(collection.id, safe='')}"


def link(relation: str, href: str, media_type: str | None = None) -> Link:
    """A link of an answer."""
    return {"rel": relation, "type": media_type or _LINK_TYPES[relation], "href": href}


def headers(crs_uri: str) -> Mapping[str, str]:
    """What the headers of an answer with features say."""
    return {"Content-Type": GEOJSON, "Content-Crs": f"<{crs_uri}>"}


def address_with(address: str, pairs: Pairs) -> str:
    """An address with its parameters."""
    return _address(address, _spelt(pairs))


def _spelt(pairs: Pairs) -> Pairs:
    """Each parameter's name with the parameter as an address has it, spelt once for all links of a page."""
    return tuple([(name, f"{_quoted(name)}={_quoted(value)}") for name, value in pairs])


def _quoted(text: str) -> str:
    # Most names and numbers are what they are.
    return text if text.isascii() and text.isalnum() else quote(text, safe="")


def _address(address: str, spelt: Pairs) -> str:
    return f"{address}?{'&'.join([parameter for _, parameter in spelt])}" if spelt else address


def without(pairs: Pairs, *names: str) -> Pairs:
    """The parameters but some."""
    return tuple([pair for pair in pairs if pair[0] not in names])


def dumped(content: object) -> bytes:
    """JSON as short as it can be written."""
    return _written(content).encode()


def as_it_is(link: Link) -> Link:
    """The link itself."""
    return link
