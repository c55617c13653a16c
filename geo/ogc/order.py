"""In which order features come: that of the table (fid) or of their values, on every page and in every file the same.

Features without a value come last in both directions. Equal ones keep the order of the table, and where all goes
downward they keep its reverse: an index over (column, fid) serves both, read forwards or backwards.
"""

from __future__ import annotations

from psycopg import sql

# The name of a field (or `id`) and whether downward.
type SortBy = tuple[tuple[str, bool], ...]


def terms(sortby: SortBy) -> sql.Composable:
    """What stands behind ORDER BY."""
    keys: list[sql.Composable] = [
        sql.SQL("{} DESC NULLS LAST" if downward else "{} ASC NULLS LAST").format(sql.Identifier(name))
        for name, downward in sortby
    ]
    return sql.SQL(", ").join([*keys, sql.SQL("fid DESC" if _all_downward(sortby) else "fid")])


def rows(
    columns: sql.Composable,
    table: sql.Identifier,
    where: sql.SQL,
    sortby: SortBy,
    *,
    limit: int,
    offset: int,
) -> sql.Composed:
    """What is taken of the features of a page and of one more, in their order."""
    # Written out: a plan that holds for every limit is made for a tenth of the table.
    place = sql.SQL("LIMIT {} + 1 OFFSET {}").format(sql.Literal(limit), sql.Literal(offset))
    if len(sortby) == 1 and _all_downward(sortby):
        return sql.SQL("SELECT * FROM {} {}").format(
            _downward(columns, table, where, sortby[0][0], limit + offset), place
        )
    return sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {} {}").format(columns, table, where, terms(sortby), place)


def _downward(columns: sql.Composable, table: sql.Identifier, where: sql.SQL, name: str, behind: int) -> sql.Composed:
    """The rows with a value, and behind them those without: read backwards, an index has the latter first.

    Appending keeps the order of its parts, and reads no further than the page.
    """
    key = sql.Identifier(name)
    valued, bare = (
        sql.SQL("(SELECT {} FROM {} WHERE ({}) AND {} {} ORDER BY {} DESC, fid DESC LIMIT {} + 1)").format(
            columns, table, where, key, sql.SQL(condition), key, sql.Literal(behind)
        )
        for condition in ("IS NOT NULL", "IS NULL")
    )
    return sql.SQL("({} UNION ALL {}) AS _both").format(valued, bare)


def _all_downward(sortby: SortBy) -> bool:
    return bool(sortby) and all(downward for _, downward in sortby)
