"""Every sentence of this room is in the Polish catalogue."""

import ast
from pathlib import Path

import pytest

import geo.ogc
from geo.texts import catalogue

ROOM = Path(geo.ogc.__file__).parent


def _sentences():
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
                yield ast.literal_eval(node.args[0])


@pytest.mark.parametrize("sentence", sorted(set(_sentences())))
def test_it_has_a_polish_translation_with_the_same_values(sentence):
    translated = catalogue("pl").gettext(sentence)

    assert translated != sentence or set(sentence) <= set("{}problemhint ")
    assert {part.split("}")[0] for part in sentence.split("{")[1:]} == {
        part.split("}")[0] for part in translated.split("{")[1:]
    }
