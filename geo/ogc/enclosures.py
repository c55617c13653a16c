"""Files of whole layers that somebody else has prepared: what a collection links to with rel=enclosure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from geo.feature import Collection
from geo.ogc.formats.table import FileFormat


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One file: its address under the root of the service, what it is, how large."""

    path: str
    format: FileFormat
    length: int  # bytes
    day: date


# Given a published collection, its files; none where they are not ready.
type Enclosures = Callable[[Collection], Sequence[Enclosure]]
# Those of some collections, by id, as they were when somebody looked.
type Found = Mapping[str, Sequence[Enclosure]]


def told(files: Found) -> Iterator[object]:
    """All that a document says of files: its entity tag depends on it, for they are exchanged before the revision."""
    return (part for found in files.values() for one in found for part in (one.path, one.length, one.day))


def NO_ENCLOSURES(_collection: Collection) -> Sequence[Enclosure]:  # noqa: N802 - a default, like a constant
    """No files at all."""
    return ()
