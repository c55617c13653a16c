"""The test data of the CQL2 standard (OGC 21-065r2, annex A) and its table of filters with expected counts.

Places, countries and rivers of Natural Earth at 1:110 million, to which the standard added dates, times and booleans;
see `tests/fixtures/cql2/README.md`.
"""

import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from ogc_places import make_collection
from psycopg import sql
from shapely.geometry import mapping

from geo.feature import Collection, FeatureType, Field, FieldType, GeometryKind
from geo.ogc.cql2.nodes import Box, Instant, Interval, Node, Op, Open, Property, Scalar, Shape

FOLDER = Path(__file__).parents[2] / "fixtures" / "cql2"
COLUMNS: dict[FieldType, str] = {
    "text": "text",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
}
SOURCES: dict[str, tuple[GeometryKind, dict[str, FieldType]]] = {
    "places": (
        "point",
        {
            "name": "text",
            "nameascii": "text",
            "pop_max": "integer",
            "pop_min": "integer",
            "pop_other": "integer",
            "date": "date",
            "start": "datetime",
            "end": "datetime",
            "boolean": "boolean",
        },
    ),
    "countries": ("polygon", {"NAME": "text", "POP_EST": "integer"}),
    "rivers": ("line", {"name": "text"}),
}


class Expected(NamedTuple):
    """A row of the standard's tables."""

    conformance_class: str
    source: str
    count: int
    filter: str


def expected() -> list[Expected]:
    """Every row, in the standard's order."""
    with (FOLDER / "filters.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Expected(row["class"], row["collection"], int(row["count"]), row["filter"]) for row in rows]


def load(connection: psycopg.Connection[Any], source: str) -> Collection:
    """The collection of a source, in a new table of `layers`."""
    geometry, fields = SOURCES[source]
    table = sql.Identifier("layers", f"{source}_e1")
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(COLUMNS[kind])) for name, kind in fields.items()
    )
    connection.execute(
        sql.SQL(
            "CREATE TABLE {} (fid bigint PRIMARY KEY, {}, geom geometry(Geometry, 4326) NOT NULL,"
            " id text UNIQUE NOT NULL GENERATED ALWAYS AS (fid::text) STORED)"
        ).format(table, columns)
    )
    names = [*map(sql.Identifier, ("fid", *fields, "geom"))]
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(table, sql.SQL(", ").join(names))
    count = 0
    with connection.cursor().copy(copy) as rows:
        for row in _rows(source):
            rows.write_row(row)
            count += 1
    connection.execute(sql.SQL("GRANT SELECT ON {} TO geo_public").format(table))
    kind = FeatureType(tuple(Field(name, kind, {"pl": name}) for name, kind in fields.items()), geometry)
    return make_collection(kind, f"{source}_e1", count)


def as_json(node: Node) -> Any:
    """A filter in CQL2 JSON."""
    if not isinstance(node, Op):
        return _LEAVES[type(node)](node)
    args = [as_json(one) for one in node.args]
    return {"op": node.name, "args": [args[0], args[1:]] if node.name == "in" else args}


def _end(node: Node) -> Any:
    return _instant(node) if isinstance(node, Instant) else as_json(node)


def _instant(node: Instant) -> str:
    return node.value.isoformat().replace("+00:00", "Z")


_LEAVES: dict[type, Callable[[Any], Any]] = {
    Property: lambda node: {"property": node.name},
    Scalar: lambda node: node.value,
    Instant: lambda node: {"timestamp" if "T" in _instant(node) else "date": _instant(node)},
    Interval: lambda node: {"interval": [_end(node.start), _end(node.end)]},
    Shape: lambda node: mapping(node.geometry),
    Box: lambda node: {"bbox": list(node.values)},
    Open: lambda _: "..",
}


def _rows(source: str) -> Iterator[list[str | None]]:
    with gzip.open(FOLDER / f"{source}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield [value or None for value in row]
