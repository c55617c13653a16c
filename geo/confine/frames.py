"""What goes through the pipe: frames of a JSON head and of plain bytes, read with a limit for each and for all.

A frame is two numbers of four bytes, little-endian (the length of its JSON and of all its blobs), the JSON
`[request, kind, [length of each blob], head]` and the blobs. JSON, because it can say nothing but plain values;
blobs, because coordinates are no text. Whoever receives checks what the head says: its sender may be taken over.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from geo.confine.limits import HEAD_BYTES, MB, MESSAGE_BYTES

# What json.loads gives: its receiver checks it before it is believed.
type Json = Any

# Geometries take four; each is an object to whoever reads, however short it is.
MOST_BLOBS = 8
_LENGTHS = struct.Struct("<II")


class Kind(StrEnum):
    """What a frame is."""

    ASK = "ask"  # to the child: the head is [verb, arguments]
    MESSAGE = "message"
    END = "end"  # the answer to a request is complete
    ERROR = "error"  # a GeoError, see `geo.confine.told`
    MEMORY = "memory"  # the child ran against its limit
    TOO_MUCH = "too-much"  # what it had to say was larger than a message may be
    NO_ROOM = "no-room"  # it could not write: the head is what the system says
    FAILED = "failed"  # a mistake in the task: the head is its traceback, for the log


class Packed(bytes):
    """A head that is JSON already, for who must know its length before it is sent."""


class Message(NamedTuple):
    """One thing that a task says: plain values and bytes."""

    head: Json
    blobs: Sequence[bytes | bytearray | memoryview] = ()


class Frame(NamedTuple):
    """A message with the number of the request that it belongs to."""

    request: int
    kind: Kind
    message: Message


class Garbled(Exception):
    """What came is no frame, or not what was agreed; who sent it is believed no more."""


class CutShort(Garbled):
    """The pipe ended within a frame, as when its writer dies."""


class TooMuch(Exception):
    """More came than is permitted; `most_mb` in one message, None where it is all together."""

    def __init__(self, most_mb: int | None) -> None:
        super().__init__()
        self.most_mb = most_mb


def write(descriptor: int, request: int, kind: Kind, message: Message, full: Callable[[], None] = lambda: None) -> None:
    """Write a frame whole, however often the pipe is full; where writing does not wait, `full` does, and may raise.

    Raises:
        TooMuch: it is larger than a message may be; nothing was written.
    """
    lengths = [memoryview(blob).nbytes for blob in message.blobs]
    said = message.head if isinstance(message.head, Packed) else packed(message.head)
    head = b"%b,%b]" % (packed([request, kind, lengths])[:-1], said)
    _check(len(head), sum(lengths))
    for piece in (_LENGTHS.pack(len(head), sum(lengths)) + head, *message.blobs):
        rest = memoryview(piece).cast("B") if len(piece) else memoryview(b"")
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                full()


def packed(head: Json) -> Packed:
    """A head as JSON."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    # Half a letter, which a hostile file may hold, goes through as it is.
    return Packed(text.encode("utf-8", "surrogatepass"))


class Reader:
    """Reads frames from a pipe; `wait` is called before each look and returns when there is something to read."""

    def __init__(self, descriptor: int, output_mb: int, wait: Callable[[], None] = lambda: None) -> None:
        self._descriptor = descriptor
        self._left = output_mb * MB
        self._wait = wait

    def read(self) -> Frame | None:
        """The next frame; None at the end.

        Raises:
            Garbled: it is none.
            CutShort: it breaks off.
            TooMuch: it is larger than a message may be, or than what is left of the whole.
        """
        start = self._exactly(_LENGTHS.size)
        if start is None:
            return None
        head_size, blobs_size = _LENGTHS.unpack(start)
        _check(head_size, blobs_size)
        self._left -= head_size + blobs_size
        if self._left < 0:
            raise TooMuch(None)
        head, blobs = self._exactly(head_size), self._exactly(blobs_size)
        if head is None or blobs is None:
            raise CutShort
        return _parsed(head, blobs)

    def _exactly(self, size: int) -> bytearray | None:
        """So many bytes; None at the end of the pipe."""
        buffer = bytearray(size)
        at = 0
        with memoryview(buffer) as view:
            while at < size:
                self._wait()
                came = os.readv(self._descriptor, [view[at:]])
                if not came:
                    if at:
                        raise CutShort
                    return None
                at += came
        return buffer


def _check(head: int, blobs: int) -> None:
    for size, most in ((head, HEAD_BYTES), (blobs, MESSAGE_BYTES)):
        if size > most:
            raise TooMuch(most // MB)


def _parsed(head: bytearray, blobs: bytearray) -> Frame:
    try:
        request, kind, lengths, said = json.loads(head.decode("utf-8", "surrogatepass"))
        kind = Kind(kind)
    except (ValueError, TypeError, RecursionError) as exc:
        raise Garbled(str(exc)[:200]) from exc
    if type(request) is not int or not isinstance(lengths, list):
        raise Garbled("a frame has a number and lengths")
    if len(lengths) > MOST_BLOBS:
        raise Garbled("a frame has few blobs")
    if any(type(length) is not int or length < 0 for length in lengths) or sum(lengths) != len(blobs):
        raise Garbled("the blobs are not as long as the frame says")
    parts, at, whole = [], 0, memoryview(blobs)
    for length in lengths:
        parts.append(whole[at : at + length])
        at += length
    return Frame(request, kind, Message(said, parts))
