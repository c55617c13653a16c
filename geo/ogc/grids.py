"""The tile matrix sets that we serve: WebMercatorQuad, with pygeoapi's definition of it."""

from __future__ import annotations

from geo.ogc.providers import Document
from geo.ogc.shell import Shell
from geo.ogc.tiles import MATRIX_SET, MATRIX_SET_URI
from geo.texts import Text
from geo.tiles import DEEPEST_ZOOM


def matrix_sets(shell: Shell, language: str) -> Document:
    """The list: one grid."""
    home = f"{shell.base}/tileMatrixSets"
    entry = {
        "id": MATRIX_SET,
        "title": Text("Web Mercator, as web maps use it").say(language),
        "uri": MATRIX_SET_URI,
        # The standard has `self` here, one version of the conformance suite looks for `item`.
        "links": [
            _link(relation, "application/json", f"{home}/{MATRIX_SET}?f=json", language)
            for relation in ("self", "item")
        ],
    }
    return {"tileMatrixSets": [entry], "links": _own_links(home, language)}


def matrix_set(shell: Shell, language: str) -> Document:
    """WebMercatorQuad with its matrices."""
    document = shell.matrix_set(MATRIX_SET, language)
    document["tileMatrices"] = [one for one in document["tileMatrices"] if int(one["id"]) <= DEEPEST_ZOOM]
    document["links"] = _own_links(f"{shell.base}/tileMatrixSets/{MATRIX_SET}", language)
    return document


def _own_links(home: str, language: str) -> list[Document]:
    return [
        _link("self", "application/json", f"{home}?f=json", language),
        _link("alternate", "text/html", f"{home}?f=html", language),
    ]


def _link(relation: str, media_type: str, href: str, language: str) -> Document:
    title = Text("This document as HTML") if media_type == "text/html" else Text("This document as JSON")
    return {"rel": relation, "type": media_type, "title": title.say(language), "href": href}
