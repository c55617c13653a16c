"""What makes the features of a layer fit together, once they are loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import LiteralString

from psycopg import sql

from geo import editions
from geo.db import Connection
from geo.layers.model import Finding, Severity
from geo.registry import Check, LayerEntry
from geo.templates import fields_of
from geo.texts import Number, Text

# A whole broken file should not bury the officer: the rest is counted.
MOST_FINDINGS_OF_A_CHECK = 200
# A register changes by a few per cent between two exports.
LEAST_OF_PUBLISHED = 0.8


def of_layer(connection: Connection, entry: LayerEntry, table: str) -> Iterator[Finding]:
    """What the layer's own checks find once its features stand together; the first 200 of each, and how many more."""
    for check in entry.checks:
        found = 0
        for found, finding in _run(connection, check, entry, table):  # noqa: B007 - each says how many there are in all
            yield finding
        if found > MOST_FINDINGS_OF_A_CHECK:
            rest = found - MOST_FINDINGS_OF_A_CHECK
            yield Finding(Severity.WARNING, check, Text("… and {n} more of this kind.", n=rest))


def beside_published(connection: Connection, layer: str, stored: int) -> Iterator[Finding]:
    """A warning when much of what is public is missing: perhaps the export was not whole."""
    published = editions.in_state(connection, layer, editions.EditionState.PUBLISHED)
    if published is not None and stored < LEAST_OF_PUBLISHED * published.stored:
        text = Text(
            "The published edition has {published} features, this file only {stored}; look before publishing.",
            published=published.stored,
            stored=stored,
        )
        yield Finding(Severity.WARNING, "much-fewer", text)


def _run(connection: Connection, check: Check, entry: LayerEntry, table: str) -> Iterator[tuple[int, Finding]]:
    """The first findings of a check, each with the number of all."""
    target, most = sql.Identifier("layers", table), [MOST_FINDINGS_OF_A_CHECK]
    match check:
        case "register_area" if area := entry.registered_area:
            query = sql.SQL(_REGISTER_AREA).format(table=target, area=sql.Identifier(area))
            for found, feature, registered, measured in connection.execute(query, most):
                text = Text(
                    "The registered area is {registered} ha, the boundary encloses {measured} ha.",
                    registered=Number(registered, 4),
                    measured=Number(measured, 4),
                )
                yield found, Finding(Severity.WARNING, check, text, feature)
        case "overlaps":
            for found, feature, other, area in connection.execute(sql.SQL(_OVERLAPS).format(table=target), most):
                text = Text("It overlaps '{other}' by {area} m².", other=other, area=Number(area, 1))
                yield found, Finding(Severity.WARNING, check, text, feature)
        case "same_label":
            names = fields_of(entry.label + (entry.search.detail if entry.search else ""))
            query = _same_label(list(dict.fromkeys(names)), target)
            for found, (first, *others) in connection.execute(query, most):
                text = Text("It has the same name as '{others}'.", others="', '".join(others))
                yield found, Finding(Severity.WARNING, check, text, first)


# Only the first rows leave the database: two sheets of one village over each other make a million pairs.
# Two per cent and one square metre: rounding in the register and arcs made straight stay below.
_REGISTER_AREA: LiteralString = """
SELECT count(*) OVER (), id, registered_ha, area_m2 / 1e4
FROM (SELECT id, fid, {area} AS registered_ha, ST_Area(geom::geography) AS area_m2 FROM {table}) AS measured
WHERE abs(area_m2 - registered_ha * 1e4) > 1 + 0.02 * registered_ha * 1e4
ORDER BY fid
LIMIT %s
"""

# Neighbours share edges; a tenth of a square metre is more than the slivers that rounding makes.
_OVERLAPS: LiteralString = """
SELECT count(*) OVER (), id, other, area_m2
FROM (
    SELECT a.fid, a.id, b.id AS other, ST_Area(ST_Intersection(a.geom, b.geom)::geography) AS area_m2
    FROM {table} AS a JOIN {table} AS b ON a.fid < b.fid AND a.geom && b.geom AND ST_Relate(a.geom, b.geom, '2********')
) AS pairs
WHERE area_m2 > 0.1
ORDER BY fid
LIMIT %s
"""

# Grouped in a hash table, and only the few that are told are gathered: ordering all by their texts costs four times
# as much. No field's name begins with _.
_SAME_LABEL: LiteralString = """
WITH doubled AS (
    SELECT count(*) OVER () AS _found, min(fid) AS _first, {fields}
    FROM {table}
    GROUP BY {fields}
    HAVING count(*) > 1
    ORDER BY _first
    LIMIT %s
)
SELECT d._found, array_agg(t.id ORDER BY t.fid)
FROM doubled AS d JOIN {table} AS t ON {same}
GROUP BY d._found, d._first
ORDER BY d._first
"""


def _same_label(names: Sequence[str], table: sql.Identifier) -> sql.Composed:
    same = [sql.SQL("t.{0} IS NOT DISTINCT FROM d.{0}").format(sql.Identifier(name)) for name in names]
    # What a hash join needs: plain equality, and of one number: of several texts PostgreSQL sorts both sides.
    hashes = [sql.SQL("hash_record_extended(ROW({}), 0)").format(_of(alias, names)) for alias in ("t", "d")]
    same.append(sql.SQL(" = ").join(hashes))
    fields = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL(_SAME_LABEL).format(fields=fields, table=table, same=sql.SQL(" AND ").join(same))


def _of(alias: str, names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)
