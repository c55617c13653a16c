"""What was used last, kept in memory up to a limit; what was used longest ago makes way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock


def _one(_: object) -> int:
    return 1


class Recent[Key, Value]:
    """A mapping bounded by the weight of its values, by default their number. Safe between threads."""

    def __init__(self, limit: int, weigh: Callable[[Value], int] = _one) -> None:
        self._limit = limit
        self._weigh = weigh
        self._size = 0
        # Each with its weight: what makes way is not weighed again.
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """The value, None when it was never put or has made way."""
        with self._lock:
            kept = self._values.get(key)
            if kept is None:
                return None
            self._values.move_to_end(key)
            return kept[0]

    def put(self, key: Key, value: Value) -> None:
        """Keep a value in place of an older one; none where it alone would weigh more than an eighth of all."""
        weight = self._weigh(value)
        with self._lock:
            before = self._values.pop(key, None)
            self._size -= 0 if before is None else before[1]
            if weight > max(self._limit // 8, 1):
                return
            self._size += weight
            self._values[key] = value, weight
            while self._size > self._limit:
                _, (_, lightened) = self._values.popitem(last=False)
                self._size -= lightened
