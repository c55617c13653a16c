"""How many requests that may take long run at once: the rest waits its turn for a moment, or is told to come back.

Without it a handful of filters over whole layers holds every thread and every connection, and the map stands still.
What is always quick (tiles, pages of features in the order of the table, documents) passes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import BoundedSemaphore, Lock
from typing import Any

from geo import deadline, http
from geo.auth.gate import STAFF
from geo.db import MOST_WAITING, POOL_SIZE
from geo.http.answers import Environ
from geo.http.limits import BUSY, LATE, LONGEST_S
from geo.ogc.formats.answers import Sending
from geo.ogc.headers import GEOJSON, ITEMS, PAGE, accepted_of
from geo.recent import Recent
from server.bodies import Arrival, Bodies
from server.door import Application

# One connection is left to those who are quick.
LONG_AT_ONCE = POOL_SIZE - 1
# As long as a person waits without wondering.
PATIENCE_S = 2.0
# Parameters of items that change nothing of how long they take.
_QUICK = frozenset({"limit", "bbox", "bbox-crs", "crs", "after", "f", "lang", "properties", "skipGeometry"})
# Rows that are passed over are read; here none is.
_FIRST_PAGE = ("offset", "0")
_WORDS = {offer.word: offer for offer in ITEMS}
# Searches by words, for programs and for people.
_SEARCHES = frozenset({"/api/search", "/szukaj"})
# Pages that are asked for again and again have shorter ones; a longer one is read each time.
_HABIT = 1000
# By query string and Accept header, of each process.
_known: Recent[tuple[str, str], bool] = Recent(500)
_COLLECTIONS, _TOWN_TILES = "/ogc/collections/", "/ogc/tiles/"
_REPORTS, _REPORTERS = "/api/reports", "/zgloszenia/"


class Guard[Doors: Application]:
    """A WSGI application in front of the doors; `behind` is the slow one, which says in words that we are busy."""

    def __init__(
        self,
        doors: Doors,
        behind: Application,
        *,
        at_once: int = LONG_AT_ONCE,
        waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
        bodies: Bodies | None = None,
        longest_s: float = LONGEST_S,
    ) -> None:
        self.doors = doors
        self._behind = behind
        self._slots = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(waiting)
        self._patience_s = patience_s
        self._bodies = bodies or Bodies()
        self._longest_s = longest_s

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Let the request in, now or in a moment, or answer 503. From now on its time runs."""
        with deadline.within(self._longest_s):
            return self._answer(environ, start_response)

    def _answer(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not may_take_long(environ):
            return self.doors(environ, start_response)
        # Whoever sends slowly must not hold the place of those who have said what they want.
        if brings_body(environ) and (arrival := self._bodies.receive(environ)) is not Arrival.WHOLE:
            environ[LATE if arrival is Arrival.LATE else BUSY] = True
            return self._behind(environ, start_response)
        if not self._enter():
            environ[BUSY] = True
            return self._behind(environ, start_response)
        slot = _Slot(self._slots)
        try:
            answer = self.doors(environ, start_response)
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
    """Whether a request asks for work whose length depends on what is asked.

    Filters, orders, counts, whole layers, tiles of all layers at once, searches by words.
    """
    if environ["REQUEST_METHOD"] == "POST":
        return True
    path: str = environ.get("PATH_INFO", "")
    if not path.startswith(_COLLECTIONS):
        # The metadata of the town's tiles lie higher: /ogc/tiles/{matrix set}.
        return path in _SEARCHES or (path.startswith(_TOWN_TILES) and path.count("/") > 4)
    if not path.rstrip("/").endswith("/items"):
        return False
    asked = environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT", "")
    known = _known.get(asked)
    if known is None:
        # As the doors read it, so that no other way of writing the same passes by.
        known = _items_take_long(http.pairs_of(environ), asked[1])
        if sum(map(len, asked)) <= _HABIT:
            _known.put(asked, known)
    return known


def brings_body(environ: Environ) -> bool:
    """Whether a request brings a body that is read: a filter, a report, or a form of staff's."""
    if environ["REQUEST_METHOD"] != "POST":
        return False
    path: str = environ.get("PATH_INFO", "")
    is_search = path.startswith(_COLLECTIONS) and path.rstrip("/").endswith("/search")
    return is_search or path in {STAFF, _REPORTS} or path.startswith((f"{STAFF}/", _REPORTERS))


def _items_take_long(pairs: tuple[tuple[str, str], ...], accept: str) -> bool:
    if not all(pair[0] in _QUICK or pair == _FIRST_PAGE for pair in pairs):
        return True
    words = [value for name, value in pairs if name == "f"]
    offer = _WORDS.get(words[0]) if words else accepted_of(accept)
    # What cannot be had is refused before anything is read.
    if offer is None or offer is GEOJSON[0]:
        return False
    # A page for people says how many there are: with a box they must be counted.
    return offer is not PAGE or any(name == "bbox" for name, _ in pairs)


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
        self._body: Iterable[bytes] | None = body
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
        # Closed once, whoever asks: the server, and at the latest the collector of garbage.
        body, self._body = self._body, None
        try:
            close = getattr(body, "close", None)
            if close is not None:
                close()
        finally:
            self._slot.leave()

    # A server that forgets to close must not cost a slot for ever.
    __del__ = close
