"""CASEI and ACCENTI in SQL: what they fold does not depend on the database's locale for Polish letters."""

from __future__ import annotations

import unicodedata
from functools import cache

from psycopg import sql

_POLISH_UPPER = "ĄĆĘŁŃÓŚŹŻ"
# Letters whose stroke Unicode does not take apart.
_STROKES = {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T"}


@cache
def _plain_letters() -> tuple[str, str]:
    """The accented Latin letters up to U+017F, and the plain letter of each."""
    pairs = dict(_STROKES)
    for code in range(0x00C0, 0x0180):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            pairs[chr(code)] = base
    return "".join(pairs), "".join(pairs.values())


def casei(expression: sql.Composable) -> sql.Composable:
    """Without regard to case. In the locale C, `lower` alone leaves Ł as it is."""
    return sql.SQL("lower(translate({}, {}, {}))").format(expression, _POLISH_UPPER, _POLISH_UPPER.lower())


def accenti(expression: sql.Composable) -> sql.Composable:
    """Without regard to accents: `Łąka` is `Laka`. Case stays; CASEI is for that."""
    accented, plain = _plain_letters()
    return sql.SQL("translate({}, {}, {})").format(expression, accented, plain)
