"""One line an event, with all that belongs to it."""

import logging

from server import logs


def line(name: str, **extra: object) -> str:
    record = logging.getLogger(name).makeRecord(name, logging.INFO, "file.py", 1, "tiles warmed", (), None, extra=extra)
    return logs.WithDetails().format(record)


def test_what_belongs_to_an_event_stands_in_its_line() -> None:
    assert line("geo.worker", layer="addresses", tiles=85).endswith(" tiles warmed (layer=addresses, tiles=85)")


def test_an_event_without_details_ends_with_its_words() -> None:
    assert line("geo.worker").endswith(" tiles warmed")


def test_what_libraries_attach_for_themselves_is_left_out() -> None:
    assert line("procrastinate.worker", job={"id": 7}).endswith(" tiles warmed")
