"""Much that is kept on disk between two looks at a file."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from geo.layers.reader import unpacked


class Spool[Block: tuple[object, ...]]:
    """Blocks in the order in which they came; a temporary folder holds them until it is cleaned up."""

    def __init__(self, scratch: Path | None) -> None:
        """The folder is made inside `scratch`."""
        self.folder = unpacked.folder(scratch)
        self._path = Path(self.folder.name) / "items"

    def fill(self, blocks: Iterable[Block]) -> None:
        """Keep what comes, and nothing of before."""
        with self._path.open("wb") as target:
            for block in blocks:
                pickler = pickle.Pickler(target, pickle.HIGHEST_PROTOCOL)
                # Half the time goes into remembering each text in order to find it again; a block holds none twice.
                pickler.fast = True
                pickler.dump(block)

    def blocks(self) -> Iterator[Block]:
        """All of them; each call starts anew."""
        with self._path.open("rb") as source:
            while source.peek(1):
                # `fill` wrote it into a folder that is ours alone.
                yield cast("Block", pickle.load(source))  # noqa: S301
