"""To which gmina a feature belongs, as far as it says so itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import repeat

from geo.layers.model import Features
from geo.settings import Municipality

# Whoever writes more than this writes no gmina.
LONGEST_NAME = 80
_CODE = re.compile("[0-9]{7}")


def are_ours(municipality: Municipality, features: Features) -> list[bool | None]:
    """Of each feature whether it says that it belongs to the gmina; None when it does not say to which."""
    codes = {code: _is_ours(municipality, code) for code in set(features.teryt) if code is not None}
    names = [features.fields.get(key) for key in ("wojewodztwo", "powiat", "gmina")]
    by_name: Iterator[bool | None] = repeat(None)
    if None not in names:
        own = tuple(name.casefold() for name in (municipality.voivodeship, municipality.county, municipality.name))
        named = zip(*(column for column in names if column is not None), strict=True)
        by_name = (None if None in three else tuple(str(name).casefold() for name in three) == own for three in named)
    return [name if code is None else codes[code] for code, name in zip(features.teryt, by_name, strict=False)]


def _is_ours(municipality: Municipality, teryt: str) -> bool:
    if f"{teryt[:6]}_{teryt[6:]}" in municipality.cadastral_units:
        return True
    same_unit = teryt[:6] == municipality.teryt[:6]
    # An urban-rural gmina (kind 3) consists of a town (4) and a rural area (5), and registers use all three.
    kinds = {"3", "4", "5"} if municipality.teryt[6] == "3" else {municipality.teryt[6]}
    return same_unit and teryt[6:7] in kinds


def said(features: Features, position: int) -> str:
    """The gmina as a feature names it: its TERYT code, else its voivodeship, powiat and name; cut where it is long.

    `TERYT ?` for every code that is none: there are as many of these as somebody cares to write.
    """
    code = features.teryt[position]
    if code is not None:
        return f"TERYT {code if _CODE.fullmatch(code) else '?'}"
    named = (features.fields.get(key) for key in ("wojewodztwo", "powiat", "gmina"))
    return " / ".join(str((column and column[position]) or "-")[:LONGEST_NAME] for column in named)
