"""What the map's script says, from the one catalogue: handed to it with the page."""

from __future__ import annotations

from geo.texts import Text, catalogue

_PHRASES = {
    "foundMore": Text("The first {n} places are listed, more fit. Write another word or a number."),
    "searchFailed": Text("The search does not answer. Try again in a moment."),
    "infoTitle": Text("What is here?"),
    "infoLoading": Text("Asking what is here…"),
    "infoFailed": Text("It could not be found out what is here. Try again in a moment."),
    "nothingHere": Text("Nothing is registered at this place."),
    "place": Text("Place {lat} N, {lng} E"),
    "textPage": Text("As a page"),
    "linkHere": Text("Copy the link"),
    "copied": Text("The link is copied."),
    "notCopied": Text("The link stands in the address bar."),
    "locating": Text("Looking for your position…"),
    "locateDenied": Text("Your browser does not let this page know your position. You can allow it in its settings."),
    "locateUnavailable": Text("Your device cannot tell its position now."),
    "locateOutside": Text("You are outside the area of this map."),
    "located": Text("You are here, to within {metres} m."),
    "mapLoading": Text("The map is loading…"),
    "noMap": Text(
        "This device cannot draw the map (WebGL 2 is missing). The search works: each address, street and parcel "
        "has a page of its own."
    ),
    "mapFailed": Text("The map could not be loaded. The search works; try again in a moment."),
    "invented": Text("Invented data"),
    "orthosMaking": Text("Orthophotos are being made…"),
    "orthoReady": Text("{title} is on the map now."),
    "ortho": Text("Orthophoto"),
    "layerShown": Text("The map shows: {title}."),
    "mapName": Text("Map. Arrows move it, + and − zoom, Enter tells what lies at its centre."),
}

# One number for each plural form of Polish, under the names that Intl.PluralRules uses; English has one and other.
_FORMS = {"one": 1, "few": 2, "many": 5, "other": 5}


def phrases(language: str) -> dict[str, str]:
    """Each phrase in a language; what stands in braces is filled in by the script."""
    said = {key: text.say(language) for key, text in _PHRASES.items()}
    translations = catalogue(language)
    for form, count in _FORMS.items():
        said[f"found.{form}"] = translations.ngettext("{n} place found", "{n} places found", count)
    return said
