"""How a wrong filter is said: the problem, and where it stands."""

from __future__ import annotations

from geo.errors import BadRequest
from geo.ogc.cql2.nodes import Position
from geo.texts import Text

# Longer or deeper filters are refused before anything parses them: stack and time stay bounded whatever comes.
MAX_BYTES = 8192
MAX_DEPTH = 60
INSTEAD_OF_ILIKE = Text("There is no ILIKE; write CASEI(…) LIKE CASEI(…).")


def bad(problem: Text, at: Position = None) -> BadRequest:
    """The error for a filter, with the position when the encoding has one."""
    if at is not None:
        problem = Text("{problem} (At character {position}.)", problem=problem, position=at)
    return BadRequest(parameter="filter", problem=problem)


def too_long() -> BadRequest:
    """The error for a filter of more than `MAX_BYTES`."""
    return bad(Text("The filter is longer than {most} bytes.", most=MAX_BYTES))


def too_deep(at: Position = None) -> BadRequest:
    """The error for a filter nested deeper than `MAX_DEPTH`."""
    return bad(Text("The filter is nested deeper than {most} levels.", most=MAX_DEPTH), at)
