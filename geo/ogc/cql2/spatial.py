"""The spatial operators of CQL2 in PostGIS, written so that the index answers first."""

from __future__ import annotations

from psycopg import sql

from geo.ogc.condition import Bounds, written
from geo.ogc.cql2.problems import bad
from geo.ogc.cql2.typed import Typed
from geo.texts import Text

RELATIONS = {
    "s_intersects": sql.SQL("ST_Intersects"),
    "s_equals": sql.SQL("ST_Equals"),
    "s_disjoint": sql.SQL("ST_Intersects"),
    "s_touches": sql.SQL("ST_Touches"),
    "s_within": sql.SQL("ST_Within"),
    "s_overlaps": sql.SQL("ST_Overlaps"),
    "s_crosses": sql.SQL("ST_Crosses"),
    "s_contains": sql.SQL("ST_Contains"),
}


def relation(name: str, left: Typed, right: Typed) -> sql.SQL:
    """A spatial predicate on two geometries of SRID 4326.

    Raises:
        BadRequest: a mixed collection meets an operator that is not defined for it.
    """
    for operand in (left, right):
        if operand.mixed_collection and name not in {"s_intersects", "s_disjoint"}:
            raise bad(Text("'{name}' takes no collection of mixed geometries.", name=name.upper()), operand.at)
    if name == "s_intersects":
        # It looks in the index by itself; said twice, PostgreSQL takes its share of the features twice.
        return written("{}({}, {})", RELATIONS[name], left.sql, right.sql)
    test = "(NOT ({0} && {1} AND {2}({0}, {1})))" if name == "s_disjoint" else "({0} && {1} AND {2}({0}, {1}))"
    return written(test, left.sql, right.sql, RELATIONS[name])


def found_within(name: str, left: Typed, right: Typed) -> Bounds | None:
    """The box that every feature meets for which the predicate holds; None when they may lie anywhere."""
    one_is_spelt_out = (left.within is None) != (right.within is None)
    return (left.within or right.within) if one_is_spelt_out and name != "s_disjoint" else None
