"""The links of PRG 2021: localities and streets by gml:id, none lost silently."""

from __future__ import annotations

from typing import NamedTuple

from geo.layers.reader.register import Notes
from geo.texts import Text


class Locality(NamedTuple):
    """What an address or a street takes from its locality."""

    name: str | None
    simc: str | None
    teryt: str | None


class Street(NamedTuple):
    """What an address takes from its street; `locality` is a gml:id."""

    name: str | None
    ulic: str | None
    kind: str | None
    locality: str | None


class Dictionary[Entry]:
    """Entries by gml:id, and by gml:id without its version.

    A gml:id changes with each version of its object, and in the state's file some links still name the
    version before.
    """

    def __init__(self) -> None:
        self._exact: dict[str, Entry] = {}
        self._any_version: dict[str, Entry] = {}

    def add(self, key: str, entry: Entry) -> None:
        """Keep an entry under its gml:id."""
        self._exact[key] = entry
        self._any_version[_without_version(key)] = entry

    def get(self, key: str | None) -> Entry | None:
        """The entry of just this gml:id."""
        return None if key is None else self._exact.get(key)

    def find(self, key: str | None, link: str, notes: Notes) -> Entry | None:
        """The entry that a link names; a warning says when it is another version or not in the file."""
        if not key:
            return None
        entry = self._exact.get(key)
        if entry is not None:
            return entry
        entry = self._any_version.get(_without_version(key))
        if entry is None:
            text = Text("The link {link} leads to {key}, which is not in the file.", link=link, key=key)
            notes.warn("link-dangling", text)
        else:
            text = Text(
                "The link {link} names another version of {key}; the one in the file was taken.", link=link, key=key
            )
            notes.warn("link-other-version", text)
        return entry


class Links:
    """The dictionaries of a file."""

    def __init__(self) -> None:
        self.localities: Dictionary[Locality] = Dictionary()
        self.streets: Dictionary[Street] = Dictionary()
        # Street to locality as the localities tell it; used where a street does not name its own.
        self.locality_of: dict[str, str] = {}


def _without_version(key: str) -> str:
    # PL.ZIPIN.<n>.EMUiA_<id>_<date>T<hh>_<mm>_<ss>_<zone>: the version begins after the second underscore.
    head, mark, tail = key.partition(".EMUiA_")
    return f"{head}{mark}{tail.partition('_')[0]}"
