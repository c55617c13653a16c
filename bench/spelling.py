"""The same query in thousands of spellings: no cache of finished pages answers it from memory.

A letter or digit of a query may stand as itself, as %6D or as %6d; all of them mean the same (RFC 3986, 6.2.2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random
from urllib.parse import quote


def spellings(path: str, parameters: Mapping[str, str], count: int) -> list[str]:
    """So many different addresses that ask for the same thing, the same ones at every call.

    Raises:
        ValueError: the query has too few letters for so many spellings.
    """
    choice = Random(path)  # noqa: S311 - repeatable, not secret
    plain = "&".join(f"{quote(name)}={quote(value, safe=',()')}" for name, value in parameters.items())
    ways = [_ways(letter) for letter in _letters(plain)]
    if math.prod(map(len, ways)) < 2 * count:
        raise ValueError(f"{plain} has no {count} spellings to choose from")
    found: dict[str, None] = {}
    while len(found) < count:
        columns = [choice.choices(way, k=count) for way in ways]
        found |= dict.fromkeys(f"{path}?{''.join(letters)}" for letters in zip(*columns, strict=True))
    return list(found)[:count]


def _letters(query: str) -> list[str]:
    """Characters, what is encoded already in one piece."""
    letters, at = [], 0
    while at < len(query):
        width = 3 if query[at] == "%" else 1
        letters.append(query[at : at + width])
        at += width
    return letters


def _ways(letter: str) -> list[str]:
    if len(letter) > 1 or not letter.isalnum():
        return [letter]
    code = f"{ord(letter):02x}"
    return sorted({letter, f"%{code}", f"%{code.upper()}"})
