"""Which features a file holds, and their rows in batches.

The numbers of all features are asked for first; then each batch is a short statement of its own. So no transaction
stays open while a file is made: an open one would hold up the next publication. The table of an edition never
changes, so the batches fit together; should the edition be withdrawn meanwhile, there is no file.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from sys import byteorder
from typing import Any

from psycopg import sql
from psycopg.adapt import Buffer, Loader

from geo.db import Connection, Lend
from geo.feature import Collection, Field
from geo.ogc import statements
from geo.ogc.items import computing, must_continue
from geo.ogc.query import MAX_LIMIT, ItemsQuery
from geo.ogc.wrong import wrong
from geo.texts import Text

# Half a megabyte of text, or some 20 ms of the database.
BATCH = 2_000
# 8 bytes of memory each; more than the register of any Polish city.
MOST_FEATURES = 2_000_000

# One row of a batch: values of the columns asked for, as PostgreSQL's binary format gives them.
# Any: what a column has.
type Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The features of one edition, by their numbers, in the order of the file."""

    collection: Collection
    query: ItemsQuery
    fids: array[int]
    # Whether `limit` left some out.
    more: bool

    @property
    def fields(self) -> tuple[Field, ...]:
        """The properties that the file carries."""
        wanted = self.query.properties
        return tuple(one for one in self.collection.type.fields if wanted is None or one.name in wanted)

    @property
    def is_small(self) -> bool:
        """Whether one batch is all."""
        return len(self.fids) <= BATCH

    def batches(self) -> Iterator[list[int]]:
        """The numbers, `BATCH` at a time."""
        for start in range(0, len(self.fids), BATCH):
            yield self.fids[start : start + BATCH].tolist()

    def statement(self, expression: sql.Composable) -> sql.Composed:
        """Reads an expression of each feature of one batch (`fids`), in order."""
        # _wanted, _place: no field's name begins with _.
        return sql.SQL(
            "SELECT {} FROM unnest(%(fids)s::bigint[]) WITH ORDINALITY AS _wanted(fid, _place)"
            " JOIN {} USING (fid) ORDER BY _place"
        ).format(expression, sql.Identifier("layers", self.collection.table))

    def geometry(self) -> sql.Composable:
        """The geometry in the CRS of the file, easting or longitude first whatever its authority says."""
        srid = self.query.crs.srid
        return sql.SQL("geom") if srid == 4326 else sql.SQL("ST_Transform(geom, {})").format(sql.Literal(srid))

    def binary(self) -> sql.Composable:
        """The geometry's well-known binary; NULL where the file carries none.

        Lines and areas are multi-geometries, as the files say of all of theirs.
        """
        if self.query.skip_geometry:
            return sql.SQL("NULL::bytea")
        is_multi = self.collection.type.geometry in {"line", "polygon"}
        shape = sql.SQL("ST_Multi({})" if is_multi else "{}").format(self.geometry())
        return sql.SQL("ST_AsBinary({}, 'NDR')").format(shape)

    def rows(self, lend: Lend, expressions: list[sql.Composable]) -> Iterator[list[Row]]:
        """The rows of each batch."""
        statement = self.statement(sql.SQL(", ").join(expressions))
        for fids in self.batches():
            with lend() as connection, computing(self.query), connection.cursor(binary=True) as cursor:
                rows = cursor.execute(statement, {"fids": fids}).fetchall()
            yield rows


def select(connection: Connection, collection: Collection, query: ItemsQuery) -> Selection:
    """The features that match, from the query's place on: as many as its `limit`, all when it sets none.

    Raises:
        BadRequest: more than `MOST_FEATURES` match, they are only to be counted, or the filter cannot be computed.
        Unavailable: finding them took longer than the connection permits.
    """
    check(collection, query)
    limit = limit_of(query)
    statement, values = statements.matching(collection, query, (limit or MOST_FEATURES) + 1)
    with computing(query), connection.cursor(binary=True) as cursor:
        row = cursor.execute(statement, values).fetchone()
    fids = array("q")
    fids.frombytes(row[0] if row else b"")
    if byteorder == "little":
        fids.byteswap()
    more = len(fids) > (limit or MOST_FEATURES)
    if more and limit is None:
        raise wrong(
            "limit",
            Text(
                "More than {most} features match: set a limit, or take the whole layer as a file.", most=MOST_FEATURES
            ),
        )
    return Selection(collection, query, fids[:limit] if limit else fids, more)


def check(collection: Collection, query: ItemsQuery) -> None:
    """See that a file can answer the query, as far as the query alone says.

    Raises:
        BadRequest: features are only to be counted, or another edition was published since the page before.
    """
    if query.hits:
        raise wrong("resultType", Text("Only f=json and f=html count without giving features."))
    must_continue(collection, query)


def limit_of(query: ItemsQuery) -> int | None:
    """How many features a file may hold; None when the request says nothing of it.

    Of pages `limit` is cut to their greatest size, which means nothing to a file.
    """
    asked = next((value for name, value in query.pairs if name == "limit"), None)
    if asked is None or query.limit < MAX_LIMIT:
        return None if asked is None else query.limit
    # More digits than the maximum has: no need to read them.
    return min(int(asked), MOST_FEATURES) if len(asked) <= 18 else MOST_FEATURES


class RawText(Loader):
    """Text as the bytes that came: megabytes of it need no decoding and encoding."""

    def load(self, data: Buffer) -> bytes:
        """The bytes, which the driver would overwrite."""
        return bytes(data)
