"""Colours of a flight: what the ground, roofs and crowns look like in its season. RGB, 0..255."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]

SMOOTH, FURROW, WOOD, WATER, PAVED, LAWN = range(6)

TEXTURE = {
    "field": FURROW, "forest": WOOD, "pond": WATER, "stream": WATER, "road": PAVED, "square": PAVED, "rail": PAVED,
    "works": PAVED, "centre": PAVED, "houses": LAWN, "flats": LAWN, "park": LAWN, "allotments": LAWN, "orchard": LAWN,
    "meadow": SMOOTH,
}  # fmt: skip


@dataclass(frozen=True)
class Season:
    """The look of one flight. `sun` points along shadows (east, north) for one metre of height."""

    year: int
    date: str
    sun: tuple[float, float]
    crops: tuple[Rgb, ...]
    grounds: dict[str, tuple[Rgb, ...]]
    crown: Rgb
    tint: tuple[float, float, float]


SPRING_2019 = Season(
    2019, "2019-05-14", (-0.40, 0.52),
    ((121, 149, 76), (104, 139, 66), (138, 158, 86), (152, 131, 98), (139, 117, 88), (164, 144, 110), (196, 187, 74),
     (116, 152, 82), (130, 143, 84)),
    {"forest": ((62, 88, 48), (54, 80, 46), (70, 94, 52), (48, 72, 46)),
     "meadow": ((126, 152, 86), (116, 144, 80), (134, 156, 92)),
     "pond": ((66, 88, 92),), "stream": ((80, 98, 88),), "road": ((128, 140, 100), (134, 142, 106)),
     "square": ((182, 174, 160),),
     "rail": ((126, 116, 106),), "works": ((158, 154, 148), (146, 144, 140), (132, 140, 114)),
     "centre": ((150, 146, 132), (136, 142, 112), (142, 138, 124)),
     "houses": ((112, 138, 78), (120, 142, 84), (106, 132, 76), (124, 140, 92)),
     "flats": ((114, 138, 82), (122, 140, 88)), "park": ((104, 136, 74), (98, 130, 70)),
     "allotments": ((118, 134, 84), (128, 132, 92)),
     "orchard": ((120, 146, 84),)},
    (70, 100, 54), (1.0, 1.02, 0.98),
)  # fmt: skip
SUMMER_2024 = Season(
    2024, "2024-08-21", (0.34, 0.60),
    ((204, 184, 128), (194, 172, 116), (212, 194, 140), (172, 148, 112), (156, 132, 104), (134, 146, 82),
     (110, 130, 66),
     (186, 172, 118), (124, 134, 76)),
    {"forest": ((58, 78, 44), (66, 82, 46), (50, 70, 42), (74, 86, 50)),
     "meadow": ((150, 154, 96), (142, 148, 88), (160, 158, 104)),
     "pond": ((58, 78, 76),), "stream": ((84, 96, 82),), "road": ((146, 146, 108), (150, 146, 112)),
     "square": ((190, 180, 164),),
     "rail": ((132, 120, 108),), "works": ((164, 158, 150), (150, 146, 142), (146, 144, 118)),
     "centre": ((154, 148, 134), (144, 144, 116), (148, 140, 126)),
     "houses": ((128, 138, 82), (136, 142, 88), (122, 132, 78), (142, 142, 96)),
     "flats": ((130, 140, 86), (138, 142, 92)), "park": ((114, 132, 74), (108, 126, 70)),
     "allotments": ((130, 134, 84), (142, 136, 94)),
     "orchard": ((136, 144, 86),)},
    (74, 94, 50), (1.03, 1.0, 0.94),
)  # fmt: skip
SEASONS = (SPRING_2019, SUMMER_2024)

GABLES: tuple[Rgb, ...] = (
    (168, 88, 66), (156, 78, 60), (178, 100, 74), (142, 72, 58), (120, 64, 54), (104, 92, 88), (90, 88, 92),
     (112, 106, 104),
    (126, 84, 64), (84, 74, 72), (150, 96, 76), (96, 60, 52),
)  # fmt: skip
FLATS: tuple[Rgb, ...] = (
    (150, 148, 144),
    (136, 136, 138),
    (164, 160, 152),
    (122, 122, 124),
    (178, 176, 172),
    (110, 112, 116),
)
CARS: tuple[Rgb, ...] = (
    (228, 228, 228),
    (44, 46, 50),
    (150, 154, 158),
    (120, 30, 30),
    (40, 60, 110),
    (200, 200, 196),
    (80, 84, 88),
)
ASPHALT: tuple[Rgb, ...] = ((112, 112, 114), (122, 121, 120), (104, 105, 108), (130, 128, 125))
SIDEWALK: Rgb = (176, 172, 166)
TRACK: Rgb = (164, 148, 118)


def ground_colours(season: Season, zones: list[str], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A colour for each piece of ground, varied a little so that no two neighbours are quite alike."""
    colours = np.zeros((len(zones), 3))
    chance = rng.random(len(zones))
    for index, zone in enumerate(zones):
        choices = season.crops if zone == "field" else season.grounds[zone]
        colours[index] = choices[int(chance[index] * len(choices))]
    spread = rng.normal(1.0, 0.035, (len(zones), 1)) + rng.normal(0.0, 0.012, (len(zones), 3))
    tinted: NDArray[np.uint8] = np.clip(colours * spread * np.array(season.tint), 0, 255).astype(np.uint8)
    return tinted
