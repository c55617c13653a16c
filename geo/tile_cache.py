"""Finished tiles on disk, keyed by version: an LMDB environment that all processes of this machine share.

It is a cache: nothing is synced, everything in it can be made again, and an environment that is full or cannot be
read makes way for a new one. A version that changed is another key, so nothing is ever purged for being stale.
The system keeps in memory what is asked for, once for all processes: a tile is read in 6 microseconds.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

import lmdb

from geo.tiles import TileId

log = logging.getLogger(__name__)

# How large the file may grow. A full one is replaced, not emptied: LMDB needs free pages even to delete.
MAP_BYTES = 4 << 30
# Of tiles for clients without gzip, each two or three times as large as the gzipped one that lies in the other file.
UNPACKED_BYTES = MAP_BYTES // 8
# Other processes put too, and LMDB lets one write at a time: a long deletion gives way between its steps.
_FORGET_AT_ONCE = 2000
# What only a new file mends. A lock that another process holds, a full disk or a missing right is not of these.
_CORRUPT = (lmdb.CorruptedError, lmdb.InvalidError, lmdb.VersionMismatchError, lmdb.PageNotFoundError)


def tile_key(collection: str, version: str, tile: TileId, tile_format: str) -> bytes:
    """The key of one tile; no part may contain a zero byte."""
    return f"{collection}\0{version}\0{tile.z}/{tile.x}/{tile.y}.{tile_format}".encode()


class TileCache:
    """Tiles by (collection, version, tile, format). One for a process; safe between threads and processes.

    Nothing is opened before the first use, and a forked child opens for itself.
    """

    def __init__(self, folder: Path, *, map_bytes: int = MAP_BYTES) -> None:
        self._folder = folder
        self._map_bytes = map_bytes
        self._shared: _Shared | None = None
        self._opening = Lock()

    @classmethod
    def unpacked(cls, data_dir: Path) -> Self:
        """The cache of tiles for clients without gzip: apart, so that those who take gzip lose no room to them."""
        return cls(data_dir / "tiles-unpacked", map_bytes=UNPACKED_BYTES)

    def get(self, collection: str, version: str, tile: TileId, tile_format: str) -> bytes | None:
        """The tile's bytes, None when it was never put or has been lost."""
        key = tile_key(collection, version, tile, tile_format)
        return self._mended(lambda environment: _read(environment, key))

    def put(self, collection: str, version: str, tile: TileId, tile_format: str, content: bytes) -> None:
        """Keep a tile; a full disk or a broken environment costs the tile, never the caller's answer."""
        key = tile_key(collection, version, tile, tile_format)
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
        """Give the file back when nobody else of this process has it; the next use opens it again."""
        with self._opening:
            shared, self._shared = self._shared, None
        if shared is not None and shared.pid == os.getpid():
            _OPEN.give_back(shared)

    def _mended[Result](self, work: Callable[[lmdb.Environment], Result]) -> Result | None:
        try:
            shared = self._open()
        except (lmdb.Error, OSError) as exc:
            log.warning("tile cache cannot be opened", extra={"folder": str(self._folder), "cause": str(exc)})
            return None
        try:
            return work(shared.environment)
        except lmdb.MapFullError:
            log.info("tile cache is full and starts anew", extra={"folder": str(self._folder)})
            _OPEN.forsake(shared)
        except _CORRUPT as exc:
            log.warning("tile cache is broken", extra={"folder": str(self._folder), "cause": str(exc)})
            _OPEN.forsake(shared)
        except lmdb.Error as exc:
            log.warning("tile cache failed once", extra={"folder": str(self._folder), "cause": str(exc)})
        return None

    def _open(self) -> _Shared:
        known = self._shared
        if known is not None and known.pid == os.getpid() and not known.forsaken:
            return known
        with self._opening:
            known = self._shared
            if known is None or known.pid != os.getpid() or known.forsaken:
                self._shared = known = _OPEN.take(self._folder, self._map_bytes)
            return known


@dataclass(eq=False, slots=True)
class _Shared:
    """One open environment of this process, and how many caches use it."""

    environment: lmdb.Environment
    folder: Path
    # Which file it is, whatever lies at its path by now.
    inode: int
    pid: int
    users: int = 0
    forsaken: bool = False


class _OpenFolders:
    """The environments that this process has open: LMDB refuses to open a folder twice in one process."""

    def __init__(self) -> None:
        self._by_folder: dict[Path, _Shared] = {}
        self._lock = Lock()
        # A fork may come while another thread holds the lock, which nobody would free in the child.
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = Lock()
        # The child's copies: the parent's stay open. Until they are closed LMDB takes the folders for open here too.
        for shared in self._by_folder.values():
            shared.environment.close()
        self._by_folder.clear()

    def take(self, folder: Path, map_bytes: int) -> _Shared:
        """The environment of a folder; the first who takes it opens it, with its limit."""
        real = folder.absolute()
        with self._lock:
            shared = self._by_folder.get(real)
            if shared is None:
                self._by_folder[real] = shared = _opened(real, map_bytes)
            shared.users += 1
            return shared

    def give_back(self, shared: _Shared) -> None:
        """Close it when this was the last user."""
        with self._lock:
            shared.users -= 1
            if shared.users == 0 and not shared.forsaken:
                del self._by_folder[shared.folder]
                shared.environment.close()

    def forsake(self, shared: _Shared) -> None:
        """Remove a broken or full folder, once; who asks next gets a new one."""
        with self._lock:
            if shared.forsaken:
                return
            # Not closed: another thread may be reading from it. It goes with its last reference.
            shared.forsaken = True
            del self._by_folder[shared.folder]
            try:
                with _alone(shared.folder):
                    # Another process may have put a new folder there already.
                    if _inode(shared.folder) == shared.inode:
                        _remove(shared.folder)
            except OSError as exc:
                log.warning("tile cache stays", extra={"folder": str(shared.folder), "cause": str(exc)})


_OPEN = _OpenFolders()


def _opened(folder: Path, map_bytes: int) -> _Shared:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Else two processes would remove one another's new folder.
    with _alone(folder):
        try:
            environment = _environment(folder, map_bytes)
        except _CORRUPT as exc:
            log.warning("tile cache is replaced", extra={"folder": str(folder), "cause": str(exc)})
            _remove(folder)
            environment = _environment(folder, map_bytes)
        return _Shared(environment, folder, (folder / "data.mdb").stat().st_ino, os.getpid())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Between processes: one at a time opens a folder or removes it."""
    with folder.with_name(f"{folder.name}.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _inode(folder: Path) -> int | None:
    try:
        return (folder / "data.mdb").stat().st_ino
    except FileNotFoundError:
        return None


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


def _remove(folder: Path) -> None:
    # Unlinked, never cut short: who has the file mapped keeps it until it lets go.
    gone = folder.with_name(f"{folder.name}.broken")
    shutil.rmtree(gone, ignore_errors=True)
    # Renamed first: a folder is there whole, or not at all.
    if folder.exists():
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _read(environment: lmdb.Environment, key: bytes) -> bytes | None:
    with environment.begin() as transaction:
        found = transaction.get(key)
        return None if found is None else bytes(found)


def _write(environment: lmdb.Environment, key: bytes, content: bytes) -> None:
    with environment.begin(write=True) as transaction:
        transaction.put(key, content)


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
