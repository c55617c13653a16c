"""Whose turn it is to make a tile: so many are made at once in a process, and each by one thread.

Without it a map that is opened where nobody looked before takes every connection from those who ask for features,
and two who look at one place have its tiles made twice.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock

from geo import deadline
from geo.db import POOL_SIZE
from geo.errors import Unavailable

# One connection is left to features.
MAKING_AT_ONCE = POOL_SIZE - 1
# Each holds a thread of the server, which has so many more: a browser asks for all tiles of its map together.
MOST_WAITING = 20


@dataclass(eq=False, slots=True)
class _Asked:
    """Something that is made or about to be, and how many want it."""

    lock: Lock = field(default_factory=Lock)
    askers: int = 0


class Turns:
    """The turns of one process."""

    def __init__(self, at_once: int = MAKING_AT_ONCE, waiting: int = MOST_WAITING) -> None:
        self._slots = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(at_once + waiting)
        self._lock = Lock()
        self._asked: dict[Hashable, _Asked] = {}

    @contextmanager
    def of(self, key: Hashable) -> Iterator[None]:
        """The turn to make what a key names: whoever has waited for it should look whether it was made meanwhile.

        Raises:
            Unavailable: too many wait already, or the request's time ended before the turn came.
        """
        if not self._places.acquire(blocking=False):
            raise Unavailable
        try:
            # First alone, then a slot: who waits for another's tile takes none from those who could make theirs.
            with self._alone(key), self._slot():
                yield
        finally:
            self._places.release()

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[None]:
        with self._lock:
            asked = self._asked.setdefault(key, _Asked())
            asked.askers += 1
        try:
            with deadline.holding(asked.lock):
                yield
        finally:
            with self._lock:
                asked.askers -= 1
                if not asked.askers:
                    del self._asked[key]

    @contextmanager
    def _slot(self) -> Iterator[None]:
        left_s = deadline.left_s()
        if not self._slots.acquire(timeout=None if math.isinf(left_s) else left_s):
            raise Unavailable
        try:
            yield
        finally:
            self._slots.release()
