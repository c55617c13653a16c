"""What a request may say: each parameter checked, the wrong one named."""

from __future__ import annotations

import math
from collections.abc import Mapping

from geo.errors import BadRequest
from geo.texts import Text

# Longer than any address or parcel id that people type.
LONGEST_QUERY = 200


def query(arguments: Mapping[str, str]) -> str:
    """What is sought; empty when nothing is.

    Raises:
        BadRequest: it is too long.
    """
    sought = arguments.get("q", "").strip()
    if len(sought) > LONGEST_QUERY:
        raise BadRequest(parameter="q", problem=Text("It must not be longer than {n} characters.", n=LONGEST_QUERY))
    return sought


def whole(arguments: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number; one above the highest is taken as the highest.

    Raises:
        BadRequest: it is no whole number, or below the lowest.
    """
    written = arguments.get(name, str(default))
    # Nobody means more digits; Python refuses to read thousands of them.
    if not (written.isascii() and written.isdigit() and len(written) < 10) or int(written) < low:
        raise BadRequest(
            parameter=name, problem=Text("It must be a whole number from {low} to {high}.", low=low, high=high)
        )
    return min(int(written), high)


def number(arguments: Mapping[str, str], name: str, low: float, high: float) -> float:
    """A number that must be given, within limits.

    Raises:
        BadRequest: it is missing, no number, or outside.
    """
    written = arguments.get(name, "").strip()
    if not written:
        raise BadRequest(
            parameter=name, problem=Text("It is missing; give a number from {low} to {high}.", low=low, high=high)
        )
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise BadRequest(parameter=name, problem=Text("It must be a number from {low} to {high}.", low=low, high=high))
    return value
