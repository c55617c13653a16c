"""Features as GeoJSON: PostgreSQL makes their text, Python puts the envelope around it and looks no closer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import psycopg
from psycopg import errors
from psycopg.adapt import Buffer, Loader
from psycopg.rows import TupleRow

from geo.copy_text import is_storable
from geo.db import Connection
from geo.errors import BadRequest, GeoError, NotFound, Unavailable
from geo.feature import Collection
from geo.ogc import statements
from geo.ogc.query import ItemQuery, ItemsQuery, Pairs, Place
from geo.ogc.wrong import quoted, wrong
from geo.texts import Text

GEOJSON = "application/geo+json"
_LINK_TYPES = {"self": GEOJSON, "next": GEOJSON, "prev": GEOJSON, "collection": "application/json"}
LONGEST_ID = 500


class ItemNotFound(NotFound):
    """The collection {collection} has no item '{item}'."""

    code = "item-not-found"


@dataclass(frozen=True, slots=True)
class Document:
    """A finished answer: its bytes and what its headers must say."""

    body: bytes
    headers: Mapping[str, str]
    links: tuple[Mapping[str, str], ...] = ()
    # None when the answer is one feature.
    matched: int | None = None
    returned: int | None = None


class _RawText(Loader):
    """Text as the bytes that came: megabytes of it need no decoding and encoding."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def items(connection: Connection, collection: Collection, query: ItemsQuery, base: str) -> Document:
    """A page of features, in the order of the table (fid) unless sorted; coordinates in the axis order of `query.crs`.

    `base` is the address of the API without a slash at its end, such as `https://gis.example.pl/ogc`.

    Raises:
        BadRequest: the database cannot compute the filter, a geometry has no place in the CRS, or another edition
            was published since the page that `after` continues.
        Unavailable: it took longer than the connection permits.
    """
    if query.after is not None and query.after.edition != collection.edition:
        raise wrong("after", Text("The collection was replaced while paging; start again."))
    if query.hits:
        matched = _count(connection, collection, query)
        return _collection(collection, query, base, _Page(b"", 0, more=False, last_fid=None), matched)
    row = _one_row(connection, statements.page(collection, query), query)
    page = _Page(row[0] or b"", row[1], more=row[2], last_fid=row[3])
    # What is behind the last page needs no counting, unless the page began in the middle by its key.
    known = not page.more and query.after is None and (page.returned > 0 or query.offset == 0)
    matched = query.offset + page.returned if known else _count(connection, collection, query)
    return _collection(collection, query, base, page, matched)


def item(connection: Connection, collection: Collection, feature_id: str, query: ItemQuery, base: str) -> Document:
    """One feature by its public id.

    Raises:
        ItemNotFound: the collection has no such feature.
        BadRequest: its geometry has no place in the CRS.
    """
    if len(feature_id) > LONGEST_ID or not is_storable(feature_id):
        raise ItemNotFound(collection=collection.id, item=quoted(feature_id.encode("utf-8", "replace").decode()))
    statement = statements.one(collection, feature_id, query.crs)
    row = _row(connection, statement, ItemsQuery(crs=query.crs))
    if row is None:
        raise ItemNotFound(collection=collection.id, item=quoted(feature_id))
    home = _home(collection, base)
    address = f"{home}/items/{quote(feature_id, safe='')}"
    links = (
        _link("self", _with(address, query.pairs)),
        _link("alternate", _with(address, (*_without(query.pairs, "f"), ("f", "html"))), "text/html"),
        _link("collection", home),
    )
    feature: bytes = row[0]
    body = feature[:-1] + b',"links":' + _json(links) + b"}"
    return Document(body, _headers(query.crs.uri), links)


@dataclass(frozen=True, slots=True)
class _Page:
    features: bytes
    returned: int
    more: bool
    last_fid: int | None


def _collection(collection: Collection, query: ItemsQuery, base: str, page: _Page, matched: int) -> Document:
    links = _links(collection, query, base, page)
    members = {
        "type": "FeatureCollection",
        "timeStamp": _utc(collection.published_at),
        "numberMatched": matched,
        "numberReturned": page.returned,
        "links": links,
    }
    body = _json(members)[:-1] + b',"features":[' + page.features + b"]}"
    return Document(body, _headers(query.crs.uri), links, matched, page.returned)


def _links(collection: Collection, query: ItemsQuery, base: str, page: _Page) -> tuple[Mapping[str, str], ...]:
    home = _home(collection, base)
    address = f"{home}/items"
    links = [
        _link("self", _with(address, query.pairs)),
        _link("alternate", _with(address, (*_without(query.pairs, "f"), ("f", "html"))), "text/html"),
        _link("collection", home),
    ]
    rest = _without(query.pairs, "offset", "after")
    if page.more:
        # By key a deep page costs as little as the first; a sorted one is counted from the start.
        following = ("offset", str(query.offset + page.returned)) if query.sortby else ("after", _end(collection, page))
        links.append(_link("next", _with(address, (*rest, following))))
    if query.offset and query.after is None:
        before = max(query.offset - query.limit, 0)
        links.append(_link("prev", _with(address, (*rest, ("offset", str(before))) if before else rest)))
    return tuple(links)


def _end(collection: Collection, page: _Page) -> str:
    return str(Place(collection.edition, page.last_fid or 0))


def _count(connection: Connection, collection: Collection, query: ItemsQuery) -> int:
    """Exact; an edition's own count where nothing is filtered."""
    if not query.is_filtered:
        return collection.count
    number: int = _one_row(connection, statements.count(collection, query), query)[0]
    return number


def _one_row(connection: Connection, statement: statements.Statement, query: ItemsQuery) -> TupleRow:
    row = _row(connection, statement, query)
    if row is None:
        raise GeoError
    return row


def _row(connection: Connection, statement: statements.Statement, query: ItemsQuery) -> TupleRow | None:
    text, values = statement
    try:
        with connection.cursor() as cursor:
            cursor.adapters.register_loader("text", _RawText)
            return cursor.execute(text, values).fetchone()
    except errors.QueryCanceled as exc:
        raise Unavailable from exc
    except (errors.DataError, errors.InternalError_) as exc:
        raise _incomputable(query, exc) from exc


def _incomputable(query: ItemsQuery, exc: psycopg.Error) -> BadRequest | psycopg.Error:
    """Overflow and the like come of the filter's numbers; a failed projection of the CRS asked for."""
    misplaced = query.crs.srid != 4326 and "transform" in str(exc)
    if query.filter is not None and not misplaced:
        return wrong("filter", Text("The database cannot compute it: a number or a geometry is out of range."))
    if misplaced:
        return wrong("crs", Text("Some features have no place in {crs}.", crs=query.crs.name))
    return exc


def _home(collection: Collection, base: str) -> str:
    return f"{base}/collections/{quote(collection.id, safe='')}"


def _with(address: str, pairs: Pairs) -> str:
    return f"{address}?{urlencode(pairs, quote_via=quote)}" if pairs else address


def _without(pairs: Pairs, *names: str) -> Pairs:
    return tuple(pair for pair in pairs if pair[0] not in names)


def _link(relation: str, href: str, media_type: str | None = None) -> Mapping[str, str]:
    return {"rel": relation, "type": media_type or _LINK_TYPES[relation], "href": href}


def _headers(crs_uri: str) -> Mapping[str, str]:
    return {"Content-Type": GEOJSON, "Content-Crs": f"<{crs_uri}>"}


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
