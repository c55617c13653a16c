"""The temporal operators of CQL2, on instants and intervals.

An instant is an interval whose ends are equal. Where one side counts days and the other moments, both are
compared as days (UTC).
"""

from __future__ import annotations

from psycopg import sql

from geo.ogc.condition import joined, written
from geo.ogc.cql2.typed import Typed, as_day, expect, mismatch

# a0 and a1 are the ends of the first interval, b0 and b1 those of the second (Allen's relations).
RELATIONS = {
    "t_after": "a0 > b1",
    "t_before": "a1 < b0",
    "t_contains": "a0 < b0 AND a1 > b1",
    "t_disjoint": "a0 > b1 OR a1 < b0",
    "t_during": "a0 > b0 AND a1 < b1",
    "t_equals": "a0 = b0 AND a1 = b1",
    "t_finishedby": "a0 < b0 AND a1 = b1",
    "t_finishes": "a0 > b0 AND a1 = b1",
    "t_intersects": "a0 <= b1 AND a1 >= b0",
    "t_meets": "a1 = b0",
    "t_metby": "a0 = b1",
    "t_overlappedby": "a0 > b0 AND a0 < b1 AND a1 > b1",
    "t_overlaps": "a0 < b0 AND a1 > b0 AND a1 < b1",
    "t_startedby": "a0 = b0 AND a1 > b1",
    "t_starts": "a0 = b0 AND a1 < b1",
}


def relation(name: str, left: Typed, right: Typed) -> sql.SQL:
    """A temporal predicate.

    Raises:
        BadRequest: an argument is no time.
    """
    a, b = _ends(left), _ends(right)
    if any(end.kind == "date" for end in (*a, *b)):
        a, b = (as_day(a[0]), as_day(a[1])), (as_day(b[0]), as_day(b[1]))
    named = {"a0": a[0].sql, "a1": a[1].sql, "b0": b[0].sql, "b1": b[1].sql}
    words = [named.get(word, sql.SQL(word)) for word in RELATIONS[name].split()]
    return written("({})", joined(" ", words))


def interval(start: Typed | None, end: Typed | None, at: int | None) -> Typed:
    """An interval; None is an open end.

    Raises:
        BadRequest: an end is no instant.
    """
    known = [expect(one, "date", "datetime") for one in (start, end) if one is not None]
    by_day = any(one.kind == "date" for one in known)
    cast = sql.SQL("date" if by_day else "timestamptz")
    first = start or Typed(written("'-infinity'::{}", cast), "date" if by_day else "datetime")
    last = end or Typed(written("'infinity'::{}", cast), "date" if by_day else "datetime")
    if by_day:
        first, last = as_day(first), as_day(last)
    return Typed(sql.SQL(""), "interval", at, (first, last))


def _ends(value: Typed) -> tuple[Typed, Typed]:
    if value.ends is not None:
        return value.ends
    if value.kind not in {"date", "datetime"}:
        raise mismatch(Typed(sql.SQL(""), "interval"), value)
    return value, value
