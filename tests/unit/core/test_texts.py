"""Sentences in two languages."""

import json

from geo.errors import BadRequest
from geo.texts import Text


def test_a_sentence_is_said_in_the_readers_language():
    text = Text("There is no source '{name}'.", name="twon")

    assert text.say("pl") == "Nie ma źródła „twon”."
    assert text.say("en") == "There is no source 'twon'."


def test_a_value_that_is_a_sentence_is_said_in_the_same_language():
    error = BadRequest(
        parameter="limit", problem=Text("'{value}' is no whole number from {low} to {high}.", value="x", low=1, high=3)
    )

    assert error.text.say("pl") == "Parametr limit: „x” nie jest liczbą całkowitą od 1 do 3."


def test_a_stored_sentence_comes_back_as_it_was():
    text = Text("{field}: {problem}", field="ulic", problem=Text("'{value}' is no {type}.", value="x", type="number"))

    again = Text.from_json(json.loads(json.dumps(text.to_json())))

    assert again == text


def test_braces_in_a_value_are_harmless():
    assert Text("There is no source '{name}'.", name="{x}").say("en") == "There is no source '{x}'."
