"""Textures that repeat without a seam: grain, blotches and the crowns of a wood. Brightness, 256 is unchanged."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from data.demo.noise import Floats, stage_rng

Ints = NDArray[np.int16]
SIZE = 1024


@dataclass(frozen=True)
class Textures:
    """Tiles of `SIZE` pixels for one pixel size; `film` is grain about 128, the others are brightness (int16)."""

    grain: Ints
    blotch: Ints
    crowns: Ints
    film: NDArray[np.uint8]

    def at(self, name: str, left: int, top: int, width: int, height: int) -> NDArray[Any]:
        """The part of a texture under a window of the image."""
        tile: NDArray[Any] = getattr(self, name)
        rows, columns = (top + np.arange(height)) % SIZE, (left + np.arange(width)) % SIZE
        part: NDArray[Any] = tile[rows][:, columns]
        return part


def make_textures(seed: int, pixel_m: float) -> Textures:
    """Textures for a pixel size in metres."""
    rng = stage_rng(seed, f"texture {pixel_m}")
    grain = rng.normal(0, 1, (SIZE, SIZE))
    soft = (grain + np.roll(grain, 1, 0) + np.roll(grain, 1, 1) + np.roll(grain, (1, 1), (0, 1))) / 2
    blotch = sum(
        _waves(rng, max(2, round(SIZE * pixel_m / cell_m))) * weight
        for cell_m, weight in ((5, 0.5), (17, 0.8), (60, 1))
    )
    return Textures(
        (grain * 5 + soft * 5).astype(np.int16),
        (np.asarray(blotch) * 24).astype(np.int16),
        _crowns(rng, pixel_m) if pixel_m < 1.0 else (190 + soft * 26).astype(np.int16),
        np.roll(128 + (grain + soft) * 1.7, (97, 311), (0, 1)).clip(0, 255).astype(np.uint8),
    )


def _waves(rng: np.random.Generator, cells: int) -> Floats:
    cells = min(cells, SIZE)
    lattice = rng.normal(0, 1, (cells, cells))
    padded = np.pad(lattice, 2, mode="wrap").astype(np.float32)
    step = SIZE / cells
    size = round((cells + 4) * step)
    wide = np.asarray(Image.fromarray(padded).resize((size, size), Image.Resampling.BICUBIC))
    start = round(2 * step)
    return wide[start : start + SIZE, start : start + SIZE].astype(np.float64)


def _crowns(rng: np.random.Generator, pixel_m: float) -> Ints:
    """A wood from above: crowns lit from one side over dark gaps."""
    tile = Image.new("L", (SIZE, SIZE), 96)
    draw = ImageDraw.Draw(tile)
    mean = max(3.0 / pixel_m, 1.1)
    count = int(SIZE * SIZE / (3.1 * mean * mean) * 1.25)
    for x, y, r, shade in zip(
        rng.uniform(0, SIZE, count), rng.uniform(0, SIZE, count), rng.uniform(0.7, 1.35, count) * mean,
        rng.uniform(0.82, 1.16, count), strict=True,
    ):  # fmt: skip
        for dx in (0, -SIZE if x + r > SIZE else 0, SIZE if x - r < 0 else 0):
            for dy in (0, -SIZE if y + r > SIZE else 0, SIZE if y - r < 0 else 0):
                _crown(draw, x + dx, y + dy, r, shade)
    return np.asarray(tile).astype(np.int16) + 56


def _crown(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, shade: float) -> None:
    for part, off, tone in ((1.0, 0.0, 128), (0.78, 0.14, 172), (0.45, 0.26, 212)):
        size, cx, cy = r * part, x + r * off, y - r * off
        draw.ellipse((cx - size, cy - size, cx + size, cy + size), fill=min(int(tone * shade), 255))
