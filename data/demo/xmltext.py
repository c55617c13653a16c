"""Small pieces of XML text that both registers need."""

import uuid
from functools import lru_cache
from xml.sax.saxutils import escape

from data.demo.noise import Floats

SYNTHETIC = (
    "Dane syntetyczne: zmyślone miasto do pokazów i testów, żaden obiekt nie istnieje. "
    "Synthetic data: an invented town for demonstration and tests, no object in it exists."
)
HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {SYNTHETIC} -->\n'

_SPACE = uuid.UUID("8e2a7b52-40f5-5ac1-9a5e-2408021a0001")


# Neighbouring parcels name the same boundary points, so most keys come again soon.
@lru_cache(maxsize=1 << 17)
def object_uuid(seed: int, kind: str, key: str) -> str:
    """The lokalnyId of an object: the same for the same seed and key."""
    return str(uuid.uuid5(_SPACE, f"{seed}/{kind}/{key}"))


def text(value: str) -> str:
    """Text safe inside an element."""
    return escape(value)


def positions(points: Floats) -> str:
    """Coordinates in the order of the columns, centimetres kept."""
    return " ".join(f"{a:.2f} {b:.2f}" for a, b in points)
