"""Due times in working days: Saturdays, Sundays and public holidays, movable ones too, are none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

_ONE = timedelta(days=1)
ZONE = ZoneInfo("Europe/Warsaw")


@cache
def _of(country: str) -> holidays.HolidayBase:
    # It computes a year when the year is first asked for.
    return holidays.country_holidays(country)


def is_working(day: date, country: str) -> bool:
    """Whether offices work on a day."""
    return day.weekday() < 5 and day not in _of(country)


def after(start: datetime, working_days: int, country: str) -> date:
    """The day on which so many working days have passed; the day of `start` (in Poland) does not count."""
    day = start.astimezone(ZONE).date()
    while working_days > 0:
        day += _ONE
        working_days -= is_working(day, country)
    return day


def between(start: datetime, end: datetime, country: str) -> int:
    """How many working days passed from a moment to another; the day of `start` does not count, that of `end` does."""
    day, last = start.astimezone(ZONE).date(), end.astimezone(ZONE).date()
    count = 0
    while day < last:
        day += _ONE
        count += is_working(day, country)
    return count


def later(due: date, pause_from: datetime, pause_to: datetime, country: str) -> date:
    """A due day moved by the working days of a pause."""
    day = due
    for _ in range(between(pause_from, pause_to, country)):
        day += _ONE
        while not is_working(day, country):
            day += _ONE
    return day
