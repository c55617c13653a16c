"""Words can be read on what lies under them, by day and by night."""

import re
from pathlib import Path

import pytest

from geo.http import frontend, palette


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", palette.THEMES)
@pytest.mark.parametrize(("front", "ground", "least"), palette.CONTRASTS)
def test_each_pair_has_its_contrast(theme, front, ground, least):
    colours = palette.colours(theme)
    light, dark = sorted((luminance(colours[front]), luminance(colours[ground])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= least


def test_every_colour_has_six_digits_and_is_in_the_css():
    css = palette.css()

    for theme in palette.THEMES:
        for name, colour in palette.colours(theme).items():
            assert re.fullmatch("#[0-9a-f]{6}", colour)
            assert f"--{name}:{colour};" in css


def test_page_and_map_divide_the_letters_alike():
    sheet = (Path(__file__).parents[3] / "web/src/fonts.css").read_text(encoding="utf-8")

    for subset, ranges in frontend.SUBSETS.items():
        said = re.findall(rf"noto-sans-{subset}-\d[^;]*; unicode-range: ([^;]*);", sheet)
        assert said
        assert {tuple(text.split(", ")) for text in said} == {tuple(ranges)}
