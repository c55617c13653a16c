"""The folder of downloads: `{layer}/{key}/` with the files and `about.json`, exchanged as a whole."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from pydantic import ValidationError

from geo.downloads.model import Download, is_offered, key_of
from geo.feature import Collection
from geo.ogc.enclosures import Enclosure
from geo.ogc.formats import making

ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the prepared files of one installation lie."""

    folder: Path

    def of(self, collection: Collection) -> Download | None:
        """What can be had of a collection: the download of its edition, else the one before, until the new is ready."""
        if not is_offered(collection):
            return None
        current = self._read(self.folder / collection.id / key_of(collection))
        if current is not None:
            return current
        found = [one for one in map(self._read, self._versions(collection.id)) if one is not None]
        return max(found, key=lambda one: one.prepared_at, default=None)

    def is_current(self, collection: Collection) -> bool:
        """Whether the download of this very edition is there, every file of it as long as it should be."""
        ready = self._read(self.folder / collection.id / key_of(collection))
        if ready is None:
            return False
        paths = {self.path(ready, ready.name(file)): file.length for file in ready.files}
        return all(path.is_file() and path.stat().st_size == length for path, length in paths.items())

    def missing(self, collections: Iterable[Collection]) -> list[str]:
        """Those of some collections whose download is not there."""
        return [one.id for one in collections if is_offered(one) and not self.is_current(one)]

    def path(self, download: Download, name: str) -> Path:
        """Where a file lies."""
        return self.folder / download.layer / download.key / name

    def links(self, collection: Collection) -> list[Enclosure]:
        """The files for a collection's links."""
        ready = self.of(collection)
        if ready is None:
            return []
        return [
            Enclosure(f"/downloads/{ready.name(file)}", file.format, file.length, ready.prepared_at.date())
            for file in ready.files
        ]

    @contextmanager
    def making(self) -> Iterator[Path]:
        """A folder to prepare a download in; gone at the end, unless `put` has taken it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(dir=self.folder, prefix=making.MAKING))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def put(self, folder: Path, download: Download) -> None:
        """Offer what was prepared in a folder from now on, and remove what was offered before."""
        (folder / ABOUT).write_text(download.model_dump_json(indent=1) + "\n", encoding="utf-8")
        home = self.folder / download.layer
        home.mkdir(exist_ok=True)
        place = home / download.key
        # mkdtemp lets nobody else in; the files are public.
        folder.chmod(0o755)
        try:
            folder.rename(place)
        except OSError:
            # Another worker has put the same there, or something broken lies there. Removed where it is, its files
            # would be gone one by one before the new ones come.
            with self.making() as aside:
                place.rename(aside / place.name)
                folder.rename(place)
        for version in self._versions(download.layer):
            # Whoever reads such a file has it open, and reads it to its end.
            if version != place:
                shutil.rmtree(version, ignore_errors=True)

    def sweep(self, published: Iterable[str]) -> list[str]:
        """Remove what killed processes left a day ago, and the downloads of layers that are no longer published."""
        if not self.folder.is_dir():
            return []
        gone = making.sweep(self.folder)
        for path in self.folder.iterdir():
            killed = path.name.startswith(making.MAKING) and time.time() - path.stat().st_mtime > making.DAY_S
            if killed or (path.is_dir() and not path.name.startswith(".") and path.name not in set(published)):
                shutil.rmtree(path, ignore_errors=True)
                gone.append(path.name)
        return gone

    def _versions(self, layer: str) -> list[Path]:
        home = self.folder / layer
        return [path for path in home.iterdir() if path.is_dir()] if home.is_dir() else []

    def _read(self, folder: Path) -> Download | None:
        try:
            return Download.model_validate_json((folder / ABOUT).read_bytes())
        # It may be removed at this moment, or be what another program wrote.
        except (OSError, ValidationError):
            return None


def at(data_dir: Path) -> Shelf:
    """The shelf of an installation's data directory."""
    return Shelf(data_dir / "downloads")
