"""Columns of raw values as JSON and back: what a confined reader says of a batch of features.

A column is `[type, values]`, or `[type, distinct values, index of each]` where a register says few words and says them
often. JSON has no dates: they go as text, under the column's type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from geo.confine import Garbled, Json
from geo.confine.frames import TooMuch
from geo.confine.limits import MB
from geo.layers.model import RawValue, texts_of

PLAIN, DATE, DATETIME, MIXED = "plain", "date", "datetime", "mixed"
_PLAIN_TYPES = frozenset({str, int, float, bool, type(None)})
_NONE = frozenset({type(None)})
# Fewer repetitions than this are not worth an index.
_REPEATED = 4
# Of one value: a thousand pages.
MOST_TEXT = 1 << 20

_FROM_TEXT: dict[str, Callable[[str], RawValue]] = {
    DATE: date.fromisoformat,
    DATETIME: datetime.fromisoformat,
}


def to_json(values: Sequence[RawValue]) -> Json:
    """A column of raw values.

    Raises:
        TooMuch: a text is longer than one may be.
    """
    if _longest(values) > MOST_TEXT:
        raise TooMuch(MOST_TEXT // MB)
    kinds = set(map(type, values))
    if kinds <= _PLAIN_TYPES:
        # Only texts can be told apart by a dict: 1, 1.0 and True are one key.
        return _indexed(PLAIN, values) if kinds <= {str, *_NONE} else [PLAIN, list(values)]
    for kind, name in ((date, DATE), (datetime, DATETIME)):
        if kinds <= {kind, *_NONE}:
            return _indexed(name, [value.isoformat() if isinstance(value, date) else None for value in values])
    return [MIXED, [[_name(value), value.isoformat() if isinstance(value, date) else value] for value in values]]


def from_json(told: Json, count: int) -> list[RawValue]:
    """The inverse of `to_json`.

    Raises:
        Garbled: it is no column of so many raw values.
    """
    try:
        name, values, *rest = told
        if not isinstance(values, list):
            raise Garbled("a column has values")
        if name == MIXED:
            column: list[RawValue] = [_single(kind, value) for kind, value in values]
        else:
            column = _read(name, values)
        if _longest(column) > MOST_TEXT:
            raise Garbled("a text is longer than one may be")
        if rest:
            column = list(map(column.__getitem__, _indices(rest[0], len(column))))
    except (ValueError, TypeError) as exc:
        raise Garbled(f"no column: {exc}"[:200]) from exc
    if len(column) != count:
        raise Garbled("a column is as long as its batch")
    return column


def _longest(values: Sequence[RawValue]) -> int:
    return max(map(len, texts_of(values)), default=0)


def _indexed(name: str, values: Sequence[RawValue]) -> Json:
    distinct = dict.fromkeys(values)
    if len(distinct) * _REPEATED > len(values):
        return [name, list(values)]
    at = {value: index for index, value in enumerate(distinct)}
    return [name, list(distinct), [at[value] for value in values]]


def _read(name: str, values: list[RawValue]) -> list[RawValue]:
    kinds = set(map(type, values))
    if name == PLAIN and kinds <= _PLAIN_TYPES:
        return values
    if name in _FROM_TEXT and kinds <= {str, *_NONE}:
        parse = _FROM_TEXT[name]
        return [None if value is None else parse(str(value)) for value in values]
    raise Garbled("a column has a type")


def _single(kind: str, value: RawValue) -> RawValue:
    return _read(kind, [value])[0]


def _name(value: RawValue) -> str:
    if isinstance(value, datetime):
        return DATETIME
    return DATE if isinstance(value, date) else PLAIN


def _indices(told: Json, count: int) -> list[int]:
    if not isinstance(told, list) or set(map(type, told)) - {int}:
        raise Garbled("an index is a whole number")
    if told and not 0 <= min(told) <= max(told) < count:
        raise Garbled("an index leads outside of its column")
    return told
