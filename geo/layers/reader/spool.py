"""Many small things kept on disk between two looks at a file."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from pathlib import Path

from geo.layers.reader import unpacked

BATCH = 1000


class Spool[Item: tuple[object, ...]]:
    """Named tuples in the order in which they came; a temporary folder holds them until it is cleaned up."""

    def __init__(self, make: Callable[[Iterable[object]], Item], scratch: Path | None) -> None:
        """`make` builds an item from its values, such as `Flat._make`; the folder is made inside `scratch`."""
        self._make = make
        self.folder = unpacked.folder(scratch)
        self._path = Path(self.folder.name) / "items"

    def fill(self, items: Iterable[Item]) -> None:
        """Keep what comes; when it ends with an error, the folder is removed."""
        try:
            with self._path.open("wb") as target:
                for batch in batched(items, BATCH):
                    # As plain tuples, which pickle writes in half the time.
                    pickle.dump([tuple(item) for item in batch], target, pickle.HIGHEST_PROTOCOL)
        except BaseException:
            self.folder.cleanup()
            raise

    def batches(self) -> Iterator[list[Item]]:
        """All items, up to BATCH at once; each call starts anew."""
        with self._path.open("rb") as source:
            while source.peek(1):
                batch = pickle.load(source)  # noqa: S301 - `fill` wrote it into a folder that is ours alone
                yield [self._make(values) for values in batch]
