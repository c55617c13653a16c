"""One writing for what people write in many ways: letters without marks, numbers joined, designators dropped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Letters whose stroke Unicode does not take apart: NFKD leaves them as they are.
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss"})

_ABBREVIATION = re.compile(r"\b(ul|al|pl|os|dz|nr)\.")
_OTHER_THAN_WORDS = re.compile(r"[^\w./-]+")
_HOUSE_NUMBER = re.compile(r"\d+(/\d+)?")
# Not i, o, u, w, z: they are words ("12 w Mikołowie").
_HOUSE_LETTER = re.compile(r"[a-hj-np-tvxy]")
_NUMBER = re.compile(r"\d+")
_ORDINAL_ENDING = re.compile(r"(\d+)-?(?:go|ego)")

# What stands before a name and is left out as often as not; the canonical word is kept beside the entry.
_DESIGNATORS = {
    "ul": "ulica",
    "ulica": "ulica",
    "ulicy": "ulica",
    "al": "aleja",
    "aleja": "aleja",
    "aleje": "aleja",
    "alei": "aleja",
    "pl": "plac",
    "plac": "plac",
    "placu": "plac",
    "os": "osiedle",
    "osiedle": "osiedle",
    "osiedla": "osiedle",
    "dz": "dzialka",
    "dzialka": "dzialka",
    "dzialki": "dzialka",
    "nr": "numer",
    "numer": "numer",
}

_DESIGNATING = frozenset(_DESIGNATORS)

MONTHS = frozenset(
    (
        *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca"),
        *("lipca", "sierpnia", "wrzesnia", "pazdziernika", "listopada", "grudnia"),
    )
)
_UNITS = (
    *("pierwszego", "drugiego", "trzeciego", "czwartego", "piatego"),
    *("szostego", "siodmego", "osmego", "dziewiatego", "dziesiatego"),
)
_TEENS = (
    *("jedenastego", "dwunastego", "trzynastego", "czternastego", "pietnastego"),
    *("szesnastego", "siedemnastego", "osiemnastego", "dziewietnastego"),
)
_TENS = {"dwudziestego": 20, "trzydziestego": 30}
_ORDINALS = {word: number for number, word in enumerate([*_UNITS, *_TEENS], start=1)} | _TENS


def fold(text: str) -> str:
    """The text as the gazetteer compares it: lower case, bare letters, single blanks.

    `ul. Kościuszki 12 A` becomes `kosciuszki 12a`; `Trzeciego Maja` becomes `3 maja`; a parcel's
    `240802_1.0001.AR_3.123/4` stays one word. Designators stay only when nothing else is there.
    """
    return " ".join(_names(_words(text)))


def indexed(keys: Iterable[str]) -> str:
    """The folded keys as stored: a bar before each key, a blank before each word, designators once at the end.

    The blanks let `LIKE '% word%'` mean "a word starts so"; the bars tell where a key begins; the designators let
    somebody who has typed only `plac` find the squares.
    """
    folded: dict[str, None] = {}
    designators: dict[str, None] = {}
    for words in map(_words, keys):
        if _DESIGNATING.isdisjoint(words):
            names = words
        else:
            names = _names(words)
            designators |= dict.fromkeys(_DESIGNATORS[word] for word in words if word in _DESIGNATING)
        if names:
            folded[f"| {' '.join(names)}"] = None
    return f"{' '.join([*folded, *designators])} "


def natural(text: str) -> str:
    """A key that sorts `2` before `10` and `12` before `12a`."""
    return " ".join(map(_padded, _names(_words(text))))


# Houses of one street have the words of its name in common.
@lru_cache(maxsize=16384)
def _padded(word: str) -> str:
    return _NUMBER.sub(lambda number: number[0].zfill(6), word)


def _names(words: tuple[str, ...]) -> tuple[str, ...]:
    if _DESIGNATING.isdisjoint(words):
        return words
    return tuple(word for word in words if word not in _DESIGNATING) or words


# An entry's label is folded for its key and for its order.
@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    words = [word for piece in text.split() for word in _folded(piece)]
    if not MONTHS.isdisjoint(words):
        words = _numbered_days(words)
    # A house's letter stands alone.
    return tuple(_numbered_houses(words) if 1 in map(len, words) else words)


# A town has few words and says them often.
@lru_cache(maxsize=16384)
def _folded(piece: str) -> tuple[str, ...]:
    """The words of a piece without blanks, each in bare small letters."""
    decomposed = unicodedata.normalize("NFKD", piece.lower().translate(_STROKES))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    smaller = _OTHER_THAN_WORDS.sub(" ", _ABBREVIATION.sub(r"\1 ", bare)).split()
    return tuple(word for part in smaller for word in _parts(part))


def _parts(piece: str) -> tuple[str, ...]:
    """The words of a piece of letters, digits and `./-`: numbers keep what stands inside them, names do not."""
    piece = _ORDINAL_ENDING.sub(r"\1", piece)
    if any(letter.isdigit() for letter in piece):
        # A hyphen stays between digits only (43-190), so that 750-lecia is found by 750 lecia.
        piece = re.sub(r"-(?!\d)|(?<!\d)-", " ", piece)
        return tuple(part for part in (part.strip("./-_") for part in piece.split()) if part)
    return tuple(part for part in re.split(r"[./_-]+", piece) if part)


def _numbered_days(words: list[str]) -> list[str]:
    """`trzeciego maja` as `3 maja`, `dwudziestego siodmego stycznia` as `27 stycznia`."""
    result: list[str] = []
    for word in words:
        if word in MONTHS:
            day = 0
            while result and result[-1] in _ORDINALS:
                day += _ORDINALS[result.pop()]
            if day:
                result.append(str(day))
        result.append(word)
    return result


def _numbered_houses(words: list[str]) -> list[str]:
    """`12 a` as `12a`."""
    result: list[str] = []
    for word in words:
        if result and _HOUSE_LETTER.fullmatch(word) and _HOUSE_NUMBER.fullmatch(result[-1]):
            result[-1] += word
        else:
            result.append(word)
    return result
