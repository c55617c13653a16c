"""What an opened file is: its format, its kinds, and a stream of RawFeatures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import merge
from itertools import batched
from operator import attrgetter
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from geo.layers.model import Features, Finding, RawFeature

type Reading = Callable[[frozenset[str], Counter[str]], Iterator[RawFeature]]
type ReadingColumns = Callable[[frozenset[str], Counter[str]], Iterator[Features]]

# Features that are read one by one and handed over together.
TOGETHER = 1000


class AxisRule(StrEnum):
    """In which order a format writes a coordinate pair, by its own rule."""

    XY = "xy"  # easting or longitude first, whatever the authority says
    AUTHORITY = "authority"  # as the EPSG register prescribes: northing first for 2176-2180 and 4326


@dataclass(slots=True, kw_only=True)
class Source:
    """A file whose format was recognised. Nothing decides here which axis is which (`reader.placement`).

    Close it (or use `with`): what came out of an archive lies in a temporary folder until then.
    """

    file: str  # as people name it, `package.zip/roads.shp` inside an archive
    format: str  # for people: "PRG 2021 (prgad)"
    kinds: frozenset[str]  # what `features` may be asked for
    axis_rule: AxisRule
    # One of the two.
    read: Reading | None = None
    read_columns: ReadingColumns | None = None
    synthetic: bool = False  # the file says of itself that it was invented
    counts: Mapping[str, int] = field(
        default_factory=dict
    )  # of each kind, closed versions too; {} when not (yet) counted
    findings: list[Finding] = field(default_factory=list)  # what concerns the whole file
    closed: Counter[str] = field(default_factory=Counter)  # closed versions left out by the last `features`
    folders: list[TemporaryDirectory[str]] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)  # what reads it, where that is another process

    def features(self, kinds: Collection[str]) -> Iterator[RawFeature]:
        """Stream the features of some kinds in the order of the file; memory stays bounded.

        Closed versions of objects are left out and counted in `closed`, so that
        read = handed over + closed. Each call starts anew.

        Raises:
            Unreadable: the file breaks off or breaks its format's rules on the way.
        """
        self.closed = Counter()
        if self.read is not None:
            return self.read(frozenset(kinds), self.closed)
        return _in_order(self.columns(kinds))

    def columns(self, kinds: Collection[str]) -> Iterator[Features]:
        """The same as columns, some of one kind at once: those of a kind are in the order of the file.

        Raises:
            Unreadable: as `features`.
        """
        self.closed = Counter()
        if self.read_columns is not None:
            yield from self.read_columns(frozenset(kinds), self.closed)
        elif self.read is not None:
            for some in batched(self.read(frozenset(kinds), self.closed), TOGETHER):
                for kind in dict.fromkeys(raw.kind for raw in some):
                    yield Features.of(kind, [raw for raw in some if raw.kind == kind])

    def close(self) -> None:
        """Remove what was unpacked; the source cannot be read afterwards."""
        self.held.close()
        while self.folders:
            self.folders.pop().cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _in_order(columns: Iterator[Features]) -> Iterator[RawFeature]:
    """Features of several kinds one by one: what comes together of different kinds stands mixed in the file."""
    waiting: dict[str, Features] = {}
    for some in columns:
        if some.kind in waiting:
            yield from _mixed(waiting)
            waiting = {}
        waiting[some.kind] = some
    yield from _mixed(waiting)


def _mixed(kinds: Mapping[str, Features]) -> Iterator[RawFeature]:
    return merge(*(some.each() for some in kinds.values()), key=attrgetter("number"))
