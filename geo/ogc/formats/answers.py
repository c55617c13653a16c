"""A file of features as an HTTP answer: made whole, then sent, as many as there is room for."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from urllib.parse import quote, urlencode

from flask import Request, Response

from geo import deadline, http
from geo.deps import Deps
from geo.errors import Unavailable
from geo.feature import Collection
from geo.ogc.formats import making
from geo.ogc.formats.selecting import Selection, check, select
from geo.ogc.formats.table import FileFormat
from geo.ogc.query import ItemsQuery, Place

# Each holds a thread of the server while its client reads; `server.run` starts so many more.
MOST_SENDING = 8
# Making takes the processor and one of the guard's places: one large file at a time in a process.
# A proxy gives up after a minute without a word.
MOST_MAKING_S = 50.0
# A third of level 6's time, a tenth more bytes.
_GZIP_LEVEL = 3
_GZIP = 16 + zlib.MAX_WBITS

_sending = BoundedSemaphore(MOST_SENDING)
_writing = BoundedSemaphore(1)


class TakesTooLong(Unavailable):
    """The file takes too long to make: ask for fewer features, or take the whole layer from /downloads."""


class Sending:
    """Pieces on their way to a client. Whatever becomes of it, its place is given back."""

    def __init__(self, chunks: Iterator[bytes], end: Callable[[], None] = lambda: None) -> None:
        """Take a place.

        Raises:
            Unavailable: there is none; nothing is sent, and `end` was called.
        """
        self._chunks = chunks
        self._end: Callable[[], None] | None = end
        self._places = _sending
        self._placed = self._places.acquire(blocking=False)
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
                self._places.release()

    __del__ = close


def answer(
    request: Request, deps: Deps, collection: Collection, query: ItemsQuery, wanted: FileFormat, base: str
) -> Response:
    """The features of a query as a file; `base` is the address of the API. Headers of caching are the caller's.

    Raises:
        BadRequest: the query cannot be answered by a file, or not by one of this size.
        Unavailable: too many files are being sent, another large one is being made, or this one takes too long.
    """
    check(collection, query)
    if request.method == "HEAD":
        # How large it would be is only known when it is made; 0 would be a lie.
        response = Response()
        response.automatically_set_content_length = False
        return _dressed(response, collection, query, wanted)
    with deps.database.public() as connection:
        selection = select(connection, collection, query)
    response = (_small if selection.is_small else _large)(request, deps, selection, wanted)
    if selection.more:
        response.headers["Link"] = f'<{_next(selection, base)}>; rel="next"; type="{wanted.offer.media_type}"'
    return _dressed(response, collection, query, wanted)


def _dressed(response: Response, collection: Collection, query: ItemsQuery, wanted: FileFormat) -> Response:
    response.headers["Content-Type"] = wanted.content_type
    response.headers["Content-Crs"] = f"<{query.crs.uri}>"
    response.headers["Content-Disposition"] = f'attachment; filename="{collection.id}.{wanted.extension}"'
    return response


def _small(_request: Request, deps: Deps, selection: Selection, wanted: FileFormat) -> Response:
    """One batch, made in the time of a page of items: it waits for nobody."""
    lend = deps.database.public
    if making.streams(wanted):
        return Response(b"".join(making.chunks(wanted, selection, lend)))
    return _sent(making.write(wanted, selection, lend, deps.settings.data_dir / "downloads"))


def _large(request: Request, deps: Deps, selection: Selection, wanted: FileFormat) -> Response:
    """Made whole before anything is said.

    A WSGI server ends a stream that breaks off as it ends a whole one, so no client would see what it lacks.
    """
    folder = deps.settings.data_dir / "downloads"
    packs = making.streams(wanted) and http.accepts_gzip(request.headers.get("Accept-Encoding"))
    lend = deps.database.public
    with _alone(), _in_time():
        if making.streams(wanted):
            chunks = making.chunks(wanted, selection, lend)
            made = making.keep(_gzipped(chunks) if packs else chunks, folder)
        else:
            made = making.write(wanted, selection, lend, folder)
    response = _sent(made)
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _sent(made: making.Made) -> Response:
    size = made.size
    if size <= making.BLOCK:
        with made.body:
            return Response(b"".join(made.chunks()))
    response = Response(Sending(made.chunks(), made.body.close), direct_passthrough=True)
    response.content_length = size
    return response


@contextmanager
def _alone() -> Iterator[None]:
    # Whoever waited here would keep one of the few places of the guard from filters that are quick.
    if not _writing.acquire(blocking=False):
        raise Unavailable
    try:
        yield
    finally:
        _writing.release()


@contextmanager
def _in_time() -> Iterator[None]:
    """A file has a time of its own: whoever asks for one waits longer than for a page."""
    with deadline.instead(MOST_MAKING_S):
        try:
            yield
        except Unavailable as exc:
            if deadline.left_s():
                raise
            raise TakesTooLong from exc


def _gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)
    for chunk in chunks:
        yield squeeze.compress(chunk)
    yield squeeze.flush()


def _next(selection: Selection, base: str) -> str:
    query, collection = selection.query, selection.collection
    reached = query.offset + len(selection.fids) if query.sortby else selection.fids[-1]
    following = ("after", str(Place(collection.edition, reached)))
    rest = [pair for pair in query.pairs if pair[0] not in {"offset", "after"}]
    return f"{base}/collections/{quote(collection.id, safe='')}/items?{urlencode([*rest, following], quote_via=quote)}"
