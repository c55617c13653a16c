"""Bodies of requests, received before their requests hold anything that others wait for.

A body comes as slowly as its client sends, and WSGI knows no way to stop reading: so another thread reads it, and the
request waits for that thread for a moment only. The thread ends when the server has closed the connection.
"""

from __future__ import annotations

import io
from enum import Enum
from threading import BoundedSemaphore, Thread

from geo.http.answers import Environ
from geo.ogc.cql2.problems import MAX_BYTES

# Each holds a thread of the server for as long as `PATIENCE_S`; `server.run` starts so many more.
MOST_ARRIVING = 8
# A filter is 8 kB at most: whoever needs longer for it has gone.
PATIENCE_S = 3.0


class Arrival(Enum):
    """What became of a body."""

    WHOLE = "whole"
    LATE = "late"
    # Too many are on their way.
    REFUSED = "refused"


class Bodies:
    """The bodies that are on their way to one process."""

    def __init__(self, at_once: int = MOST_ARRIVING, patience_s: float = PATIENCE_S) -> None:
        self._places = BoundedSemaphore(at_once)
        self._patience_s = patience_s

    def receive(self, environ: Environ) -> Arrival:
        """Wait for a request's body and put it into its `wsgi.input`, one byte more than a filter may have at most.

        What says itself that it is longer is not read: it is refused unread.
        """
        length: str = environ.get("CONTENT_LENGTH") or ""
        wanted = MAX_BYTES + 1
        if length.isascii() and length.isdecimal() and len(length) < 20:
            wanted = int(length)
        if not 0 < wanted <= MAX_BYTES + 1:
            return Arrival.WHOLE
        if not self._places.acquire(blocking=False):
            return Arrival.REFUSED
        reading = _Reading(environ["wsgi.input"], wanted, self._places)
        reading.start()
        reading.join(self._patience_s)
        if reading.is_alive():
            return Arrival.LATE
        environ["wsgi.input"] = io.BytesIO(reading.received)
        return Arrival.WHOLE


class _Reading(Thread):
    """Reads one body to its end, and gives its place back then: a reader that is stuck counts."""

    def __init__(self, stream: io.BufferedIOBase, wanted: int, places: BoundedSemaphore) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._wanted = wanted
        self._places = places
        self.received = b""

    def run(self) -> None:
        try:
            while len(self.received) < self._wanted:
                part = self._stream.read(self._wanted - len(self.received))
                if not part:
                    break
                self.received += part
        except OSError:
            # The client has gone: what is missing is said by whoever reads the filter.
            pass
        finally:
            self._places.release()
