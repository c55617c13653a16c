"""Sentences in two languages."""

import json

from geo.errors import BadRequest
from geo.texts import Number, Text


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


def test_a_number_is_written_as_the_readers_language_does_also_when_it_was_stored():
    text = Text("It overlaps '{other}' by {area} m².", other="12/3", area=Number(0.25, 1))

    again = Text.from_json(json.loads(json.dumps(text.to_json())))

    assert again.say("pl") == "Nakłada się na „12/3”: 0,2 m²."
    assert again.say("en") == "It overlaps '12/3' by 0.2 m²."
