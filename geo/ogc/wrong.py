"""How a wrong parameter is said: what is wrong, where, and the nearest right word."""

from __future__ import annotations

from geo.errors import BadRequest
from geo.texts import Text

# What a client sent is repeated to it only so far.
LONGEST_QUOTE = 60


def wrong(parameter: str, problem: Text) -> BadRequest:
    """The error for a parameter."""
    return BadRequest(parameter=quoted(parameter), problem=problem)


def quoted(value: str) -> str:
    """What a client sent, short enough to be repeated."""
    return value if len(value) <= LONGEST_QUOTE else value[:LONGEST_QUOTE] + "…"
