"""The SQL of items. Its text depends on the shape of a request, its limit and offset; all other values are bound."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from psycopg import sql

from geo import editions, prepared
from geo.crs import CRS84, Crs
from geo.db import read_sql
from geo.feature import Collection, Field, FieldType
from geo.geometry import LngLatBbox
from geo.ogc import order
from geo.ogc.condition import Bindings, Bound, every
from geo.ogc.instants import Period, after, first_moment
from geo.ogc.order import SortBy
from geo.ogc.query import ItemsQuery
from geo.recent import Recent

_ITEMS = Path(__file__).with_name("items.sql")
# One walk through the index of the texts for all features of a page: a look-up for each cost twice as much.
_TEXTS_OF = sql.SQL("SELECT fid, {column} FROM {texts} WHERE fid = ANY(ARRAY({chosen})) ORDER BY fid")

CASTS = {
    "text": "text",
    "integer": "int8",
    "number": "float8",
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamptz",
}

# Of the extent: features enough for a screen.
_SMALL_SHARE = 0.02

# The columns of the properties wanted: hashable, unlike fields with their titles.
type Shape = tuple[tuple[str, FieldType], ...]
type Statement = tuple[sql.Composed, dict[str, Bound]]


class _PageShape(NamedTuple):
    """All on which the SQL of a page depends; its values travel apart."""

    table: str
    text_column: str
    columns: Shape
    crs: Crs
    skip_geometry: bool
    where: str
    filtered: bool
    sortby: SortBy
    limit: int
    offset: int


def _weight(statement: prepared.Statement) -> int:
    # Its text, its conditions in the key, and objects of Python.
    return 2 * len(statement.text) + 64 * len(statement.names) + 2000


# Composing costs more than reading a small page. A limit of memory, for filters are as long as their sender likes; a
# long one is hardly ever sent again, and many of them would take the place of the pages that everybody asks for.
LONGEST_KEPT = 1000
_pages: Recent[_PageShape, prepared.Statement] = Recent(1 << 19, _weight)


def page(collection: Collection, query: ItemsQuery) -> tuple[prepared.Statement, dict[str, Bound]]:
    """A page of features: a row with the revision, then (fid, text) of each feature and of one more if there is one."""
    conditions, values = _from_its_place(collection, query)
    shape = _PageShape(
        table=collection.table,
        text_column=collection.text_column,
        columns=_shape(collection, query.properties),
        crs=query.crs,
        skip_geometry=query.skip_geometry,
        where=every(conditions).as_string(None),
        filtered=query.is_filtered,
        sortby=query.sortby,
        limit=query.limit,
        offset=query.offset,
    )
    return _pages.get(shape) or _made(shape), values


def _made(shape: _PageShape) -> prepared.Statement:
    is_kept = len(shape.where) <= LONGEST_KEPT
    statement = prepared.numbered(_page(shape).as_bytes(None), kept=is_kept)
    if is_kept:
        _pages.put(shape, statement)
    return statement


def _page(shape: _PageShape) -> sql.Composed:
    table, texts = (sql.Identifier("layers", name) for name in (shape.table, editions.text_table(shape.table)))
    column = sql.Identifier(shape.text_column)
    is_plain = shape.crs == CRS84 and not shape.skip_geometry
    if not (is_plain and shape.text_column and _text_column(shape.columns) == shape.text_column):
        columns = _written(sql.SQL("fid, id, geom{}").format(_columns(shape.columns)))
        made = _feature(shape.columns, shape.crs, skip_geometry=shape.skip_geometry)
        return read_sql(_ITEMS).format(feature=made, page=_rows(shape, columns, table))
    if not shape.filtered and not shape.sortby:
        return read_sql(_ITEMS).format(feature=column, page=_rows(shape, sql.SQL("fid, {}").format(column), texts))
    chosen = _rows(shape, sql.SQL("fid"), table)
    if not shape.sortby:
        read = _TEXTS_OF.format(column=column, texts=texts, chosen=chosen)
        return read_sql(_ITEMS).format(feature=column, page=read)
    # A look-up for each row of the page: a join might lose their order.
    feature = sql.SQL("(SELECT {} FROM {} AS _text WHERE _text.fid = page.fid)").format(column, texts)
    return read_sql(_ITEMS).format(feature=feature, page=chosen)


def _rows(shape: _PageShape, columns: sql.Composable, table: sql.Identifier) -> sql.Composed:
    where = sql.SQL(shape.where)
    return order.rows(columns, table, where, shape.sortby, limit=shape.limit, offset=shape.offset)


def depends_on_values(collection: Collection, query: ItemsQuery) -> bool:
    """Whether its page wants a plan of its own, not the one that served other values well.

    A small box is looked up in the index of places and sorted, whatever its place; half the town is read in order. So
    is a filter that asks for nothing but a place. With an attribute beside it all depends on how frequent its value is.
    """
    if query.where or query.period is not None or (query.filter is not None and query.filter.within is None):
        return True
    boxes = (query.area.bounds if query.area is not None else None, query.filter.within if query.filter else None)
    extent = collection.extent
    return any(box and (extent is None or _share(box, extent) > _SMALL_SHARE) for box in boxes)


def count(collection: Collection, query: ItemsQuery) -> Statement:
    """How many features match, whatever the page."""
    conditions, values = _conditions(collection, query)
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(_table(collection), every(conditions))
    return statement, values


def one(collection: Collection, feature_id: str, crs: Crs) -> Statement:
    """One feature's text by its public id."""
    statement = sql.SQL("SELECT {} FROM {} WHERE id = %(id)s::text").format(
        _feature(_shape(collection, None), crs, skip_geometry=False), _table(collection)
    )
    return statement, {"id": feature_id}


def _share(box: tuple[float, float, float, float], extent: LngLatBbox) -> float:
    """How much of an extent a box covers, as if both were plane; without an area on either side it is all."""
    west, south, east, north = box
    area = (extent.east - extent.west) * (extent.north - extent.south)
    return (east - west) * (north - south) / area if area > 0 else 1.0


def matching(collection: Collection, query: ItemsQuery, most: int) -> Statement:
    """The numbers (fid) of the features from the query's place on, `most` at most, in its order: 8 bytes each."""
    conditions, values = _from_its_place(collection, query)
    statement = sql.SQL(
        "SELECT coalesce(string_agg(int8send(fid), ''), '') FROM"
        " (SELECT fid FROM {} WHERE {} ORDER BY {} LIMIT %(limit)s OFFSET %(offset)s) AS matching"
    ).format(_table(collection), every(conditions), order.terms(query.sortby))
    return statement, {**values, "limit": most, "offset": query.offset}


def feature(collection: Collection, query: ItemsQuery) -> sql.SQL:
    """The expression for the text of one feature."""
    return _feature(_shape(collection, query.properties), query.crs, skip_geometry=query.skip_geometry)


def text_column(collection: Collection) -> str:
    """The column of a collection's finished text, named by the SQL that makes it."""
    return _text_column(_shape(collection, None))


def finished_feature(collection: Collection) -> sql.SQL:
    """The expression for the text of one feature as most clients ask for it: in CRS84, with all properties."""
    return _feature(_shape(collection, None), CRS84, skip_geometry=False)


@lru_cache(maxsize=512)
def _text_column(shape: Shape) -> str:
    made_by = _feature(shape, CRS84, skip_geometry=False).as_string(None)
    return f"feature_{hashlib.sha256(made_by.encode()).hexdigest()[:12]}"


def _table(collection: Collection) -> sql.Identifier:
    return sql.Identifier("layers", collection.table)


def _shape(collection: Collection, names: tuple[str, ...] | None) -> Shape:
    return tuple([(field.name, field.type) for field in collection.type.fields if names is None or field.name in names])


@lru_cache(maxsize=512)
def _columns(shape: Shape) -> sql.SQL:
    return _written(sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(name)) for name, _ in shape))


@lru_cache(maxsize=512)
def _feature(shape: Shape, crs: Crs, *, skip_geometry: bool) -> sql.SQL:
    geometry = sql.SQL("'null'") if skip_geometry else _geometry(crs)
    return _written(
        sql.SQL(
            """'{{"type":"Feature","id":' || to_json(id)::text"""
            """ || ',"geometry":' || {} || ',"properties":' || {} || '}}'"""
        ).format(geometry, _properties(shape))
    )


def _written(composed: sql.Composed) -> sql.SQL:
    """Composed once, kept as text: composing a page's SQL took a third of the time of a small page."""
    return sql.SQL(composed.as_string(None))


def _geometry(crs: Crs) -> sql.Composable:
    expression: sql.Composable = sql.SQL("geom")
    if crs.srid != 4326:
        # Integer SRIDs: with CRS as text PostGIS parses it for every row (314 ms against 1.4 for 500 points).
        expression = sql.SQL("ST_Transform({}, {})").format(expression, sql.Literal(crs.srid))
    if crs.northing_first:
        expression = sql.SQL("ST_FlipCoordinates({})").format(expression)
    # 0: no `crs` member, which RFC 7946 dropped; Content-Crs says it.
    return sql.SQL("coalesce(ST_AsGeoJSON({}, {}, 0), 'null')").format(expression, sql.Literal(crs.decimals))


def _properties(shape: Shape) -> sql.Composable:
    if not shape:
        return sql.SQL("'{{}}'").format()
    columns = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(column(name, kind), sql.Identifier(name)) for name, kind in shape
    )
    # _row: no field's name begins with _, and a column would go before the row.
    return sql.SQL("row_to_json((SELECT _row FROM (SELECT {}) AS _row))::text").format(columns)


def column(name: str, kind: FieldType) -> sql.Composable:
    """A field's value: a moment as text in UTC, anything else as it is."""
    column = sql.Identifier(name)
    if kind != "datetime":
        return column
    # In UTC whatever the session's zone is; without a fraction of zeros.
    return sql.SQL(
        """rtrim(rtrim(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z'"""
    ).format(column)


def _from_its_place(collection: Collection, query: ItemsQuery) -> tuple[list[sql.Composable], dict[str, Bound]]:
    """The conditions of a page: what matches, behind the last feature of the page before."""
    conditions, values = _conditions(collection, query)
    if query.after is not None:
        conditions.append(sql.SQL("fid > %(after)s"))
        values["after"] = query.after
    return conditions, values


def _conditions(collection: Collection, query: ItemsQuery) -> tuple[list[sql.Composable], dict[str, Bound]]:
    bindings = Bindings("p")
    parts: list[sql.Composable] = []
    if query.area is not None:
        # It looks in the index by itself; with && beside, PostgreSQL takes the area's share of the features twice.
        parts.append(sql.SQL("ST_Intersects(geom, {})").format(bindings.geometry(query.area)))
    time_field = collection.type.field(collection.type.time_field or "")
    # A collection without time is as true at one time as at another (OGC 17-069r4, 7.15.4).
    if query.period is not None and time_field is not None:
        parts += _within(time_field, query.period, bindings)
    for field, value in query.where:
        parts.append(sql.SQL("{} = {}").format(sql.Identifier(field.name), bindings.bind(value, CASTS[field.type])))
    if query.filter is not None:
        parts.append(query.filter.sql)
        return parts, {**bindings.values, **query.filter.values}
    return parts, dict(bindings.values)


def _within(field: Field, period: Period, bindings: Bindings) -> list[sql.Composable]:
    """The days or moments that a period meets; a day asked for is the whole day (UTC)."""
    column, cast_to = sql.Identifier(field.name), CASTS[field.type]
    parts: list[sql.Composable] = []
    if period.start is not None:
        start = first_moment(period.start)
        value = start.date().isoformat() if field.type == "date" else start.isoformat()
        parts.append(sql.SQL("{} >= {}").format(column, bindings.bind(value, cast_to)))
    if period.end is not None:
        if field.type == "date":
            last = first_moment(period.end).date().isoformat()
            parts.append(sql.SQL("{} <= {}").format(column, bindings.bind(last, cast_to)))
        else:
            parts.append(sql.SQL("{} < {}").format(column, bindings.bind(after(period.end).isoformat(), cast_to)))
    if not parts:
        parts.append(sql.SQL("{} IS NOT NULL").format(column))
    return parts
