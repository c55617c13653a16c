"""The colours of page and map, in light and in dark: one list, so that legend, map and text agree.

A test computes the contrast of each pair in CONTRASTS.
"""

from __future__ import annotations

from typing import Literal

type Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

# Each name with its light and its dark colour.
_COLOURS: dict[str, tuple[str, str]] = {
    # The page.
    "page": ("#f8f6f1", "#161a1e"),
    "raised": ("#ffffff", "#1f252b"),
    "sunken": ("#edeae2", "#101316"),
    "ink": ("#1c2529", "#eceeef"),
    "muted": ("#4e5a60", "#a9b3b9"),
    "rule": ("#d9d4c8", "#343c43"),
    "control": ("#7b8489", "#7d888f"),
    "accent": ("#14505c", "#7fc4cf"),
    "accent-ink": ("#ffffff", "#0e1b1f"),
    "accent-soft": ("#e2edec", "#20343a"),
    "focus": ("#a8480b", "#ffb573"),
    "notice": ("#fbf0d6", "#3a3017"),
    "notice-ink": ("#5a3f05", "#f6dfa4"),
    # The ground.
    "paper": ("#f5f2ea", "#1b2025"),
    "outside": ("#e4e0d6", "#12151a"),
    "water": ("#b5d0d8", "#223a44"),
    "green": ("#dfe8cf", "#212b22"),
    # The land register.
    "parcel": ("#ab9a7f", "#5b5f5c"),
    "parcel-text": ("#6b4e22", "#c9b083"),
    "district": ("#6f7f63", "#7d8f72"),
    "district-text": ("#46563c", "#a9bb9d"),
    "home": ("#dccdb6", "#3a3a37"),
    "home-edge": ("#a8967b", "#5a5850"),
    "public": ("#d9b9b0", "#4a3733"),
    "public-edge": ("#a67a6d", "#7a5a52"),
    "works": ("#cfcbc5", "#30353a"),
    "works-edge": ("#9c968c", "#4c535a"),
    # Roads, by who looks after them.
    "road-national": ("#e99a57", "#a8662e"),
    "road-national-edge": ("#a75c1d", "#171b1f"),
    "road-voivodeship": ("#f4c873", "#93742f"),
    "road-voivodeship-edge": ("#ad822b", "#171b1f"),
    "road-county": ("#fbe7a9", "#5f5939"),
    "road-county-edge": ("#b9a25c", "#171b1f"),
    "road": ("#ffffff", "#3d464e"),
    "road-edge": ("#c4baa9", "#171b1f"),
    "road-number": ("#7a3d0d", "#ffcf9c"),
    # Words on the map.
    "label": ("#33302b", "#dfe3e5"),
    "label-house": ("#514840", "#bcc3c8"),
    "label-place": ("#1d3239", "#f0f3f4"),
    "halo": ("#fbf9f4", "#14181c"),
    "address": ("#7a6b5a", "#9aa3a9"),
    "boundary": ("#96293a", "#ef8f9b"),
    # What somebody has chosen, on the map and over a photograph.
    "selection": ("#0059c9", "#6db8ff"),
    "selection-edge": ("#ffffff", "#0b1014"),
    # A photograph is as bright by night: what is written on it does not follow the theme.
    "photo-label": ("#ffffff", "#ffffff"),
    "photo-halo": ("#11161a", "#11161a"),
    "photo-parcel": ("#ffe9b0", "#ffe9b0"),
}

# Foreground, background, least ratio (WCAG 2.1: 4.5 for text, 3 for what carries meaning; the map wants more).
CONTRASTS: tuple[tuple[str, str, float], ...] = (
    ("ink", "page", 7),
    ("ink", "raised", 7),
    ("muted", "page", 4.5),
    ("muted", "raised", 4.5),
    ("muted", "sunken", 4.5),
    ("accent", "page", 4.5),
    ("accent", "raised", 4.5),
    ("accent", "accent-soft", 4.5),
    ("ink", "accent-soft", 7),
    ("accent-ink", "accent", 4.5),
    ("control", "raised", 3),
    ("focus", "page", 3),
    ("focus", "raised", 3),
    ("notice-ink", "notice", 4.5),
    ("label", "halo", 7),
    ("label-house", "halo", 7),
    ("label-place", "halo", 7),
    ("parcel-text", "halo", 7),
    ("district-text", "halo", 7),
    ("road-number", "halo", 7),
    ("boundary", "paper", 3),
    ("selection", "paper", 3),
    ("selection", "selection-edge", 3),
    ("photo-label", "photo-halo", 7),
    ("photo-parcel", "photo-halo", 7),
)

NAMES = frozenset(_COLOURS)


def colours(theme: Theme) -> dict[str, str]:
    """Each colour as #rrggbb."""
    return {name: pair[THEMES.index(theme)] for name, pair in _COLOURS.items()}


def css() -> str:
    """The palette as custom properties, dark where the reader's device asks for it."""
    light = "".join(f"--{name}:{colour};" for name, colour in colours("light").items())
    dark = "".join(f"--{name}:{colour};" for name, colour in colours("dark").items())
    return f":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"
