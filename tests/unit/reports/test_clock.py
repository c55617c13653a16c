"""Working days, with the Polish holidays that move."""

from datetime import UTC, date, datetime

import pytest

from geo.reports import clock


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # Easter Monday of 2026 is the 6th of April.
        ((2026, 4, 2, 12), 2, date(2026, 4, 7)),
        # Corpus Christi of 2026 is Thursday the 4th of June.
        ((2026, 6, 3, 12), 1, date(2026, 6, 5)),
        # Christmas Eve is free since 2025, and the weekend follows.
        ((2026, 12, 23, 12), 1, date(2026, 12, 28)),
        # Late in the evening in UTC it is the next day in Poland.
        ((2026, 11, 26, 23, 30), 1, date(2026, 11, 30)),
        ((2026, 11, 24, 12), 1, date(2026, 11, 25)),
    ],
)
def test_a_due_day_counts_working_days_alone(start, days, due):
    assert clock.after(datetime(*start, tzinfo=UTC), days, "PL") == due


def test_a_pause_moves_the_due_day_by_its_working_days():
    # From Thursday to Tuesday: Friday, Monday and Tuesday.
    paused, again = datetime(2026, 11, 19, 9, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)

    assert clock.later(date(2026, 11, 25), paused, again, "PL") == date(2026, 11, 30)


def test_a_pause_within_a_day_moves_nothing():
    morning, noon = datetime(2026, 11, 19, 8, tzinfo=UTC), datetime(2026, 11, 19, 12, tzinfo=UTC)

    assert clock.later(date(2026, 11, 25), morning, noon, "PL") == date(2026, 11, 25)
