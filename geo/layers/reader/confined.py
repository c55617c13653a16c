"""Opening a file behind walls: a `Source` whose reader runs in a confined child (`reader.served`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from geo import confine
from geo.confine import Garbled, Json, Limits
from geo.layers.model import Features, Finding
from geo.layers.reader import shapefile_parts, wire
from geo.layers.reader.source import AxisRule, Source
from geo.texts import Text

TASK = "geo.layers.reader.served:begin"
MOST_KINDS = 10_000
MOST_FINDINGS = 10_000
_TEXTS = frozenset({"file", "format"})


def open_confined(
    path: Path,
    name: str | None = None,
    *,
    scratch: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Source:
    """As `reader.open_file`, in a child process that sees this file alone, until the source is closed.

    `progress` is called twice a second at least, with how many features have come; what it raises ends the reading.

    Raises:
        Unreadable: as `open_file`; or the reader took too much, died, or said what it may not.
    """
    file = name or path.name
    parts = shapefile_parts(path)
    files = {f"data{suffix}": part for suffix, part in parts.items()} or {"data": path}
    main = next(iter(files))
    come = 0

    def tell(number: int) -> None:
        nonlocal come
        come = number
        progress(number)

    with ExitStack() as stack:
        arguments = {"main": main, "file": file}
        child = stack.enter_context(
            confine.started(
                TASK, files, arguments, file=file, limits=limits, scratch=scratch, waiting=lambda: progress(come)
            )
        )
        source = _opened(child, tell)
        source.held.push(stack.pop_all())
        return source


def _opened(child: confine.Child, tell: Callable[[int], None]) -> Source:
    for message in child.ask("open"):
        try:
            if isinstance(message.head, dict) and type(message.head.get("come")) is int:
                tell(message.head["come"])
                continue
            return _source(message.head, child)
        except Garbled as exc:
            raise child.garbled(exc) from exc
    raise child.garbled(Garbled("the file was not opened"))


def _source(head: Json, child: confine.Child) -> Source:
    told = head.get("source") if isinstance(head, dict) else None
    if not isinstance(told, dict) or any(not isinstance(told.get(name), str) for name in _TEXTS):
        raise Garbled("a source has a file and a format")
    kinds = told.get("kinds")
    if not isinstance(kinds, list) or len(kinds) > MOST_KINDS or set(map(type, kinds)) - {str}:
        raise Garbled("a source has kinds")
    try:
        rule = AxisRule(str(told.get("axis_rule")))
    except ValueError as exc:
        raise Garbled(str(exc)) from exc

    def read(wanted: frozenset[str], closed: Counter[str]) -> Iterator[Features]:
        return _features(child, source, wanted, closed)

    source = Source(
        file=told["file"],
        format=told["format"],
        kinds=frozenset(kinds),
        axis_rule=rule,
        read_columns=read,
        synthetic=told.get("synthetic") is True,
        counts=_counts(told.get("counts")),
        findings=_findings(told.get("findings")),
    )
    return source


def _features(child: confine.Child, source: Source, kinds: frozenset[str], closed: Counter[str]) -> Iterator[Features]:
    for message in child.ask("features", sorted(kinds)):
        try:
            if isinstance(message.head, dict) and "closed" in message.head:
                closed.update(_counts(message.head["closed"]))
                source.counts = _counts(message.head.get("counts"))
                source.findings = _findings(message.head.get("findings"))
                continue
            batch = wire.features(message, kinds)
        except Garbled as exc:
            raise child.garbled(exc) from exc
        if len(batch):
            yield batch
            child.reached = Text("feature {n} ({name})", n=batch.numbers[-1], name=batch.names[-1])


def _counts(told: Any) -> dict[str, int]:
    if not isinstance(told, dict) or len(told) > MOST_KINDS or set(map(type, told.values())) - {int}:
        raise Garbled("counts are whole numbers")
    return told


def _findings(told: Any) -> list[Finding]:
    if not isinstance(told, list) or len(told) > MOST_FINDINGS:
        raise Garbled("a source has findings")
    return [wire.finding_from_json(each) for each in told]
