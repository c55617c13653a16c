"""Repeatable randomness: generators by stage and smooth noise over the plane."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


def stage_rng(seed: int, stage: str) -> np.random.Generator:
    """A generator of its own for each stage, so that a change in one leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(stage.encode())])


@dataclass(frozen=True)
class Noise:
    """Smooth value noise in 0..1 with features about `cell_m` metres wide."""

    table: Floats
    cell_m: float

    @classmethod
    def make(cls, seed: int, stage: str, cell_m: float) -> "Noise":
        """Noise that depends on seed and stage alone."""
        return cls(stage_rng(seed, stage).random((128, 128)), cell_m)

    def at(self, xy: Floats) -> Floats:
        """Values at (n, 2) points in metres."""
        cells = np.asarray(xy, dtype=np.float64).reshape(-1, 2) / self.cell_m
        low = np.floor(cells).astype(np.int64)
        part = cells - low
        part = part * part * (3.0 - 2.0 * part)
        x0, y0 = low[:, 0] % 128, low[:, 1] % 128
        x1, y1 = (x0 + 1) % 128, (y0 + 1) % 128
        south = self.table[x0, y0] * (1 - part[:, 0]) + self.table[x1, y0] * part[:, 0]
        north = self.table[x0, y1] * (1 - part[:, 0]) + self.table[x1, y1] * part[:, 0]
        result: Floats = south * (1 - part[:, 1]) + north * part[:, 1]
        return result
