"""What the fields of a file's features become in their layer: a column at a time, each value of its type."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import LiteralString
from zoneinfo import ZoneInfo

from geo.copy_text import is_storable
from geo.layers.model import Features, Finding, RawValue, Severity
from geo.layers.reader import numerals
from geo.layers.recognised import is_table, listed, nearest_column, written
from geo.registry import FieldEntry, LayerEntry
from geo.texts import Text

# PRG and EGiB write local times without a zone, or with a false one (research: both offsets in one file).
REGISTER_ZONE = ZoneInfo("Europe/Warsaw")

# A feature's name stands in addresses, and an entry of PostgreSQL's index has 2.7 kB at most.
LONGEST_KEY = 400
BIGINT = range(-(2**63), 2**63)

type Problem = tuple[Severity, str, Text]
type Problems = defaultdict[int, list[Problem]]


def columns_of(
    entry: LayerEntry, mapping: Mapping[str, str], batch: Features
) -> tuple[dict[str, Sequence[RawValue]], Problems]:
    """The layer's fields in order, each the values of a batch, and what is wrong by position in the batch.

    A missing or unreadable required value refuses the feature; any other bad value is a warning and is stored
    as it stands where its type permits, else left empty.

    Columns, because a test of all values at once (`are they all text?`) is cheaper than one test of each.
    """
    problems: Problems = defaultdict(list)
    columns: dict[str, Sequence[RawValue]] = {}
    nothing = [None] * len(batch)
    for name, field in entry.fields.items():
        given = batch.fields.get(mapping.get(name, name), nothing)
        values, unreadable = _typed_column(field, given)
        if unreadable or (field.required and None in values):
            _say_what_is_missing(name, field, values, unreadable, problems)
        if field.enum or field.pattern:
            _say_what_is_odd(name, field, values, problems, refuse=name == entry.key)
        if name == entry.key:
            _say_what_is_too_long(name, values, problems)
        columns[name] = values
    return columns, problems


def missing_columns(entry: LayerEntry, batch: Features) -> Finding | None:
    """A warning when columns that the layer needs, or its mapping names, stand in no feature; None when all are there.

    One sentence for the file, because each of its features will be refused, or left empty there, for this one reason.
    """
    kind, columns = batch.kind, list(batch.fields)
    if all(_refused(batch.findings.get(position, [])) for position in range(len(batch))):
        return None
    mapping = entry.from_[kind]
    missing = {
        name: mapping.get(name, name)
        for name, field in entry.fields.items()
        if mapping.get(name, name) not in columns and (field.required or (name in mapping and is_table(kind)))
    }
    if not missing:
        return None
    corrected = mapping | {name: nearest_column(name, columns) for name in missing}
    text = Text(
        "The file has no column for {fields}; its columns: {columns}."
        " Write the right ones into config/layers.yaml, under 'from:' of the layer: '{mapping}'"
        " (docs/layers.md, 'A layer of your own'), or rename the columns in the file.",
        fields=", ".join(name if name == column else f"{name} ({column})" for name, column in missing.items()),
        columns=listed(columns) or "-",
        mapping=written(kind, corrected),
    )
    return Finding(Severity.WARNING, "missing-column", text)


def _refused(findings: Sequence[Finding]) -> bool:
    return any(one.severity is Severity.REFUSED for one in findings)


def _say_what_is_missing(
    name: str, field: FieldEntry, values: Sequence[RawValue], unreadable: Mapping[int, Text], problems: Problems
) -> None:
    for position, value in enumerate(values):
        problem = unreadable.get(position)
        if value is None and field.required:
            missing = problem or Text("The value '{field}' is missing.", field=name)
            problems[position].append((Severity.REFUSED, "missing-value", missing))
        elif problem is not None:
            said = Text("{field}: {problem}", field=name, problem=problem)
            problems[position].append((Severity.WARNING, "bad-value", said))


def _say_what_is_odd(
    name: str, field: FieldEntry, values: Sequence[RawValue], problems: Problems, *, refuse: bool
) -> None:
    # A register says few words and says them often, so each is compared once.
    odd = {value: text for value in set(values) if value is not None and (text := _odd(field, value))}
    if not odd:
        return
    severity = Severity.REFUSED if refuse else Severity.WARNING
    for position, value in enumerate(values):
        if value in odd:
            problems[position].append(
                (severity, "odd-value", Text("{field}: {problem}", field=name, problem=odd[value]))
            )


def _say_what_is_too_long(name: str, values: Sequence[RawValue], problems: Problems) -> None:
    for position, value in enumerate(values):
        if value is not None and len(str(value)) > LONGEST_KEY:
            too_long = Text("{field}: An identifier has at most {most} characters.", field=name, most=LONGEST_KEY)
            problems[position].append((Severity.REFUSED, "long-key", too_long))


def _typed_column(field: FieldEntry, given: Sequence[RawValue]) -> tuple[Sequence[RawValue], dict[int, Text]]:
    """The values in their field's type, None with the reason by position where one cannot be read."""
    kinds = set(map(type, given)) - {type(None)}
    if not kinds:
        return given, {}
    if kinds == {str}:
        texts: list[str] = [text for text in given if text]  # type: ignore[misc]  # all are str, as `kinds` says
        if field.type == "text" and is_storable("".join(texts)):
            return [text or None for text in given], {}
    if kinds == {str} or field.type == "datetime":
        # Converted once each. Not where kinds are mixed: 1, 1.0 and True are one key of a dict.
        known = {value: _typed(field, value) for value in set(given)}
        typed = [known[value] for value in given]
    else:
        typed = [_typed(field, value) for value in given]
    unreadable = {position: problem for position, (_, problem) in enumerate(typed) if problem is not None}
    return [value for value, _ in typed], unreadable


def _typed(field: FieldEntry, given: RawValue) -> tuple[RawValue, Text | None]:
    """The value in its field's type, or None with the reason."""
    if given is None or given == "":
        return None, None
    try:
        return _CONVERSIONS[field.type](given), None
    except (ValueError, TypeError, OverflowError):
        shown = "".join(letter if is_storable(letter) else "\ufffd" for letter in str(given)[:80])
        return None, Text("'{value}' is no {type}.", value=shown, type=Text(_TYPE_WORDS[field.type]))


def _to_text(given: RawValue) -> str:
    # As GML and JSON write them: they read the same after a load of either.
    if isinstance(given, bool):
        return "true" if given else "false"
    # A house number that a spreadsheet turned into 12.0 is the house number 12.
    text = str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)
    if not is_storable(text):
        raise ValueError(text)
    return text


def _to_integer(given: RawValue) -> int:
    written = str(given).strip()
    # A float keeps fifteen digits: only what is written as one goes that way.
    number = int(written) if _DIGITS.fullmatch(written) else numerals.number(written)
    if number != int(number) or int(number) not in BIGINT:
        raise ValueError(given)
    return int(number)


def _to_number(given: RawValue) -> float:
    return numerals.number(str(given))


def _to_boolean(given: RawValue) -> bool:
    word = str(given).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(given)
    return word in _TRUE


def _to_date(given: RawValue) -> date:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    # Registers write a date also as the day of a moment: 2024-01-01T00:00:00. XML's own may name a zone, which a day
    # does not need.
    zoned = _ZONED_DAY.fullmatch(str(given).strip())
    return datetime.fromisoformat(zoned[1] if zoned else str(given)).date()


def _to_datetime(given: RawValue) -> datetime:
    moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    return (moment if moment.tzinfo else moment.replace(tzinfo=REGISTER_ZONE)).astimezone(UTC)


_ZONED_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})")
_DIGITS = re.compile(r"[+-]?[0-9]{1,19}")
_TRUE, _FALSE = {"true", "1", "tak", "t"}, {"false", "0", "nie", "n"}
_CONVERSIONS: dict[str, Callable[[RawValue], RawValue]] = {
    "text": _to_text,
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "date": _to_date,
    "datetime": _to_datetime,
}
_TYPE_WORDS: dict[str, LiteralString] = {
    "text": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "date": "date",
    "datetime": "date with time",
}


def _odd(field: FieldEntry, value: RawValue) -> Text | None:
    if field.enum and str(value) not in field.enum:
        return Text("'{value}' is not one of the register's values.", value=str(value)[:80])
    if field.pattern and not _pattern(field.pattern).fullmatch(str(value)):
        return Text("'{value}' does not have the form of this field.", value=str(value)[:80])
    return None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
