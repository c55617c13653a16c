"""The built front end: which hashed files web/dist holds, as Vite's manifest says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from geo.settings import Settings

ENTRY = "src/main.ts"
_FONTS = {
    "Noto Sans Regular": "400-normal",
    "Noto Sans SemiBold": "600-normal",
    "Noto Sans Italic": "400-italic",
}
# The subsets of the typeface, with the ranges of letters that each file is for (web/src/fonts.css says the same).
SUBSETS = {
    "latin": ["U+0000-00FF", "U+0131", "U+0152-0153", "U+02BB-02BC", "U+02C6", "U+02DA", "U+02DC", "U+2000-206F"],
    "polish": ["U+0104-0107", "U+0118-0119", "U+0141-0144", "U+015A-015B", "U+0179-017C"],
    "latin-ext": [
        "U+0100-0103",
        "U+0108-0117",
        "U+011A-0130",
        "U+0132-0140",
        "U+0145-0151",
        "U+0154-0159",
        "U+015C-0178",
        "U+017D-02BA",
        "U+1E00-1E9F",
        "U+1EF2-1EFF",
        "U+20A0-20C0",
    ],
    "cyrillic": ["U+0301", "U+0400-045F", "U+0490-0491", "U+04B0-04B1", "U+2116"],
}


@dataclass(frozen=True, slots=True)
class Frontend:
    """The files that pages name; paths below the site's root, without a slash in front."""

    folder: Path
    script: str | None
    styles: tuple[str, ...]
    # What the script will import as soon as it runs.
    ahead: tuple[str, ...]
    fonts: dict[str, str]

    def font_faces(self, base_url: str) -> dict[str, list[dict[str, object]]]:
        """The style document's `font-faces`: our own files, so that no glyph server is needed."""
        return {
            family: [
                {"url": f"{base_url}/{self.fonts[name]}", "unicode-range": ranges}
                for subset, ranges in SUBSETS.items()
                if (name := f"noto-sans-{subset}-{variant}.woff2") in self.fonts
            ]
            for family, variant in _FONTS.items()
            if any(variant in name for name in self.fonts)
        }


def of(settings: Settings) -> Frontend:
    """The front end of this installation, as it was when it was first asked for."""
    return _kept(settings.root / "web" / "dist")


@cache
def _kept(folder: Path) -> Frontend:
    # A server keeps to the files that it was started with, while an upgrade replaces them.
    return read(folder)


def read(folder: Path) -> Frontend:
    """What a build left in a folder; without a build the pages still work, without a map."""
    try:
        manifest = json.loads((folder / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Frontend(folder, None, (), (), {})
    entry = manifest[ENTRY]
    later = [manifest[name] for name in entry.get("dynamicImports", [])]
    return Frontend(
        folder=folder,
        script=entry["file"],
        # The map's own sheet comes with its script: the words need not wait for it.
        styles=tuple(entry.get("css", [])),
        ahead=tuple(dict.fromkeys(file for chunk in later for file in _files(manifest, chunk))),
        fonts={Path(source).name: asset["file"] for source, asset in manifest.items() if source.endswith(".woff2")},
    )


# Any: the manifest is Vite's own JSON, made by our build.
def _files(manifest: dict[str, Any], chunk: dict[str, Any]) -> list[str]:
    imported = [manifest[name]["file"] for name in chunk.get("imports", []) if name != ENTRY]
    return [chunk["file"], *imported]
