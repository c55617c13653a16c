"""Arithmetic in SQL. Numbers are double precision, as in JSON; what has no result is NULL and matches nothing."""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

from geo.ogc.condition import written

# NULLIF: dividing by zero is no error of the client's, the feature just does not match.
OPERATORS: dict[str, LiteralString] = {
    "+": "({0}::float8 + {1}::float8)",
    "-": "({0}::float8 - {1}::float8)",
    "*": "({0}::float8 * {1}::float8)",
    "/": "({0}::float8 / NULLIF({1}::float8, 0))",
    "div": "trunc({0}::float8 / NULLIF({1}::float8, 0))",
    "%": "mod({0}::numeric, NULLIF({1}::numeric, 0))::float8",
    "^": "power({0}::float8, {1}::float8)",
}


def operation(name: str, left: sql.SQL, right: sql.SQL) -> sql.SQL:
    """An operation on two numbers."""
    return written(OPERATORS[name], left, right)
