"""The moment by which a request must be answered: all that waits or computes for it shares one time.

A door sets it, whoever waits asks what is left. Where none is set, as in the worker and in commands, no end is known.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from threading import Lock

from geo.errors import Unavailable

# Of time.monotonic.
_end_s: ContextVar[float] = ContextVar("geo_deadline_end_s", default=math.inf)


def within(seconds: float) -> AbstractContextManager[None]:
    """What happens inside has so many seconds from now on, and no more than it had outside."""
    return _until(min(_end_s.get(), time.monotonic() + seconds))


def instead(seconds: float) -> AbstractContextManager[None]:
    """What happens inside has so many seconds from now on, whatever was left outside."""
    return _until(time.monotonic() + seconds)


@contextmanager
def at_least(seconds: float) -> Iterator[None]:
    """What happens inside has so many seconds even if less was left outside: it is made for all, whoever asks first."""
    with _until(max(_end_s.get(), time.monotonic() + seconds)):
        yield


def left_s() -> float:
    """Seconds that are left, 0 at the least; infinite where no end is set."""
    return max(0.0, _end_s.get() - time.monotonic())


@contextmanager
def holding(lock: Lock) -> Iterator[None]:
    """Holds a lock, for which it waits as long as time is left.

    Raises:
        Unavailable: another thread holds it all that time.
    """
    left = left_s()
    if not lock.acquire(timeout=-1 if math.isinf(left) else left):
        raise Unavailable
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _until(end_s: float) -> Iterator[None]:
    before = _end_s.set(end_s)
    try:
        yield
    finally:
        _end_s.reset(before)
