"""Every sentence of the readers is said in Polish too, with the same values in it."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import geo.layers.reader
from geo.texts import Text, catalogue

SOURCES = sorted(Path(geo.layers.reader.__file__).parent.glob("*.py"))

# Only values and what is international.
SAME = (
    "{crs}, {order}: {lng}° E {lat}° N",
    "{crs}, {order}: {lng}° E {lat}° N (EPSG:2180: E {easting} m, N {northing} m)",
    "{problem} {remedy}",
    "{west}-{east}° E, {south}-{north}° N",
)


def sentences():
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
                assert isinstance(node.args[0], ast.Constant), f"{source.name}:{node.lineno} composes its sentence"
                yield node.args[0].value


def values(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_sentence_has_a_polish_one_with_the_same_values():
    polish = catalogue("pl")
    found = {sentence: polish.gettext(sentence) for sentence in sentences()}

    assert len(found) > 100
    assert [s for s, said in found.items() if said == s and " " in s and s not in SAME] == []
    assert [s for s, said in found.items() if values(s) != values(said)] == []


def test_a_refusal_is_said_in_polish_as_a_whole():
    sentence = Text("The archive is refused: {reason}.", reason=Text("it holds another archive"))

    assert sentence.say("pl") == "Archiwum odrzucono: zawiera inne archiwum."
