"""Bodies of requests, received before their requests hold anything that others wait for.

A body comes as slowly as its client sends, and WSGI knows no way to stop reading: only so many may be on their way at
once, fewer of one address, each in a thread that the server has for it. A place comes free when its body has come or
its client has gone. No other thread may read for the request's: while an answer waits for a body that is still being
read, granian 2.8 holds the interpreter's lock, and with it the whole process.
"""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from threading import Lock

from geo.http.answers import Environ
from geo.http.proxies import subscriber
from geo.ogc.cql2.problems import MAX_BYTES

# Each holds a thread of the server; `server.run` starts so many more.
MOST_ARRIVING = 16
# Of one address; of IPv6 of one network of 64 bits, which is what one subscriber gets.
MOST_OF_ONE = 8
# A filter is 8 kB at most: who needs longer for it is told so.
PATIENCE_S = 3.0


class Arrival(Enum):
    """What became of a body."""

    WHOLE = "whole"
    LATE = "late"
    # Too many are on their way, in all or from this address.
    REFUSED = "refused"


def peer(environ: Environ) -> str:
    """The address at the other end of the connection, which may be a proxy's."""
    return str(environ.get("REMOTE_ADDR", ""))


class Bodies:
    """The bodies that are on their way to one process; `client` says whose address counts for a request."""

    def __init__(
        self,
        at_once: int = MOST_ARRIVING,
        of_one: int = MOST_OF_ONE,
        patience_s: float = PATIENCE_S,
        client: Callable[[Environ], str] = peer,
    ) -> None:
        self._client = client
        self._at_once = at_once
        self._of_one = of_one
        self._patience_s = patience_s
        self._arriving: Counter[str] = Counter()
        self._lock = Lock()

    def receive(self, environ: Environ) -> Arrival:
        """Read a request's body and put it into its `wsgi.input`, one byte more than a filter may have at most.

        What says itself that it is longer is not read: it is refused unread.
        """
        length: str = environ.get("CONTENT_LENGTH") or ""
        wanted = MAX_BYTES + 1
        if length.isascii() and length.isdecimal() and len(length) < 20:
            wanted = int(length)
        if not 0 < wanted <= MAX_BYTES + 1:
            return Arrival.WHOLE
        began_s = time.monotonic()
        with self._place(subscriber(self._client(environ))) as taken:
            if not taken:
                return Arrival.REFUSED
            received = _read(environ["wsgi.input"], wanted)
        if time.monotonic() - began_s > self._patience_s:
            return Arrival.LATE
        environ["wsgi.input"] = io.BytesIO(received)
        return Arrival.WHOLE

    @contextmanager
    def _place(self, address: str) -> Iterator[bool]:
        """A place for a body of an address, if there is one."""
        with self._lock:
            taken = self._arriving.total() < self._at_once and self._arriving[address] < self._of_one
            self._arriving[address] += taken
        try:
            yield taken
        finally:
            with self._lock:
                self._arriving[address] -= taken
                if not self._arriving[address]:
                    del self._arriving[address]


def _read(stream: io.BufferedIOBase, wanted: int) -> bytes:
    received = b""
    try:
        while len(received) < wanted:
            part = stream.read(wanted - len(received))
            if not part:
                break
            received += part
    except OSError:
        # The client has gone: what is missing is said by whoever reads the filter.
        pass
    return received
