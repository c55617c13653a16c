"""How many requests that may take long run at once: the rest waits its turn for a moment, or is told to come back.

Without it a handful of filters over whole layers holds every thread and every connection, and the map stands still.
What is always quick (tiles, pages of features in the order of the table, documents) passes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import BoundedSemaphore, Lock
from typing import Any
from urllib.parse import unquote_plus

from geo.db import MOST_WAITING, POOL_SIZE
from geo.http.limits import BUSY
from geo.ogc.formats.answers import Sending
from server.door import Application, Environ

# One connection is left to those who are quick.
LONG_AT_ONCE = POOL_SIZE - 1
# As long as a person waits without wondering.
PATIENCE_S = 2.0
# Parameters of items that change nothing of how long they take.
_QUICK = frozenset({"limit", "bbox", "bbox-crs", "crs", "after", "f", "lang", "properties", "skipGeometry"})
_QUICK_FORMATS = frozenset({"json", "html"})
# Parts of media types of whole layers.
_LONG_TYPES = ("csv", "flatgeobuf", "geopackage", "json-seq")


class Guard:
    """A WSGI application in front of the doors; `behind` is the slow one, which says in words that we are busy."""

    def __init__(
        self,
        doors: Application,
        behind: Application,
        *,
        at_once: int = LONG_AT_ONCE,
        waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._doors = doors
        self._behind = behind
        self._slots = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(waiting)
        self._patience_s = patience_s

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Let the request in, now or in a moment, or answer 503."""
        if not may_take_long(environ):
            return self._doors(environ, start_response)
        if not self._enter():
            environ[BUSY] = True
            return self._behind(environ, start_response)
        slot = _Slot(self._slots)
        try:
            answer = self._doors(environ, start_response)
        except BaseException:
            slot.leave()
            raise
        # A file on its way to a slow client has a place of its own, and a connection for moments only.
        if isinstance(answer, list | Sending):
            slot.leave()
            return answer
        # Whatever else is streamed holds its connection until its end.
        return _Held(answer, slot)

    def _enter(self) -> bool:
        if self._slots.acquire(blocking=False):
            return True
        # Whoever cannot even wait is told so at once: a thread must be left to say it.
        if not self._places.acquire(blocking=False):
            return False
        try:
            return self._slots.acquire(timeout=self._patience_s)
        finally:
            self._places.release()


def may_take_long(environ: Environ) -> bool:
    """Whether a request asks for work whose length depends on what is asked: filters, orders, counts, whole layers."""
    if environ["REQUEST_METHOD"] == "POST":
        return True
    path = environ.get("PATH_INFO", "")
    if not (path.startswith("/ogc/collections/") and path.rstrip("/").endswith("/items")):
        return False
    pairs = [pair.partition("=")[::2] for pair in environ.get("QUERY_STRING", "").split("&") if pair]
    if any(unquote_plus(name) not in _QUICK for name, _ in pairs):
        return True
    if any(name == "f" and value not in _QUICK_FORMATS for name, value in pairs):
        return True
    accepted = environ.get("HTTP_ACCEPT", "")
    return any(part in accepted for part in _LONG_TYPES)


class _Slot:
    """One of the places at once; left once, however often that is asked."""

    def __init__(self, slots: BoundedSemaphore) -> None:
        self._slots: BoundedSemaphore | None = slots
        self._lock = Lock()

    def leave(self) -> None:
        with self._lock:
            slots, self._slots = self._slots, None
        if slots is not None:
            slots.release()


class _Held:
    """A body that gives its slot back at its end, or when the client has gone."""

    def __init__(self, body: Iterable[bytes], slot: _Slot) -> None:
        self._body = body
        self._parts: Iterator[bytes] = iter(body)
        self._slot = slot

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except BaseException:
            self._slot.leave()
            raise

    def close(self) -> None:
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._slot.leave()

    # A server that forgets to close must not cost a slot for ever.
    __del__ = close
