"""Numbers as the registers write them."""

from __future__ import annotations

import math
import re

# Python's float reads more than people write: `12_3`, `nan`, `inf`, digits of other scripts.
_WRITTEN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def number(text: str) -> float:
    """A finite number, with a decimal point or the Polish comma.

    Raises:
        ValueError: this is no number, or greater than any that can be stored.
    """
    written = text.strip().replace(",", ".")
    found = float(written) if _WRITTEN.fullmatch(written) else math.nan
    if not math.isfinite(found):
        raise ValueError(text)
    return found
