"""The spatial operators of CQL2 in PostGIS, written so that the index answers first."""

from __future__ import annotations

from psycopg import sql

from geo.ogc.cql2.problems import bad
from geo.ogc.cql2.typed import Typed
from geo.texts import Text

RELATIONS = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_disjoint": "ST_Intersects",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}


def relation(name: str, left: Typed, right: Typed) -> sql.Composable:
    """A spatial predicate on two geometries of SRID 4326.

    Raises:
        BadRequest: a mixed collection meets an operator that is not defined for it.
    """
    for operand in (left, right):
        if operand.mixed_collection and name not in {"s_intersects", "s_disjoint"}:
            raise bad(Text("'{name}' takes no collection of mixed geometries.", name=name.upper()), operand.at)
    function = sql.SQL(RELATIONS[name])
    if name == "s_intersects":
        # It looks in the index by itself; said twice, PostgreSQL takes its share of the features twice.
        return sql.SQL("{}({}, {})").format(function, left.sql, right.sql)
    test = sql.SQL("{a} && {b} AND {function}({a}, {b})").format(a=left.sql, b=right.sql, function=function)
    return sql.SQL("(NOT ({}))" if name == "s_disjoint" else "({})").format(test)
