import json

import pytest

from geo.confine import Garbled, told
from geo.copy_text import is_storable
from geo.errors import Unreadable
from geo.ortho.convert import NotWritten
from geo.texts import Number, Text


def test_a_sentence_comes_back_with_its_values_and_the_sentences_in_them():
    text = Text("{field}: {problem}", field="x", problem=Text("'{value}' is no {type}.", value="a", type="number"))

    assert told.text_from_json(text.to_json()) == text


def test_an_error_comes_back_with_its_numbers():
    error = Unreadable(file="a", problem=Text("The file is empty."), remedy=Number(1.5, 2))

    heard = told.error_from_json(told.error_as_json(error))

    assert str(heard) == str(error)


@pytest.mark.parametrize(
    "said",
    [
        {"msgid": "{x.__class__.__init__.__globals__}", "plural": None, "values": {"x": 1}},
        {"msgid": "{field}: {problem}", "plural": None, "values": {"field": "only one"}},
        {"msgid": "{field}: {problem}", "plural": None, "values": {"field": 1, "problem": {"msgid": "evil"}}},
        {"msgid": "{field}: {problem}", "plural": None, "values": {"field": 1, "problem": [1]}},
        {"msgid": "it holds {n} file", "plural": "it holds {n} files", "values": {"n": "many"}},
        {"msgid": ["a list"], "plural": None, "values": {}},
        {"msgid": "it holds {n} file", "plural": "it holds {n} files", "values": {"n": 10**60}},
        "no object",
    ],
)
def test_a_sentence_that_is_not_ours_is_not_believed(said):
    with pytest.raises(Garbled):
        told.text_from_json(said)


def test_a_sentence_whose_second_form_is_not_mentioned_has_none():
    assert told.text_from_json({"msgid": "The file is empty.", "values": {}}) == Text("The file is empty.")


@pytest.mark.parametrize(
    "value", ["a\0b", "\ud800", float("nan"), float("inf"), 10**60, {"number": float("nan"), "decimals": 1}]
)
def test_a_sentence_holds_what_the_database_can(value):
    said = {"msgid": "{field}: {problem}", "plural": None, "values": {"field": "x", "problem": value}}

    stored = json.dumps(told.text_from_json(said).to_json(), allow_nan=False, ensure_ascii=False)

    assert is_storable(stored)
    assert "\\u0000" not in stored
    assert len(stored) < 250
    assert "1" + "0" * 60 not in stored.replace('"1' + "0" * 60 + '"', "")


def test_a_conversion_may_say_that_the_disk_is_full():
    assert type(told.error_from_json(told.error_as_json(NotWritten()))) is NotWritten


def test_sentences_in_sentences_end_somewhere():
    deep = {"msgid": "The file is empty.", "plural": None, "values": {}}
    for _ in range(10):
        deep = {"msgid": "{field}: {problem}", "plural": None, "values": {"field": 1, "problem": deep}}

    with pytest.raises(Garbled):
        told.text_from_json(deep)


@pytest.mark.parametrize(
    "said",
    [
        {"class": "geo.confine.endings:Killed", "values": {"file": 1, "problem": 1, "remedy": 1}},
        {"class": "geo.confine.endings:BrokenOff", "values": {"file": 1, "problem": 1, "remedy": 1}},
        {"class": "geo.errors:Unavailable", "values": {}},
        {"class": "geo.errors:GeoError", "values": {}},
        {"class": "geo.errors:Unreadable", "values": {"self": 1, "file": 1, "problem": 1, "remedy": 1}},
        {"class": "os:system", "values": {}},
        {"class": 1},
        [],
        {"class": "geo.errors:Unreadable", "values": {}},
    ],
)
def test_an_error_of_no_known_class_or_without_its_values_is_not_believed(said):
    with pytest.raises(Garbled):
        told.error_from_json(said)
