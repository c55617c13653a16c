"""What makes a feature fit for its layer, feature by feature and, once loaded, across the layer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import LiteralString
from zoneinfo import ZoneInfo

from psycopg import sql

from geo.db import Connection
from geo.layers.model import Finding, RawValue, Severity
from geo.registry import Check, FieldEntry, LayerEntry, template_fields
from geo.texts import Text

# PRG and EGiB write local times without a zone, or with a false one (research: both offsets in one file).
REGISTER_ZONE = ZoneInfo("Europe/Warsaw")
# A whole broken file should not bury the officer: the rest is counted.
MOST_FINDINGS_OF_A_CHECK = 200
# A feature's name stands in addresses, and an entry of PostgreSQL's index has 2.7 kB at most.
LONGEST_KEY = 400
BIGINT = range(-(2**63), 2**63)


def values_of(
    entry: LayerEntry, mapping: Mapping[str, str], raw: Mapping[str, RawValue]
) -> tuple[list[RawValue], list[tuple[Severity, str, Text]]]:
    """The layer's fields in order, each of its type, and what is wrong with them.

    A missing or unreadable required value refuses the feature; any other bad value is a warning and is stored
    as it stands where its type permits, else left empty.
    """
    values: list[RawValue] = []
    problems: list[tuple[Severity, str, Text]] = []
    for name, field in entry.fields.items():
        given = raw.get(mapping.get(name, name))
        value, problem = _typed(field, given)
        if value is None and field.required:
            problems.append(
                (Severity.REFUSED, "missing-value", problem or Text("The value '{field}' is missing.", field=name))
            )
        elif problem is not None:
            problems.append((Severity.WARNING, "bad-value", Text("{field}: {problem}", field=name, problem=problem)))
        elif name == entry.key and len(str(value)) > LONGEST_KEY:
            too_long = Text("{field}: An identifier has at most {most} characters.", field=name, most=LONGEST_KEY)
            problems.append((Severity.REFUSED, "long-key", too_long))
        elif value is not None and (odd := _odd(field, value)):
            severity = Severity.REFUSED if name == entry.key else Severity.WARNING
            problems.append((severity, "odd-value", Text("{field}: {problem}", field=name, problem=odd)))
        values.append(value)
    return values, problems


def _typed(field: FieldEntry, given: RawValue) -> tuple[RawValue, Text | None]:
    """The value in its field's type, or None with the reason."""
    if given is None or given == "":
        return None, None
    try:
        return _CONVERSIONS[field.type](given), None
    except (ValueError, TypeError, OverflowError):
        return None, Text("'{value}' is no {type}.", value=str(given)[:80], type=Text(_TYPE_WORDS[field.type]))


def _to_text(given: RawValue) -> str:
    # A house number that a spreadsheet turned into 12.0 is the house number 12.
    return str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)


def _to_integer(given: RawValue) -> int:
    written = str(given).strip()
    # A float keeps fifteen digits: only what is written as one goes that way.
    number = int(written) if _DIGITS.fullmatch(written) else float(written.replace(",", "."))
    if number != int(number) or int(number) not in BIGINT:
        raise ValueError(given)
    return int(number)


def _to_number(given: RawValue) -> float:
    number = float(str(given).replace(",", "."))
    if not math.isfinite(number):
        raise ValueError(given)
    return number


def _to_boolean(given: RawValue) -> bool:
    word = str(given).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(given)
    return word in _TRUE


def _to_date(given: RawValue) -> date:
    if isinstance(given, datetime):
        return given.date()
    return given if isinstance(given, date) else date.fromisoformat(str(given)[:10])


def _to_datetime(given: RawValue) -> datetime:
    moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    return (moment if moment.tzinfo else moment.replace(tzinfo=REGISTER_ZONE)).astimezone(UTC)


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


def of_layer(connection: Connection, entry: LayerEntry, table: str) -> Iterator[Finding]:
    """What the layer's own checks find once its features stand together."""
    for check in entry.checks:
        found = list(_run(connection, check, entry, table))
        yield from found[:MOST_FINDINGS_OF_A_CHECK]
        if len(found) > MOST_FINDINGS_OF_A_CHECK:
            rest = len(found) - MOST_FINDINGS_OF_A_CHECK
            yield Finding(Severity.WARNING, check, Text("… and {n} more of this kind.", n=rest))


def _run(connection: Connection, check: Check, entry: LayerEntry, table: str) -> Iterator[Finding]:
    target = sql.Identifier("layers", table)
    match check:
        case "register_area":
            area = next(name for name, field in entry.fields.items() if field.unit == "ha")
            query = sql.SQL(_REGISTER_AREA).format(table=target, area=sql.Identifier(area))
            for feature, registered, measured in connection.execute(query):
                text = Text(
                    "The registered area is {registered} ha, the boundary encloses {measured} ha.",
                    registered=f"{registered:.4f}",
                    measured=f"{measured:.4f}",
                )
                yield Finding(Severity.WARNING, check, text, feature)
        case "overlaps":
            for feature, other, area in connection.execute(sql.SQL(_OVERLAPS).format(table=target)):
                text = Text("It overlaps '{other}' by {area} m².", other=other, area=f"{area:.1f}")
                yield Finding(Severity.WARNING, check, text, feature)
        case "same_label":
            names = template_fields(entry.label + (entry.search.detail if entry.search else ""))
            fields = sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys(names)))
            for ids in connection.execute(sql.SQL(_SAME_LABEL).format(fields=fields, table=target)):
                first, *others = ids[0]
                text = Text("It has the same name as '{others}'.", others="', '".join(others))
                yield Finding(Severity.WARNING, check, text, first)


# Two per cent and one square metre: rounding in the register and arcs made straight stay below.
_REGISTER_AREA: LiteralString = """
SELECT id, registered_ha, area_m2 / 1e4
FROM (SELECT id, fid, {area} AS registered_ha, ST_Area(geom::geography) AS area_m2 FROM {table}) AS measured
WHERE abs(area_m2 - registered_ha * 1e4) > 1 + 0.02 * registered_ha * 1e4
ORDER BY fid
"""

# Neighbours share edges; a tenth of a square metre is more than the slivers that rounding makes.
_OVERLAPS: LiteralString = """
SELECT id, other, area_m2
FROM (
    SELECT a.fid, a.id, b.id AS other, ST_Area(ST_Intersection(a.geom, b.geom)::geography) AS area_m2
    FROM {table} AS a JOIN {table} AS b ON a.fid < b.fid AND a.geom && b.geom AND ST_Relate(a.geom, b.geom, '2********')
) AS pairs
WHERE area_m2 > 0.1
ORDER BY fid
"""

_SAME_LABEL: LiteralString = """
SELECT array_agg(id ORDER BY fid) FROM {table} GROUP BY {fields} HAVING count(*) > 1 ORDER BY min(fid)
"""
