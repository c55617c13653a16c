"""The command line's help and its answers to wrong use, in the language of the command line.

typer speaks English only. So the commands are written in English where they are, as docstrings and `help=`, and
translated like every sentence in `geo/locale/pl`; a test walks the commands and misses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

from geo.config_file import nearest
from geo.settings import Language
from geo.texts import Text, catalogue

# typer has no public name for a command, a parameter or wrong use; they are told apart by what they have.
type Command = Any
type Parameter = Any

_ARGUMENTS = {"file": Text("FILE"), "folder": Text("FOLDER"), "layer": Text("LAYER"), "flight": Text("FLIGHT")}
_VALUES = {"layer": Text("ID"), "flight": Text("ID"), "extent": Text("W,S,E,N"), "crs": Text("EPSG")}


def run(app: typer.Typer, language: Language) -> int:
    """Run what `sys.argv` says; gives the exit status, 2 after wrong use."""
    try:
        status = localised(app, language).main(prog_name="geo", standalone_mode=False)
    except typer.TyperException as error:
        typer.echo(_answer(error, language), err=True)
        return error.exit_code
    return status if isinstance(status, int) else 0


def localised(app: typer.Typer, language: Language) -> Command:
    """The commands of an app, with help in a language."""

    class Speaking(typer.Context):
        """A call of one command."""

        def get_help(self) -> str:
            return _help(self, language)

    root = get_command(app)
    for command in walk(root):
        command.context_class = Speaking
    return root


def walk(command: Command) -> Iterator[Command]:
    """A command and all below it."""
    yield command
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            yield from walk(below)


def sentences(command: Command) -> Iterator[str]:
    """What a command and its parameters say of themselves, in English."""
    yield from filter(None, (command.help, *(parameter.help for parameter in command.params)))


def _help(context: typer.Context, language: Language) -> str:
    command: Command = context.command
    translated = catalogue(language).gettext
    written = context.make_formatter()
    written.write_text(_usage(context, language))
    if command.help:
        written.write_paragraph()
        with written.indentation():
            written.write_text(translated(command.help))
    options = [(", ".join((*option.opts, *_value(option, language))), option) for option in _of(command, TyperOption)]
    sections: list[tuple[Text, list[tuple[str, str]]]] = [
        (Text("Arguments"), [(_called(each, language), each.help or "") for each in _of(command, TyperArgument)]),
        (Text("Options"), [(called.replace(", ", " "), option.help or "") for called, option in options]),
        (Text("Commands"), [(name, each.help) for name, each in getattr(command, "commands", {}).items()]),
    ]
    for title, lines in sections:
        if lines:
            with written.section(title.say(language)):
                # Of a command among others the first paragraph is enough.
                written.write_dl(
                    [(name, translated(text).partition("\n\n")[0] if text else "") for name, text in lines]
                )
    if isinstance(command, TyperGroup):
        written.write_paragraph()
        written.write_text(Text("'{command} COMMAND --help' says more.", command=context.command_path).say(language))
    return written.getvalue().rstrip("\n")


def _answer(error: typer.TyperException, language: Language) -> str:
    """What was wrong, how the command is written, and where to read more."""
    context = getattr(error, "ctx", None)
    # Without a word more, a group shows its help, which is the message then.
    if type(error).__name__ == "NoArgsIsHelpError":
        return error.format_message()
    wrong = _wrong(error, context.command if context else None, language).say(language)
    if context is None:
        return wrong
    more = Text("'{command} --help' says more.", command=context.command_path)
    return "\n".join((wrong, _usage(context, language), more.say(language)))


def _usage(context: typer.Context, language: Language) -> str:
    pattern = f"{context.command_path} {_pattern(context.command, language)}".rstrip()
    return Text("Usage: {pattern}", pattern=pattern).say(language)


def _wrong(error: Any, command: Command, language: Language) -> Text:
    """Typer's own words are English, so its classes are read instead."""
    quoted = re.search(r"\(([^()]*)\)\.?$|'([^']*)'", error.message or "")
    word = (quoted[1] or quoted[2]) if quoted else ""
    match type(error).__name__:
        case "MissingParameter":
            return Text("'{parameter}' is missing.", parameter=_called(error.param, language))
        case "NoSuchOption":
            known = [name for option in _of(command, TyperOption) for name in option.opts]
            return Text(
                "There is no option '{option}'. {remedy}",
                option=error.option_name,
                remedy=nearest(error.option_name, known),
            )
        case "BadOptionUsage":
            return Text("The option '{option}' is written with its value after it.", option=error.option_name)
        case "BadParameter":
            wanted = _wanted(error.param)
            return Text("'{parameter}' must be {wanted}.", parameter=_called(error.param, language), wanted=wanted)
    if isinstance(command, TyperGroup):
        return Text("There is no command '{command}'. {remedy}", command=word, remedy=nearest(word, command.commands))
    return Text("There is a word too many: '{word}'.", word=word)


def _pattern(command: Command, language: Language) -> str:
    if isinstance(command, TyperGroup):
        return Text("COMMAND …").say(language)
    options = [Text("[OPTIONS]").say(language)] if _of(command, TyperOption) else []
    return " ".join([*options, *(_called(each, language) for each in _of(command, TyperArgument))])


def _of(command: Command, kind: type) -> list[Parameter]:
    return [parameter for parameter in command.params if isinstance(parameter, kind)]


def _called(parameter: Parameter, language: Language) -> str:
    """An option as it is typed, an argument in capitals."""
    if isinstance(parameter, TyperOption):
        return str(parameter.opts[0])
    return _ARGUMENTS[parameter.name].say(language)


def _value(option: Parameter, language: Language) -> list[str]:
    """What follows an option: nothing after a flag."""
    if option.is_flag:
        return []
    if option.name in _VALUES:
        return [_VALUES[option.name].say(language)]
    return [_short(option).say(language)]


def _short(option: Parameter) -> Text:
    return Text("YYYY-MM-DD") if _annotation(option) is datetime else Text("NUMBER")


def _wanted(parameter: Parameter) -> Text:
    return Text("a day, written 2024-05-18") if _annotation(parameter) is datetime else Text("a whole number")


def _annotation(parameter: Parameter) -> object:
    return parameter.type_descriptor.annotation
