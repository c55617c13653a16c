"""A file of features as an HTTP answer: a small one at once, a large one in pieces, as many as there is room for."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from urllib.parse import quote, urlencode

from flask import Request, Response

from geo import http
from geo.deps import Deps
from geo.errors import Unavailable
from geo.feature import Collection
from geo.ogc.formats import making
from geo.ogc.formats.selecting import Selection, select
from geo.ogc.formats.table import FileFormat
from geo.ogc.query import ItemsQuery, Place

# Each holds a thread of the server while its client reads; `server.run` starts so many more.
MOST_SENDING = 8
# Writing takes the processor; one at a time in a process, the others wait for it.
_WAIT_S = 6.0
# A third of level 6's time, a tenth more bytes.
_GZIP_LEVEL = 3
_GZIP = 16 + zlib.MAX_WBITS

_sending = BoundedSemaphore(MOST_SENDING)
_writing = BoundedSemaphore(1)


class Sending:
    """Pieces on their way to a client. Whatever becomes of it, its place is given back."""

    def __init__(self, chunks: Iterator[bytes], end: Callable[[], None] = lambda: None) -> None:
        """Take a place.

        Raises:
            Unavailable: there is none; nothing is sent, and `end` was called.
        """
        self._chunks = chunks
        self._end: Callable[[], None] | None = end
        self._placed = _sending.acquire(blocking=False)
        if not self._placed:
            self.close()
            raise Unavailable

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        """Called by the server when the client has all, or went away."""
        end, self._end = self._end, None
        if end is not None:
            end()
            if self._placed:
                _sending.release()

    __del__ = close


def answer(
    request: Request, deps: Deps, collection: Collection, query: ItemsQuery, wanted: FileFormat, base: str
) -> Response:
    """The features of a query as a file; `base` is the address of the API. Headers of caching are the caller's.

    Raises:
        BadRequest: the query cannot be answered by a file, or not by one of this size.
        Unavailable: too many files are being sent or written.
    """
    lend = deps.database.public
    if request.method == "HEAD":
        # How large it would be is only known when it is made.
        return _dressed(Response(), collection, query, wanted)
    with lend() as connection:
        selection = select(connection, collection, query)
    response = (_streamed if making.streams(wanted) else _written)(request, deps, selection, wanted)
    if selection.more:
        response.headers["Link"] = f'<{_next(selection, base)}>; rel="next"; type="{wanted.offer.media_type}"'
    return _dressed(response, collection, query, wanted)


def _dressed(response: Response, collection: Collection, query: ItemsQuery, wanted: FileFormat) -> Response:
    response.headers["Content-Type"] = wanted.content_type
    response.headers["Content-Crs"] = f"<{query.crs.uri}>"
    response.headers["Content-Disposition"] = f'attachment; filename="{collection.id}.{wanted.extension}"'
    return response


def _streamed(request: Request, deps: Deps, selection: Selection, wanted: FileFormat) -> Response:
    chunks = making.chunks(wanted, selection, deps.database.public)
    if selection.is_small:
        return Response(b"".join(chunks))
    packs = http.accepts_gzip(request.headers.get("Accept-Encoding"))
    if packs:
        chunks = _gzipped(chunks)
    # The first piece is made before anything is said: most of what can go wrong goes wrong there.
    response = Response(Sending(_begun(next(chunks), chunks)), direct_passthrough=True)
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _written(_request: Request, deps: Deps, selection: Selection, wanted: FileFormat) -> Response:
    with _alone():
        made = making.write(wanted, selection, deps.database.public, deps.settings.data_dir / "downloads")
    size = made.size
    if size <= making.BLOCK:
        with made.body:
            return Response(b"".join(made.chunks()))
    response = Response(Sending(made.chunks(), made.body.close), direct_passthrough=True)
    response.content_length = size
    return response


@contextmanager
def _alone() -> Iterator[None]:
    if not _writing.acquire(timeout=_WAIT_S):
        raise Unavailable
    try:
        yield
    finally:
        _writing.release()


def _begun(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A stream that ends only when the pieces do: a client sees by it that a file broke off."""
    squeeze = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)
    for chunk in chunks:
        # A WSGI server may take an empty piece for nothing at all.
        if squeezed := squeeze.compress(chunk):
            yield squeezed
    yield squeeze.flush()


def _next(selection: Selection, base: str) -> str:
    query, collection = selection.query, selection.collection
    following = (
        ("offset", str(query.offset + len(selection.fids)))
        if query.sortby
        else ("after", str(Place(collection.edition, selection.fids[-1])))
    )
    rest = [pair for pair in query.pairs if pair[0] not in {"offset", "after"}]
    return f"{base}/collections/{quote(collection.id, safe='')}/items?{urlencode([*rest, following], quote_via=quote)}"
