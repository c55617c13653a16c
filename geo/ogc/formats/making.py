"""A selection as a file of one format: text in pieces as they come, or written to the disk."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO

from geo.db import Lend
from geo.errors import BadRequest, Unavailable
from geo.ogc.formats import flatgeobuf, geopackage
from geo.ogc.formats.lines import TEXTS
from geo.ogc.formats.selecting import Selection
from geo.ogc.formats.table import FLATGEOBUF, FileFormat
from geo.ogc.wrong import wrong
from geo.texts import Text

# A file that is written for one request: some eight million address points.
MOST_BYTES = 2 << 30
BLOCK = 1 << 18
# What names begin with while something is made, and when what bears one was left by a killed process.
MAKING = ".making-"
DAY_S = 86_400


@dataclass
class Made:
    """A file that was written: what stands before, and an open one that has no name any more, at its begin."""

    head: bytes
    body: IO[bytes]

    @property
    def size(self) -> int:
        """In bytes, all together."""
        return len(self.head) + os.fstat(self.body.fileno()).st_size

    def chunks(self) -> Iterator[bytes]:
        """All of it, a block at a time."""
        if self.head:
            yield self.head
        while block := self.body.read(BLOCK):
            yield block


def streams(wanted: FileFormat) -> bool:
    """Whether the format is text that comes in pieces, from its begin to its end."""
    return wanted.word in TEXTS


def chunks(wanted: FileFormat, selection: Selection, lend: Lend) -> Iterator[bytes]:
    """The file in pieces as they are made, of a format that `streams`."""
    return TEXTS[wanted.word](selection, lend)


def write(wanted: FileFormat, selection: Selection, lend: Lend, folder: Path, most_bytes: int = MOST_BYTES) -> Made:
    """Write a FlatGeobuf or a GeoPackage on the disk; `body` is the caller's to close, and then it is gone.

    Raises:
        BadRequest: it would be larger than `most_bytes`.
        Unavailable: the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if wanted is FLATGEOBUF:
            return _flatgeobuf(selection, lend, folder, most_bytes)
        return _geopackage(selection, lend, folder, most_bytes)
    except OSError as exc:
        raise Unavailable from exc


def keep(chunks: Iterator[bytes], folder: Path, most_bytes: int = MOST_BYTES) -> Made:
    """Write pieces on the disk as they come; `body` is the caller's to close, and then it is gone.

    Raises:
        BadRequest: they are more than `most_bytes`.
        Unavailable: the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _kept(chunks, folder, most_bytes)
    except OSError as exc:
        raise Unavailable from exc


def sweep(folder: Path) -> list[str]:
    """Remove what killed processes have left a day ago; gives the names."""
    gone = []
    for path in folder.glob(f"{MAKING}*"):
        if path.is_file() and time.time() - path.stat().st_mtime > DAY_S:
            path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


class _Bounded:
    """An open file that refuses to grow beyond a size."""

    def __init__(self, file: IO[bytes], most_bytes: int) -> None:
        self._file = file
        self._left = most_bytes

    def write(self, content: bytes) -> int:
        self._left -= len(content)
        if self._left < 0:
            raise _too_large()
        return self._file.write(content)


def _too_large() -> BadRequest:
    most = MOST_BYTES >> 20
    return wrong("limit", Text("The file would be larger than {most} MB; ask for fewer features.", most=most))


def _kept(chunks: Iterator[bytes], folder: Path, most_bytes: int) -> Made:
    with _nameless(folder) as body:
        bounded = _Bounded(body, most_bytes)
        for chunk in chunks:
            bounded.write(chunk)
    return Made(b"", body)


def _flatgeobuf(selection: Selection, lend: Lend, folder: Path, most_bytes: int) -> Made:
    with _nameless(folder) as body:
        head = flatgeobuf.write(selection, lend, _Bounded(body, most_bytes))
    return Made(head, body)


@contextmanager
def _nameless(folder: Path) -> Iterator[IO[bytes]]:
    """A file that is gone when it is closed, at its begin when it was written; closed here only on an error."""
    body = TemporaryFile(dir=folder)  # noqa: SIM115 - whoever gets it closes it
    try:
        yield body
        body.seek(0)
    except BaseException:
        body.close()
        raise


def _geopackage(selection: Selection, lend: Lend, folder: Path, most_bytes: int) -> Made:
    with NamedTemporaryFile(dir=folder, prefix=MAKING, delete=False) as named:
        path = Path(named.name)
    try:
        geopackage.write(selection, lend, path, most_bytes)
        return Made(b"", path.open("rb"))
    except sqlite3.OperationalError as exc:
        full = path.stat().st_size > most_bytes - BLOCK
        raise (_too_large() if full else Unavailable()) from exc
    finally:
        # Whoever reads it has it open; a killed process leaves nothing that is whole.
        path.unlink(missing_ok=True)
