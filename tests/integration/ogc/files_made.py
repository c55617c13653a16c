"""Files of features as they are made, and the truth that they are held against."""

import csv
import io
import math
import re
from contextlib import contextmanager

import numpy as np
import shapely
from psycopg import sql

from geo.ogc.formats import making, selecting
from geo.ogc.parameters import parse_items

MILLIMETRE_DEGREES = 1.1e-8


MILLIMETRE = 0.0011


def made(connection, collection, wanted, folder, **parameters):
    """The file as bytes."""

    @contextmanager
    def lend():
        yield connection

    query = parse_items(list(parameters.items()), collection.type)
    selection = selecting.select(connection, collection, query)
    if making.streams(wanted):
        return b"".join(making.chunks(wanted, selection, lend))
    file = making.write(wanted, selection, lend, folder)
    with file.body:
        content = b"".join(file.chunks())
        assert len(content) == file.size
    assert list(folder.iterdir()) == []
    return content


def expected(connection, collection, srid=4326, where="true"):
    """Of each id: (geometry, easting or longitude first, values as the database has them)."""
    names = [field.name for field in collection.type.fields]
    query = sql.SQL("SELECT id, ST_AsBinary(ST_Transform(geom, {})), {} FROM layers.{} WHERE {} ORDER BY fid").format(
        sql.Literal(srid),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.Identifier(collection.table),
        sql.SQL(where),
    )
    with connection.transaction():
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        rows = connection.execute(query).fetchall()
    return {
        row[0]: (row[1] and shapely.from_wkb(bytes(row[1])), dict(zip(names, row[2:], strict=True))) for row in rows
    }


def same(one, other, tolerance):
    if one is None or other is None:
        return one is None and other is None
    if one.geom_type != other.geom_type:
        # A column of multi-geometries takes a single one for one part.
        other = shapely.multipolygons([other])
    return one.geom_type == other.geom_type and shapely.equals_exact(one, other, tolerance)


def plain(value):
    """A value of GDAL's and one of the database's, in one form."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = str(value)
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]", text):
        text = re.sub(r"(Z|\+00:00)$", "", text).replace(" ", "T")
        text = re.sub(r"\.?0+$", "", text) if "." in text else text
        # FlatGeobuf has no days: one is its midnight.
        return text.removesuffix("T00:00:00")
    return value if isinstance(value, float | int) else text


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
