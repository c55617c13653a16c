"""Sentences and errors as a child tells them, checked before they are believed.

A `Text` is a template that is filled with values: one of a stranger's could reach into our objects. So a sentence must
stand in the catalogue, and an error must be of a class that this process knows; only the values are the child's.
"""

from __future__ import annotations

import re
from functools import cache
from math import isfinite
from string import Formatter

from geo.confine.frames import Garbled, Json
from geo.errors import GeoError, Refused, Unavailable
from geo.texts import Number, Text, Value, sentences

# Sentences hold sentences, as a problem holds its detail.
DEEPEST = 5
MOST_VALUES = 30
# As `geo.copy_text` has it, which lies above this room.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What a bigint holds.
MOST_WHOLE = (1 << 63) - 1
MOST_DIGITS = 100
# Beside refusals, of what is wrong with the machine: `Unavailable` is tried again, so it is not any child's to say.
_NOT_WRITTEN = "geo.ortho.convert:NotWritten"
# What only the parent finds, of the child.
_OURS = "geo.confine"


def error_as_json(error: GeoError) -> Json:
    """An error with its values."""
    values = {k: v.to_json() if isinstance(v, Text | Number) else v for k, v in error.values.items()}
    return {"class": _name(type(error)), "values": values}


def error_from_json(told: Json) -> GeoError:
    """The error that a child raised.

    Raises:
        Garbled: it is of no class that is known here, or its message lacks a value.
    """
    if not isinstance(told, dict) or not isinstance(told.get("class"), str):
        raise Garbled("an error has a class")
    known = next((each for each in _tellable() if _name(each) == told["class"]), None)
    if known is None:
        raise Garbled(f"no error is called {told['class'][:100]!r}")
    try:
        error = known(**_values(told.get("values"), DEEPEST))
    except TypeError as exc:
        raise Garbled(f"no error: {exc}"[:200]) from exc
    if not _fields(error.text.msgid) <= error.values.keys():
        raise Garbled("an error lacks a value")
    return error


def text_from_json(told: Json, depth: int = DEEPEST) -> Text:
    """A sentence of the catalogue with the values that a child gives it.

    Raises:
        Garbled: the catalogue has no such sentence, or a value is missing.
    """
    if not isinstance(told, dict) or depth == 0:
        raise Garbled("a sentence has a template")
    msgid, plural = told.get("msgid"), told.get("plural")
    if not isinstance(msgid, str) or (plural is not None and not isinstance(plural, str)):
        raise Garbled("a sentence has a template")
    if not {msgid, plural or msgid} <= sentences():
        raise Garbled(f"the catalogue has no sentence {msgid[:100]!r}")
    values = _values(told.get("values"), depth)
    if not (_fields(msgid) | _fields(plural or "")) <= values.keys():
        raise Garbled("a sentence lacks a value")
    if plural is not None and type(values["n"]) is not int:
        raise Garbled("a counted sentence counts")
    return Text.from_json({"msgid": msgid, "plural": plural, "values": values})


def _values(told: Json, depth: int) -> dict[str, Value]:
    if not isinstance(told, dict) or len(told) > MOST_VALUES:
        raise Garbled("a sentence has values")
    return {name: _value(value, depth) for name, value in told.items()}


def storable(told: str) -> str:
    """A text that the database can take: a question mark for each letter that it cannot, which hostile files hold."""
    return _UNSTORABLE.sub("?", told)


def _value(told: Json, depth: int) -> Value:
    if told is None or isinstance(told, str):
        return told if told is None else storable(told)
    if isinstance(told, int | float):
        return told if _is_plain(told) else str(told)[:MOST_DIGITS]
    if isinstance(told, dict) and "number" in told:
        number, decimals = told["number"], told.get("decimals")
        if isinstance(number, int | float) and type(decimals) is int and 0 <= decimals <= 20:
            return Number(number, decimals) if _is_plain(number) else str(number)[:MOST_DIGITS]
    elif isinstance(told, dict):
        return text_from_json(told, depth - 1)
    raise Garbled("a value is a text, a number or a sentence")


def _is_plain(number: float) -> bool:
    """Whether JSON of the database holds it, and whoever formats it: no infinity, none of a thousand digits."""
    return isfinite(number) if isinstance(number, float) else abs(number) <= MOST_WHOLE


@cache
def _fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _name(error: type[GeoError]) -> str:
    return f"{error.__module__}:{error.__qualname__}"


def _tellable() -> list[type[GeoError]]:
    """The errors that a reader may raise: a file is refused, or there is no room for what is made of it."""
    refusals = [each for each in _family(Refused) if not each.__module__.startswith(_OURS)]
    return refusals + [each for each in _family(Unavailable) if _name(each) == _NOT_WRITTEN]


def _family(error: type[GeoError]) -> list[type[GeoError]]:
    return [error, *(each for child in error.__subclasses__() for each in _family(child))]
