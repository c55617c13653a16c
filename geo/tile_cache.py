"""Finished tiles on disk, keyed by version: an LMDB environment that all processes of this machine share.

It is a cache: nothing is synced, everything in it can be made again, and an environment that cannot be read is
set aside and made anew. A version that changed is another key, so nothing is ever purged for being stale.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from threading import Lock

import lmdb

from geo.tiles import TileId

log = logging.getLogger(__name__)

# Address space, not disk: the file grows with what is put in. A full cache is emptied and fills again.
MAP_BYTES = 16 << 30
MEMORY_BYTES = 64 << 20
# Other processes put too, and LMDB lets one write at a time: a long deletion gives way between its steps.
_FORGET_AT_ONCE = 2000


def tile_key(collection: str, version: str, tile: TileId, tile_format: str) -> bytes:
    """The key of one tile; no part may contain a zero byte."""
    return f"{collection}\0{version}\0{tile.z}/{tile.x}/{tile.y}.{tile_format}".encode()


class TileCache:
    """Tiles by (collection, version, tile, format). One for a process; safe between threads and processes.

    Nothing is opened before the first use, and a forked child opens for itself.
    """

    def __init__(self, folder: Path, *, map_bytes: int = MAP_BYTES, memory_bytes: int = MEMORY_BYTES) -> None:
        self._folder = folder
        self._map_bytes = map_bytes
        self._memory = _Memory(memory_bytes)
        self._environment: lmdb.Environment | None = None
        self._opened_by = 0
        self._opening = Lock()

    def get(self, collection: str, version: str, tile: TileId, tile_format: str) -> bytes | None:
        """The tile's bytes, None when it was never put or has been lost."""
        key = tile_key(collection, version, tile, tile_format)
        kept = self._memory.get(key)
        if kept is None:
            kept = self._mended(lambda environment: _read(environment, key))
            if kept is not None:
                self._memory.put(key, kept)
        return kept

    def put(self, collection: str, version: str, tile: TileId, tile_format: str, content: bytes) -> None:
        """Keep a tile; a full disk or a broken environment costs the tile, never the caller's answer."""
        key = tile_key(collection, version, tile, tile_format)
        self._memory.put(key, content)
        self._mended(lambda environment: _write(environment, key, content))

    def forget(self, collection: str, keep_versions: Collection[str]) -> int:
        """Drop a collection's tiles of every version but these; how many went."""
        gone = 0
        while True:
            step = self._mended(lambda environment: _forget_some(environment, collection, keep_versions)) or 0
            gone += step
            if step < _FORGET_AT_ONCE:
                return gone

    def close(self) -> None:
        """Give the file back; the next use opens it again."""
        with self._opening:
            if self._environment is not None and self._opened_by == os.getpid():
                self._environment.close()
            self._environment = None

    def _mended[Result](self, work: Callable[[lmdb.Environment], Result]) -> Result | None:
        try:
            environment = self._open()
        except (lmdb.Error, OSError) as exc:
            log.warning("tile cache cannot be opened", extra={"folder": str(self._folder), "cause": str(exc)})
            return None
        try:
            return work(environment)
        except lmdb.MapFullError:
            log.info("tile cache is full and starts anew", extra={"folder": str(self._folder)})
            _empty(environment)
        except lmdb.Error as exc:
            log.warning("tile cache is broken", extra={"folder": str(self._folder), "cause": str(exc)})
            self._forsake(environment)
        return None

    def _forsake(self, environment: lmdb.Environment) -> None:
        # Not closed: another thread may be reading from it. It goes with its last reference.
        with self._opening:
            if self._environment is environment:
                self._environment = None
                _set_aside(self._folder)

    def _open(self) -> lmdb.Environment:
        if self._environment is not None and self._opened_by == os.getpid():
            return self._environment
        with self._opening:
            if self._environment is None or self._opened_by != os.getpid():
                self._opened_by = os.getpid()
                try:
                    self._environment = _environment(self._folder, self._map_bytes)
                except (lmdb.Error, OSError) as exc:
                    log.warning("tile cache is set aside", extra={"folder": str(self._folder), "cause": str(exc)})
                    _set_aside(self._folder)
                    self._environment = _environment(self._folder, self._map_bytes)
            return self._environment


class _Memory:
    """The tiles used last, bounded in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._tiles: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            content = self._tiles.get(key)
            if content is not None:
                self._tiles.move_to_end(key)
            return content

    def put(self, key: bytes, content: bytes) -> None:
        if len(content) > self._limit // 8:
            return
        with self._lock:
            self._size += len(content) - len(self._tiles.pop(key, b""))
            self._tiles[key] = content
            while self._size > self._limit:
                _, oldest = self._tiles.popitem(last=False)
                self._size -= len(oldest)


def _environment(folder: Path, map_bytes: int) -> lmdb.Environment:
    folder.mkdir(parents=True, exist_ok=True)
    environment = lmdb.open(
        str(folder), map_size=map_bytes, sync=False, metasync=False, readahead=False, max_readers=512, max_spare_txns=8
    )
    # A page beyond the end of a file cut short is SIGBUS, not an error: look before the first read.
    needed = (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]
    if (folder / "data.mdb").stat().st_size < needed:
        environment.close()
        raise lmdb.CorruptedError("the file is shorter than its own page count")
    environment.reader_check()
    return environment


def _set_aside(folder: Path) -> None:
    broken = folder.with_name(f"{folder.name}.broken")
    shutil.rmtree(broken, ignore_errors=True)
    # Renamed, not emptied: another process may have it mapped.
    if folder.exists():
        folder.rename(broken)


def _read(environment: lmdb.Environment, key: bytes) -> bytes | None:
    with environment.begin() as transaction:
        found = transaction.get(key)
        return None if found is None else bytes(found)


def _write(environment: lmdb.Environment, key: bytes, content: bytes) -> None:
    with environment.begin(write=True) as transaction:
        transaction.put(key, content)


def _empty(environment: lmdb.Environment) -> None:
    with environment.begin(write=True) as transaction:
        transaction.drop(environment.open_db(txn=transaction), delete=False)


def _forget_some(environment: lmdb.Environment, collection: str, keep_versions: Collection[str]) -> int:
    with environment.begin(write=True) as transaction:
        doomed = [bytes(key) for key in _keys(transaction, collection, keep_versions)]
        for key in doomed:
            transaction.delete(key)
        return len(doomed)


def _keys(transaction: lmdb.Transaction, collection: str, keep_versions: Collection[str]) -> Iterator[bytes]:
    prefix = f"{collection}\0".encode()
    cursor = transaction.cursor()
    found = cursor.set_range(prefix)
    sent = 0
    while found and sent < _FORGET_AT_ONCE:
        key = bytes(cursor.key())
        if not key.startswith(prefix):
            return
        version = key[len(prefix) :].split(b"\0", 1)[0]
        if version.decode() in keep_versions:
            found = cursor.set_range(prefix + version + b"\1")
            continue
        sent += 1
        yield key
        found = cursor.next()
