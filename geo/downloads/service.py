"""Preparing a layer's files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from geo.db import Connection, Lend
from geo.downloads.model import Download, PreparedFile, key_of
from geo.downloads.shelf import Shelf
from geo.feature import Collection
from geo.jobs import Interrupted
from geo.ogc.formats import making
from geo.ogc.formats.selecting import Selection, select
from geo.ogc.formats.table import PREPARED, FileFormat
from geo.ogc.query import ItemsQuery


def prepare(lend: Lend, shelf: Shelf, collection: Collection, stopping: Callable[[], bool] = lambda: False) -> Download:
    """Make every file of a published collection and offer them in place of the ones before.

    `lend` gives connections of the public role: what it cannot read never stands in a file.

    Raises:
        BadRequest: the layer has more features than a file may hold.
        Unavailable: the edition was withdrawn meanwhile, the database is away or the disk is full.
        Interrupted: `stopping` said so; nothing has changed.
    """
    with lend() as connection:
        selection = select(connection, collection, ItemsQuery())
    with shelf.making() as folder:
        files = tuple(_make(wanted, selection, lend, folder, stopping) for wanted in PREPARED)
        download = Download(
            layer=collection.id,
            key=key_of(collection),
            edition=collection.edition,
            features=len(selection.fids),
            data_date=collection.data_date,
            published_at=collection.published_at,
            prepared_at=datetime.now(UTC),
            licence=collection.licence,
            licence_url=collection.licence_url,
            synthetic=collection.synthetic,
            files=files,
        )
        shelf.put(folder, download)
    return download


def _make(
    wanted: FileFormat, selection: Selection, lend: Lend, folder: Path, stopping: Callable[[], bool]
) -> PreparedFile:
    path = folder / f"{selection.collection.id}.{wanted.extension}"
    digest, length = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in _chunks(wanted, selection, _watched(lend, stopping), folder):
            file.write(chunk)
            digest.update(chunk)
            length += len(chunk)
    return PreparedFile(word=wanted.word, length=length, sha256=digest.hexdigest())


def _watched(lend: Lend, stopping: Callable[[], bool]) -> Lend:
    """Looks before each batch whether the worker is ending."""

    def watched() -> AbstractContextManager[Connection]:
        if stopping():
            raise Interrupted
        return lend()

    return watched


def _chunks(wanted: FileFormat, selection: Selection, lend: Lend, folder: Path) -> Iterator[bytes]:
    if making.streams(wanted):
        yield from making.chunks(wanted, selection, lend)
        return
    made = making.write(wanted, selection, lend, folder)
    with made.body:
        yield from made.chunks()
