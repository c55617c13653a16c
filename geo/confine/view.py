"""What a child sees of the disk: the given files under names of ours, and a folder that it may write to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class View:
    """Two folders in a fresh one: `given` can be read, `work` written too. Both go when the child does."""

    given: Path
    work: Path

    def file(self, name: str) -> Path:
        """A given file by the name that the view has for it."""
        return self.given / name


def make(folder: Path, files: Mapping[str, Path]) -> View:
    """Lay out a view inside a fresh folder. `files`: the name of ours -> the file.

    Raises:
        FileNotFoundError: one of the files is not there.
    """
    view = View(folder / "given", folder / "work")
    view.given.mkdir(mode=0o700)
    view.work.mkdir(mode=0o700)
    for name, path in files.items():
        _link(path.resolve(strict=True), view.given / name)
    return view


def _link(path: Path, name: Path) -> None:
    # A second name costs nothing, and shows nothing of where the first one stands; it must lie on the same disk, and
    # the kernel may ask that the file be ours.
    try:
        os.link(path, name)
    except OSError:
        name.symlink_to(path)


def others_own(files: Mapping[str, Path]) -> bool:
    """Whether root alone could open one of them: a child without root's powers could not."""
    states = [path.stat() for path in files.values()]
    return os.geteuid() == 0 and any(state.st_uid != 0 or not state.st_mode & 0o400 for state in states)
