"""What people mean by what they type: words in any order, begun, run together, misspelt, a number that is not there."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from psycopg import Connection

from geo.gazetteer import store
from geo.gazetteer.folding import MONTHS, fold
from geo.gazetteer.spelling import closest
from geo.gazetteer.store import Hit

# An address has fewer words; what stands beyond is not read, so that no query costs more than people's queries do.
MOST_WORDS = 10
# Each costs a scan of all words.
MOST_CORRECTED = 3
_HOUSE = re.compile(r"([0-9]{1,5})[a-z]?(/[0-9]{1,5}[a-z]?)?", re.ASCII)
_RUN_TOGETHER = re.compile(r"([^\W\d_]{2,})([0-9].*)")
_POSTCODE = re.compile(r"([0-9]{2})([0-9]{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds, best first.

    `missing` are the numbers that were asked for and that none of the hits has. What the hits are then, `instead` says:
    houses whose number begins so, the street with its nearest numbers, or whatever has the other words.
    """

    hits: list[Hit]
    missing: str | None = None
    instead: Literal["begun", "nearest", "rest"] | None = None
    # Whether more fit than these.
    more: bool = False
    # What the query held: words of letters alone are names, all others are numbers.
    asked: Literal["nothing", "names", "numbers", "both"] = "names"


def search(connection: Connection[Any], query: str, layers: Collection[str], limit: int) -> Found:
    """The entries of some layers that fit a query best, at most `limit`.

    Every word must be there, in any order, the words perhaps only begun. When nothing is found, words that run
    together are parted, misspelt ones corrected, the first few of them; when there is still nothing, the house number
    is dropped: the street with its nearest numbers stands for a house that it lacks.
    """
    words, public = fold(query).split()[:MOST_WORDS], list(layers)
    if not words:
        return Found([], asked="nothing")
    # One beyond the limit tells whether there are more.
    found = _found(connection, words, public, limit + 1)
    return replace(found, hits=found.hits[:limit], more=len(found.hits) > limit, asked=_asked(words))


def _asked(words: Sequence[str]) -> Literal["names", "numbers", "both"]:
    if all(word.isalpha() for word in words):
        return "names"
    return "both" if any(word.isalpha() for word in words) else "numbers"


def _found(connection: Connection[Any], asked: list[str], public: list[str], limit: int) -> Found:
    words = asked
    for change in (_as_typed, _parted, _corrected):
        changed = change(connection, public, words)
        if changed == words and change is not _as_typed:
            continue
        words = changed
        if hits := store.matching(connection, public, words, limit, house=_house_number(words) is not None):
            return _judged(hits, words)
    return _without_numbers(connection, public, words, limit)


def _judged(hits: list[Hit], words: Sequence[str]) -> Found:
    """Hits, and whether their house numbers only begin as was asked."""
    place = _house_number(words)
    if place is None or hits[0].whole or hits[0].kind != "address":
        return Found(hits)
    number = words[place]
    # Another word may be the unfinished one: then the number is there.
    if any(number in fold(hit.label).split() for hit in hits):
        return Found(hits)
    return Found(hits, missing=number, instead="begun")


def _without_numbers(connection: Connection[Any], layers: Sequence[str], words: Sequence[str], limit: int) -> Found:
    place = _house_number(words)
    if place is not None and (names := [*words[:place], *words[place + 1 :]]):
        number = int(re.split(r"\D", words[place], maxsplit=1)[0])
        if hits := store.nearest_numbers(connection, layers, names, number, limit):
            return Found(hits, missing=words[place], instead="nearest")
    names = [word for word in words if word.isalpha()]
    if not names or len(names) == len(words):
        return Found([])
    numbers = " ".join(word for word in words if not word.isalpha())
    hits = store.matching(connection, layers, names, limit, house=False)
    return Found(hits, missing=numbers, instead="rest") if hits else Found([])


def _house_number(words: Sequence[str]) -> int | None:
    """Where the house number stands: the last word that looks like one and is not a day of a month."""
    for place in reversed(range(len(words))):
        is_day = place + 1 < len(words) and words[place + 1] in MONTHS
        if _HOUSE.fullmatch(words[place]) and not is_day and len(words) > 1:
            return place
    return None


def _as_typed(_connection: Connection[Any], _layers: Sequence[str], words: Sequence[str]) -> list[str]:
    return list(words)


def _parted(_connection: Connection[Any], _layers: Sequence[str], words: Sequence[str]) -> list[str]:
    """`rynek16` as `rynek 16`, `43190` as `43-190`."""
    result: list[str] = []
    for word in words:
        if together := _RUN_TOGETHER.fullmatch(word):
            result += together.groups()
        elif postcode := _POSTCODE.fullmatch(word):
            result.append("-".join(postcode.groups()))
        else:
            result.append(word)
    return result


def _corrected(connection: Connection[Any], layers: Sequence[str], words: Sequence[str]) -> list[str]:
    """The words, the first few that the gazetteer does not know exchanged for the nearest that it knows."""
    known = store.known_words(connection, layers, words)
    result: list[str] = []
    tried = 0
    for position, word in enumerate(words):
        if not store.is_name(word) or word in known or tried == MOST_CORRECTED:
            result.append(word)
            continue
        tried += 1
        candidates = store.words_like(connection, layers, word)
        result.append(closest(word, candidates, begun=position == len(words) - 1) or word)
    return result
