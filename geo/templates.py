"""The registry's templates, such as "{ulica|miejscowosc} {numer}": the fields they name, what they say of a feature."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import repeat
from string import Formatter


def template_fields(template: str) -> list[str]:
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


def _said(columns: Sequence[Sequence[object]]) -> list[str]:
    """Of each feature the first value that is not empty, as text; empty when all are."""
    if len(columns) == 1:
        return ["" if value is None else str(value) for value in columns[0]]
    return [next((str(value) for value in values if value not in _EMPTY), "") for values in zip(*columns, strict=True)]


def _without_lone_commas(text: str) -> str:
    return _LONE_COMMAS.sub(",", text).strip(" ,").replace(" ,", ",")


@cache
def _parsed(template: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (literal, tuple(names.split("|")) if names else ()) for literal, names, _, _ in Formatter().parse(template)
    )


_EMPTY = (None, "")
_LONE_COMMAS = re.compile(r"\s*,(?:\s*,)+")
