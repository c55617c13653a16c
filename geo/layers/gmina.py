"""To which gmina a feature belongs, as far as it says so itself."""

from __future__ import annotations

from geo.layers.model import RawFeature
from geo.settings import Municipality


def is_ours(municipality: Municipality, raw: RawFeature) -> bool | None:
    """Whether a feature says that it belongs to the gmina; None when it does not say to which."""
    if raw.teryt is not None:
        if f"{raw.teryt[:6]}_{raw.teryt[6:]}" in municipality.cadastral_units:
            return True
        same_unit = raw.teryt[:6] == municipality.teryt[:6]
        # An urban-rural gmina (kind 3) consists of a town (4) and a rural area (5), and registers use all three.
        kinds = {"3", "4", "5"} if municipality.teryt[6] == "3" else {municipality.teryt[6]}
        return same_unit and raw.teryt[6:7] in kinds
    named = [raw.fields.get(key) for key in ("wojewodztwo", "powiat", "gmina")]
    if None in named:
        return None
    ours = (municipality.voivodeship, municipality.county, municipality.name)
    return [str(name).casefold() for name in named] == [name.casefold() for name in ours]


def said(raw: RawFeature) -> str:
    """The gmina as the feature names it: its TERYT code, else its voivodeship, powiat and name."""
    if raw.teryt is not None:
        return f"TERYT {raw.teryt}"
    return " / ".join(str(raw.fields.get(key) or "-") for key in ("wojewodztwo", "powiat", "gmina"))
