"""Features as GeoJSON: PostgreSQL makes their text, Python puts the envelope around it and looks no closer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import quote

import psycopg
from psycopg import errors

from geo import prepared
from geo.copy_text import is_storable
from geo.db import Connection
from geo.errors import BadRequest, GeoError, NotFound, Unavailable
from geo.feature import Collection
from geo.ogc import envelope, statements
from geo.ogc.envelope import GEOJSON, Document, Envelope, Page, Relink, as_it_is
from geo.ogc.query import ItemQuery, ItemsQuery
from geo.ogc.wrong import quoted, wrong
from geo.prepared import Row
from geo.texts import Text

__all__ = ["GEOJSON", "Document", "ItemNotFound", "Plan", "Read", "item", "items"]

LONGEST_ID = 500
_NOTHING = Page(b"", 0, more=False, last_fid=None)


class ItemNotFound(NotFound):
    """The collection {collection} has no item '{item}'."""

    code = "item-not-found"


class Read(NamedTuple):
    """A page as it was read, and the revision of the catalog at that moment."""

    page: Page
    revision: int


class Plan(NamedTuple):
    """All of a page that can be decided before it is read; good as long as its collection is."""

    query: ItemsQuery
    envelope: Envelope
    statement: prepared.Statement
    values: dict[str, prepared.Value]
    anew: bool

    @classmethod
    def of(cls, collection: Collection, query: ItemsQuery, base: str, relink: Relink = as_it_is) -> Plan:
        """The plan of a page; `base` is the address of the API without a slash at its end, `relink` as in `Envelope`.

        Raises:
            BadRequest: another edition was published since the page that `after` continues.
        """
        must_continue(collection, query)
        statement, values = statements.page(collection, query)
        anew = statements.depends_on_values(collection, query)
        made = Envelope.of(collection, query, base, relink)
        return cls(query, made, statement, values, anew)

    def read(self, connection: Connection) -> Read:
        """Read the page, in the order of the table (fid) unless sorted; one question of the database.

        Raises:
            BadRequest: the database cannot compute the filter, or a geometry has no place in the CRS.
            Unavailable: it took longer than the connection permits.
        """
        with computing(self.query):
            rows = prepared.result(connection, self.statement, self.values, plan_anew=self.anew)
        if not rows.ntuples:
            raise GeoError
        found = rows.ntuples - 1
        returned = min(found, self.query.limit)
        features = b",".join([rows.get_value(row, 1) or b"" for row in range(1, returned + 1)])
        last_fid = int(rows.get_value(returned, 0) or 0) if returned else None
        return Read(Page(features, returned, found > returned, last_fid), int(rows.get_value(0, 0) or 0))

    def matched(self, page: Page) -> int | None:
        """How many features match on all pages: exact, and None where it would have to be counted."""
        query = self.query
        if not query.is_filtered:
            return self.envelope.collection.count
        # What is behind the last page needs no counting, unless the page began in the middle by its key.
        known = not page.more and query.after is None and (page.returned > 0 or query.offset == 0)
        return query.offset + page.returned if known else None


def items(
    connection: Connection,
    collection: Collection,
    query: ItemsQuery,
    base: str,
    *,
    counted: bool = False,
    relink: Relink = as_it_is,
) -> Document:
    """A page of features; coordinates in the axis order of `query.crs`.

    `numberMatched` is exact or left out: on a full page of a filter or a box it stands only where `counted` asks for
    it, because counting costs many times what the page does.

    Raises:
        BadRequest: as `Plan` says.
        Unavailable: it took longer than the connection permits.
    """
    plan = Plan.of(collection, query, base, relink)
    if query.hits:
        return plan.envelope.around(_NOTHING, _count(connection, collection, query))
    page = plan.read(connection).page
    matched = plan.matched(page)
    if matched is None and counted:
        matched = _count(connection, collection, query)
    return plan.envelope.around(page, matched)


def item(connection: Connection, collection: Collection, feature_id: str, query: ItemQuery, base: str) -> Document:
    """One feature by its public id.

    Raises:
        ItemNotFound: the collection has no such feature.
        BadRequest: its geometry has no place in the CRS.
    """
    if len(feature_id) > LONGEST_ID or not is_storable(feature_id):
        raise ItemNotFound(collection=collection.id, item=quoted(feature_id.encode("utf-8", "replace").decode()))
    text, values = statements.one(collection, feature_id, query.crs)
    row = _row(connection, prepared.numbered(text.as_bytes(None)), values, ItemsQuery(crs=query.crs))
    if row is None:
        raise ItemNotFound(collection=collection.id, item=quoted(feature_id))
    home = envelope.home(collection, base)
    address = f"{home}/items/{quote(feature_id, safe='')}"
    links = (*envelope.own_links(address, query.pairs), envelope.link("collection", home))
    feature = row[0] or b"{}"
    body = feature[:-1] + b',"links":' + envelope.dumped(links) + b"}"
    return Document(body, envelope.headers(query.crs.uri), links)


def _count(connection: Connection, collection: Collection, query: ItemsQuery) -> int:
    """Exact; an edition's own count where nothing is filtered."""
    if not query.is_filtered:
        return collection.count
    text, values = statements.count(collection, query)
    row = _row(connection, prepared.numbered(text.as_bytes(None), kept=False), values, query, anew=True)
    if row is None or row[0] is None:
        raise GeoError
    return int(row[0])


def _row(
    connection: Connection,
    statement: prepared.Statement,
    values: dict[str, prepared.Value],
    query: ItemsQuery,
    *,
    anew: bool = False,
) -> Row | None:
    with computing(query):
        return prepared.first_row(connection, statement, values, plan_anew=anew)


def must_continue(collection: Collection, query: ItemsQuery) -> None:
    """See that the page follows one of the same edition.

    Raises:
        BadRequest: another edition was published since.
    """
    if query.edition not in {None, collection.edition}:
        raise wrong("after", Text("The collection was replaced while paging; start again."))


@contextmanager
def computing(query: ItemsQuery) -> Iterator[None]:
    """What the database cannot do is said as the query's fault where it is."""
    try:
        yield
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
