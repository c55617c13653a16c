"""Days, moments and periods as `datetime=` and CQL2 write them (RFC 3339)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

# `0000-…` is how QGIS writes an interval that is open at its start; Python's calendar begins with the year 1.
_YEAR_ZERO = re.compile(r"0000-[0-9]{2}-[0-9]{2}(T.*)?", re.ASCII | re.DOTALL)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
# ISO 8601, as one example of the conformance suite has it: `2026-01-01/P1M6DT12H`.
_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,4})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,5})W)?(?:([0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})S)?)?",
    re.ASCII,
)


class EndsBeforeItBeginsError(ValueError):
    """A period whose end is earlier than its start."""


@dataclass(frozen=True, slots=True)
class Period:
    """A time from `start` to `end`, both included; None is an open end. One day or moment has both ends equal."""

    start: date | datetime | None
    end: date | datetime | None


def utc(moment: datetime) -> str:
    """A moment as documents write it: to the second, in UTC, ending with Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(text: str) -> date:
    """A full date. ValueError when it is none."""
    if _YEAR_ZERO.fullmatch(text):
        return date.min
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """A date with time and zone, in UTC. ValueError when it is none."""
    if _YEAR_ZERO.fullmatch(text):
        return datetime.min.replace(tzinfo=UTC)
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    # Python keeps six digits of a second; the rest is cut.
    shortened = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text.upper())
    parsed = datetime.fromisoformat(shortened)
    try:
        return parsed.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError(text) from exc


def instant(text: str) -> date | datetime:
    """A day or a moment. ValueError when it is neither."""
    # GDAL writes the days of a date's filter like this: `2020-01-01T`.
    if text.endswith("T"):
        return day(text[:-1])
    return moment(text) if "T" in text.upper() else day(text)


def period(text: str) -> Period:
    """An instant, or two with a slash between; an open end is `..` or nothing, one of the two may be a duration.

    Raises:
        EndsBeforeItBeginsError: it does; a ValueError too.
        ValueError: it is no period.
    """
    parts = text.split("/")
    if len(parts) == 1:
        only = instant(text)
        return Period(only, only)
    if len(parts) != 2:
        raise ValueError(text)
    if parts[0].startswith("P"):
        known = instant(parts[1])
        return Period(_moved(known, parts[0], backward=True), known)
    if parts[1].startswith("P"):
        known = instant(parts[0])
        return Period(known, _moved(known, parts[1], backward=False))
    start, end = (None if part in {"", ".."} else instant(part) for part in parts)
    if start is not None and end is not None and first_moment(start) >= after(end):
        raise EndsBeforeItBeginsError(text)
    return Period(start, end)


def first_moment(value: date | datetime) -> datetime:
    """When a day begins (in UTC), or the moment itself."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def after(value: date | datetime) -> datetime:
    """The first moment that is later than a whole day or a moment."""
    try:
        if isinstance(value, datetime):
            return value + timedelta(microseconds=1)
        return first_moment(value) + timedelta(days=1)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _moved(value: date | datetime, duration: str, *, backward: bool) -> date | datetime:
    """A day or moment moved by a duration; a day beyond the end of its new month is the last one."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(duration)
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    sign = -1 if backward else 1
    month = value.year * 12 + value.month - 1 + sign * (12 * years + months)
    year, month = month // 12, month % 12 + 1
    if not date.min.year <= year <= date.max.year:
        raise ValueError(duration)
    shifted = value.replace(year=year, month=month, day=min(value.day, monthrange(year, month)[1]))
    rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        return shifted + sign * rest
    except OverflowError as exc:
        raise ValueError(duration) from exc
