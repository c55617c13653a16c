"""How far a misspelt word is from a right one."""

from __future__ import annotations

from collections.abc import Iterable

_LONG = 6


def closest(word: str, candidates: Iterable[str], *, begun: bool) -> str | None:
    """The candidate nearest to a word, None when each is too far: one mistake, two in six letters or more.

    Args:
        word: folded.
        candidates: folded; at equal distance the earlier wins.
        begun: whether the word may be unfinished, so that only a candidate's beginning counts.
    """
    allowed = 2 if len(word) >= _LONG else 1
    best: tuple[int, str] | None = None
    for candidate in candidates:
        found = distance(word, candidate)
        if begun and len(candidate) > len(word):
            found = min(found, distance(word, candidate[: len(word)]))
        if found <= allowed and (best is None or found < best[0]):
            best = (found, candidate)
    return best[1] if best else None


def distance(one: str, other: str) -> int:
    """Letters to insert, delete, exchange or swap with their neighbour to make one word of the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, counterpart in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != counterpart))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == counterpart:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
