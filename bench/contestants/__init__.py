"""Who is measured: how each is started on the town's data, and how it is asked for the same thing.

A contestant has `launch`, and those of `query`, `tile` and `picture` that it can answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

type Position = tuple[float, float]

# One process for each core, in which four connections wait: eight in all for everybody.
WORKERS = 2
POOL = 4
# So many features a page and a tile that nothing is cut.
UNCUT = 400_000


@dataclass(frozen=True)
class Ask:
    """A page of items: a box (west, south, east, north), a street's name and a ring of positions narrow it."""

    collection: str
    limit: int
    bbox: tuple[float, float, float, float] | None = None
    street: str | None = None
    ring: tuple[Position, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether it takes CQL to ask."""
        return bool(self.street or self.ring)

    @property
    def polygon(self) -> str:
        """The ring as well-known text."""
        return f"POLYGON(({','.join(f'{x:.6f} {y:.6f}' for x, y in self.ring)}))"

    def parameters(self, intersects: str, geometry: str) -> dict[str, str]:
        """Limit, box and filter as OGC API Features has them; two names differ between the dialects of CQL."""
        asked = {"limit": str(self.limit)}
        if self.bbox:
            asked["bbox"] = ",".join(f"{number:.6f}" for number in self.bbox)
        clauses = [f"ulica='{self.street}'"] if self.street else []
        clauses += [f"{intersects}({geometry},{self.polygon})"] if self.ring else []
        if clauses:
            asked["filter"] = " AND ".join(clauses)
        return asked


type Query = tuple[str, dict[str, str]]


class LeftOut(Exception):
    """A contestant cannot take part here; the message says what would bring it."""


def installed(program: Path, remedy: str) -> str:
    """The path of a program that must be there.

    Raises:
        LeftOut: it is not.
    """
    if not program.exists():
        raise LeftOut(remedy)
    return str(program)
