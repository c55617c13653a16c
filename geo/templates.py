"""Templates of the registry: the label of a feature from its fields, one by one or a whole layer at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import repeat
from string import Formatter
from typing import cast

_LONE_COMMAS = re.compile(r"\s*,(?:\s*,)+")


def fields_of(template: str) -> list[str]:
    """The fields that a template such as "{ulica|miejscowosc} {numer}" names."""
    return [name for _, names, _, _ in Formatter().parse(template) if names is not None for name in names.split("|")]


def fill(template: str, values: Mapping[str, object]) -> str:
    """A template with its values; `{a|b}` is the first that is not empty, and no lone blank or comma stays."""
    return fill_all(template, {name: (value,) for name, value in values.items()}, 1)[0]


def fill_all(template: str, columns: Mapping[str, Sequence[object]], count: int) -> list[str]:
    """The same for `count` features at once, from their fields' columns: a register has hundreds of thousands."""
    parts: list[Iterable[str]] = []
    for literal, names in _parsed(template):
        if literal:
            parts.append(repeat(literal, count))
        if present := [columns[name] for name in names if name in columns]:
            parts.append(_said(present))
    if not parts:
        return [""] * count
    return [
        _without_lone_commas(text) if "," in text else text
        for text in map(" ".join, map(str.split, map("".join, zip(*parts, strict=True))))
    ]


def _said(columns: Sequence[Sequence[object]]) -> Sequence[str]:
    """Of each feature the first value that is not empty, as text; empty when all are."""
    said, *others = map(_texts, columns)
    for texts in others:
        said = [one or other for one, other in zip(said, texts, strict=True)]
    return said


def _texts(column: Sequence[object]) -> Sequence[str]:
    # Nearly every column is of texts, which are what they say.
    if set(map(type, column)) <= {str, type(None)}:
        return [value or "" for value in cast("Sequence[str | None]", column)]
    return ["" if value is None else _text(value) for value in column]


def _text(value: object) -> str:
    """A number that is whole without its point: a house of three floors has not 3.0 of them."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _without_lone_commas(text: str) -> str:
    return _LONE_COMMAS.sub(",", text).strip(" ,").replace(" ,", ",")


@cache
def _parsed(template: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (literal, tuple(names.split("|")) if names else ()) for literal, names, _, _ in Formatter().parse(template)
    )
