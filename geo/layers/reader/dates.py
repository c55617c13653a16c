"""Times and days of the registers, whose zones cannot be believed."""

from __future__ import annotations

from datetime import date, datetime


def local_time(text: str | None) -> datetime | None:
    """The wall clock in Europe/Warsaw that a register wrote, without a zone; None for None.

    PRG 2012 appends `Z` and PRG 2021 `+02:00` even in November, both next to the same wall clock
    (measured on real files), so whatever follows the seconds is left out.

    Raises:
        ValueError: this is no time.
    """
    if not text:
        return None
    return datetime.fromisoformat(text[:19])


def day(text: str | None) -> date | None:
    """The day of a date, or of a time whose clock is left out; None for None.

    Raises:
        ValueError: this is no date.
    """
    return date.fromisoformat(text[:10]) if text else None
