"""The table of a run: for the terminal as it comes, for docs/performance.md as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.cases import Line, Outcome

BEGIN, END = "<!-- bench: written by python -m bench --write -->", "<!-- bench: end -->"
_HEAD = ("| case | who | measured | ours to theirs | aim | reached |", "|---|---|---|---|---|---|")


def said(outcome: Outcome) -> str:
    """A case in plain lines."""
    lines = [f"## {outcome.title}"]
    for line in outcome.lines:
        ratio = f"  ours {line.ratio:.2f} x" if line.ratio is not None else ""
        aim = f" (aim {line.aim:g}: {_reached(line)})" if line.aim is not None else ""
        note = f"  [{line.note}]" if line.note else ""
        lines.append(f"{line.who:<24} {line.shown}{ratio}{aim}{note}")
    if outcome.content:
        lines.append(f"content: {outcome.content}")
    return "\n".join(lines)


def markdown(outcomes: Sequence[Outcome], conditions: Sequence[str], left_out: Mapping[str, str]) -> str:
    """All cases as one table, the conditions above it, what the answers held and who was left out below."""
    rows = [row for outcome in outcomes for row in _rows(outcome)]
    content = [f"- {outcome.title}: {outcome.content}." for outcome in outcomes if outcome.content]
    missing = [f"- {_cell(why)}." for why in left_out.values()]
    parts = ["\n\n".join(conditions), "\n".join([*_HEAD, *rows])]
    parts += ["What the answers held:\n\n" + "\n".join(content)] if content else []
    parts += ["Left out:\n\n" + "\n".join(missing)] if missing else []
    return "\n\n".join(parts)


def write(page: Path, table: str) -> None:
    """Put a table between the two marks of a page.

    Raises:
        ValueError: the page lacks them.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page.name} has no place for the table: it stands between {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _rows(outcome: Outcome) -> list[str]:
    rows = []
    for number, line in enumerate(outcome.lines):
        title = outcome.title if number == 0 else ""
        ratio = f"{line.ratio:.2f} x" if line.ratio is not None else ""
        aim = f"{line.aim:g} x" if line.aim is not None else ""
        measured = f"{line.shown} ({line.note})" if line.note else line.shown
        rows.append("| " + " | ".join(map(_cell, (title, line.who, measured, ratio, aim, _reached(line)))) + " |")
    return rows


def _reached(line: Line) -> str:
    if line.aim is None:
        return ""
    return {True: "yes", False: "no", None: "not measured"}[line.reached]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split()).rstrip(".")
