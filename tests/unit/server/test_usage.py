"""The command line's help and its answers to wrong use, in both languages."""

import sys

import pytest

from geo.texts import catalogue
from server import cli, usage


@pytest.fixture
def say(monkeypatch, capsys):
    """Runs a command in a language; gives its exit status and all that it said."""

    def say_(language, *arguments):
        monkeypatch.setattr(sys, "argv", ["geo", *arguments])
        status = usage.run(cli.app, language)
        return status, "".join(capsys.readouterr())

    return say_


def commands():
    return list(usage.walk(usage.localised(cli.app, "pl")))


def test_every_help_has_a_polish_translation():
    polish = catalogue("pl").gettext

    said = [sentence for command in commands() for sentence in usage.sentences(command)]

    assert len(said) > 30
    assert [sentence for sentence in said if polish(sentence) == sentence] == []


def test_every_command_shows_its_help_in_the_language_of_the_command_line(say):
    status, english = say("en", "layers", "load", "--help")
    _, polish = say("pl", "layers", "load", "--help")
    _, group = say("pl", "--help")

    assert status == 0
    assert "Usage: geo layers load [OPTIONS] FILE" in english
    assert "Użycie: geo layers load [OPCJE] PLIK" in polish
    assert "--data-date RRRR-MM-DD" in polish
    assert "Polecenia:" in group
    assert not any(
        word in polish + group for word in ("Usage", "Options", "Arguments", "Commands", "Show this message")
    )


@pytest.mark.parametrize(
    ("arguments", "polish", "english"),
    [
        (("layers", "load"), "Brakuje „PLIK”.", "'FILE' is missing."),
        (("layers", "load", "x", "--strickt"), "Czy chodziło o „--strict”?", "Did you mean '--strict'?"),
        (("layers", "publis"), "Nie ma polecenia „publis”. Czy chodziło o „publish”?", "There is no command 'publis'."),
        (("layers", "load", "x", "--data-date", "12"), "„--data-date” to musi być dzień", "must be a day"),
        (("layers", "findings", "x", "--edition", "y"), "„--edition” to musi być liczba", "must be a whole number"),
        (("layers", "list", "x", "y"), "Za dużo słów: „x y”.", "There is a word too many: 'x y'."),
        (("layers", "load", "x", "--layer"), "Po opcji „--layer” pisze się jej wartość.", "its value after it"),
        (("layers",), "Użycie: geo layers POLECENIE …", "Usage: geo layers COMMAND …"),
    ],
)  # fmt: skip
def test_wrong_use_is_answered_in_the_language_of_the_command_line(say, arguments, polish, english):
    status, said = say("pl", *arguments)
    _, said_in_english = say("en", *arguments)

    assert status == 2
    assert polish in said
    assert english in said_in_english
    assert not any(word in said for word in ("Usage", "Missing", "No such", "Invalid", "Try "))
