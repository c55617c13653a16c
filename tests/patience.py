"""Waiting for what other threads and processes do: bounded, and without taking the processor from them."""

import time
from collections.abc import Callable

PATIENCE_S = 60


def until(true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Returns when it is so; fails where that takes longer than anybody's patience."""
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.001)
