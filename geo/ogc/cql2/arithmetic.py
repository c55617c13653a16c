"""Arithmetic in SQL. Numbers are double precision, as in JSON; what has no result is NULL and matches nothing."""

from __future__ import annotations

from psycopg import sql

# NULLIF: dividing by zero is no error of the client's, the feature just does not match.
OPERATORS = {
    "+": "({left}::float8 + {right}::float8)",
    "-": "({left}::float8 - {right}::float8)",
    "*": "({left}::float8 * {right}::float8)",
    "/": "({left}::float8 / NULLIF({right}::float8, 0))",
    "div": "trunc({left}::float8 / NULLIF({right}::float8, 0))",
    "%": "mod({left}::numeric, NULLIF({right}::numeric, 0))::float8",
    "^": "power({left}::float8, {right}::float8)",
}


def operation(name: str, left: sql.Composable, right: sql.Composable) -> sql.Composable:
    """An operation on two numbers."""
    return sql.SQL(OPERATORS[name].replace("%", "%%")).format(left=left, right=right)
