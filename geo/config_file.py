"""Strict YAML: a mistake is reported with file, line and the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, LiteralString

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from geo.errors import Misconfigured
from geo.texts import Text

type Location = tuple[str | int, ...]


class Strict(BaseModel):
    """A block of keys that knows all its keys, and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Texts(Strict):
    """A text in both languages."""

    pl: str
    en: str

    def both(self) -> dict[str, str]:
        """By language, as `geo.feature` keeps it."""
        return {"pl": self.pl, "en": self.en}


class _Once(yaml.constructor.SafeConstructor):
    """Refuses double keys; they would silently lose an entry."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in seen:
                raise _DoubleKey(key, line, seen[key])
            seen[key] = line
        return super().construct_mapping(node, deep)


class _Lines(_Once, yaml.SafeLoader):
    """The loader that says best what is wrong."""


class _Quick(_Once, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml, where it is
    """The same for what is right: every command begins with it, and a registry takes the other a fifth of a second."""


class At(ValueError):
    """What a validator found wrong, and at which keys below the model it checks."""

    def __init__(self, problem: Text, remedy: Text, *path: str | int) -> None:
        super().__init__(problem.say("en"))
        self.problem, self.remedy, self.path = problem, remedy, path


class _DoubleKey(Exception):
    def __init__(self, key: str, line: int, first: int) -> None:
        super().__init__()
        self.key, self.line, self.first = key, line, first


def read[Model: BaseModel](path: Path, model: type[Model]) -> Model:
    """The file as a validated model.

    Raises:
        Misconfigured: the file is missing, is no YAML, or breaks the model; says where and what to do.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise _wrong(path, None, Text("The file cannot be read."), Text("Create it or set GEO_CONFIG_DIR.")) from exc
    except UnicodeDecodeError as exc:
        at_line = exc.object[: exc.start].count(b"\n") + 1
        raise _wrong(path, at_line, Text("The file is not in UTF-8."), Text("Save it as UTF-8.")) from exc
    try:
        content = _content(source)
    except _DoubleKey as exc:
        problem = Text("'{key}' stands twice (first in line {first}).", key=exc.key, first=exc.first)
        raise _wrong(path, exc.line, problem, Text("Rename or remove one.")) from exc
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else None
        problem = Text("This is no valid YAML ({detail}).", detail=exc.problem or "")
        raise _wrong(path, line, problem, Text("Mind the indentation and the quotes.")) from exc
    except yaml.YAMLError as exc:
        problem = Text("This is no valid YAML ({detail}).", detail=" ".join(str(exc).split()))
        raise _wrong(path, None, problem, Text("Mind the indentation and the quotes.")) from exc
    try:
        return model.model_validate(content if content is not None else {})
    except ValidationError as exc:
        tree = yaml.compose(source, Loader=_Lines)
        # A misspelt key also makes the right one missing: name the misspelling.
        first = min(exc.errors(), key=lambda error: error["type"] != "extra_forbidden")
        location: Location = tuple(step for step in first["loc"] if step != "[key]")
        if isinstance(found := first.get("ctx", {}).get("error"), At):
            raise _wrong(path, _line(tree, (*location, *found.path)), found.problem, found.remedy) from exc
        raise _wrong(path, _line(tree, location), *_explain(model, location, first)) from exc


def _content(source: str) -> Any:
    try:
        return yaml.load(source, Loader=_Quick)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, _DoubleKey):
        return yaml.load(source, Loader=_Lines)  # noqa: S506 - a SafeLoader


def _wrong(path: Path, line: int | None, problem: Text, remedy: Text) -> Misconfigured:
    where = str(path) if line is None else Text("{path}, line {line}", path=str(path), line=line)
    return Misconfigured(where=where, problem=problem, remedy=remedy)


def _explain(model: type[BaseModel], location: Location, error: Any) -> tuple[Text, Text]:
    """What is wrong and what to write instead, from one of pydantic's errors."""
    word = str(location[-1]) if location else ""
    path = ".".join(map(str, location))
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        return Text("The key '{word}' is not known here.", word=word), nearest(word, known)
    if kind == "literal_error":
        known = [part.strip(" '") for part in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        value = str(error["input"])
        return Text("{path}: '{value}' is not one of the permitted words.", path=path, value=value), nearest(
            value, known
        )
    if kind == "missing":
        return Text("The key '{path}' is missing.", path=path), Text("Add it; docs/layers.md says what it means.")
    if kind in _WANTED:
        given = str(error["input"])[:40]
        problem = Text("{path}: '{given}' is no {wanted}.", path=path, given=given, wanted=Text(_WANTED[kind]))
        # YAML's own trap: an unquoted yes, no, on, off or 12 is no text.
        remedy = Text("Write it in quotes.") if kind == "string_type" else Text("docs/layers.md says what it means.")
        return problem, remedy
    if kind in {"less_than_equal", "greater_than_equal"}:
        # pydantic's names of the two limits.
        limits = {"path": path, "given": error["input"], "limit": next(iter(error["ctx"].values()))}
        above = kind == "less_than_equal"
        problem = Text(
            "{path}: {given} is more than {limit}." if above else "{path}: {given} is less than {limit}.", **limits
        )
        return problem, Text("docs/layers.md says what it means.")
    detail = str(error["msg"]).removeprefix("Value error, ")
    return Text("{path}: {detail}.", path=path, detail=detail), Text("docs/layers.md says what it means.")


_WANTED: dict[str, LiteralString] = {
    "string_type": "text",
    "int_parsing": "whole number",
    "int_type": "whole number",
    "int_from_float": "whole number",
    "bool_parsing": "yes or no",
    "bool_type": "yes or no",
    "dict_type": "block of keys",
    "model_type": "block of keys",
    "tuple_type": "list",
    "list_type": "list",
}


_LONGEST_WORD = 60


def nearest(word: str, known: Iterable[str]) -> Text:
    """What to write instead: the nearest known word, or all of them."""
    known = sorted(known)
    # What a client sends may be long, and comparing costs the square of it. Below 0.6 `miasto` were near `limit`.
    close = get_close_matches(word[:_LONGEST_WORD], known, n=1, cutoff=0.6)
    if close:
        return Text("Did you mean '{nearest}'?", nearest=close[0])
    return Text("Known here: {known}.", known=", ".join(known))


def _keys_at(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that a model permits at a place in the file."""
    current: Any = model
    for step in location:
        current = _descend(current, step)
        if current is None:
            return []
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [info.alias or name for name, info in current.model_fields.items()]
    return []


def _descend(current: Any, step: str | int) -> Any:
    if isinstance(current, type) and issubclass(current, BaseModel):
        for name, info in current.model_fields.items():
            if step in (name, info.alias):
                return _model_in(info.annotation)
        return None
    return current.model if isinstance(current, _Through) else None


def _model_in(annotation: Any) -> Any:
    """The model inside `Model | None`, `dict[str, Model]`, `list[Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            # One step of the path is the key or the index itself: stay for it.
            return _Through(found) if getattr(annotation, "__origin__", None) in (dict, list, tuple) else found
    return None


class _Through:
    """A container: the next step is a key or index, then comes the model."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model


def _line(tree: yaml.Node | None, location: Location) -> int | None:
    """The line of the deepest step of a path that the file has."""
    node, line = tree, 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if str(k.value) == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
