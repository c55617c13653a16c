"""Where a test may be skipped, or fail without anybody being told: read from the source, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
WORDS = frozenset({"skip", "skipif", "skipTest", "importorskip", "xfail"})

type Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
type Place = tuple[Path, str]


def ways(test: Place, top: Path = TESTS) -> set[Place]:
    """The files and names by which a test may be skipped; the name is `` for the file as a whole.

    Seen are the test's own marks and calls, those of its file and of the conftests above it up to `top`, and of all
    that it names or that is used by itself: fixtures, functions and classes of those files and of what they import.
    More is seen than could happen: a name counts wherever it is written.
    """
    path, _ = test
    waiting = [test, *((file, name) for file in _files(path, top) for name in _used_by_itself(file))]
    seen: set[Place] = set()
    files: set[Path] = set(_files(path, top))
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            files.add(place[0])
            waiting += _needed(place, top)
    return {(file, "") for file in files if _skips(*_loose(file))} | {
        place for place in seen if _skips(_defined(place[0])[place[1]])
    }


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def _defined(file: Path) -> dict[str, Defined]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name: node for node in _tree(file).body if isinstance(node, kinds)}


def _loose(file: Path) -> list[ast.stmt]:
    """What runs when the file is imported, such as `pytestmark = …`."""
    return [node for node in _tree(file).body if node not in _defined(file).values()]


@cache
def _files(path: Path, top: Path) -> tuple[Path, ...]:
    """A file and the conftests that count for it, the nearest first."""
    folders = [folder for folder in path.parents if folder.is_relative_to(top)]
    found = (folder / "conftest.py" for folder in folders)
    return (path, *(file for file in found if file != path and file.is_file()))


def _used_by_itself(file: Path) -> Iterator[str]:
    for name, node in _defined(file).items():
        if any("autouse=True" in ast.unparse(one) for one in node.decorator_list):
            yield name


def _needed(place: Place, top: Path) -> Iterator[Place]:
    """What something names: as a variable, as an argument, or in quotes as `usefixtures` has it."""
    file, name = place
    for node in ast.walk(_defined(file)[name]):
        match node:
            case ast.Name(id=word) | ast.arg(arg=word) | ast.Constant(value=str(word)):
                if (found := _found(word, file, top)) is not None:
                    yield found


def _found(word: str, file: Path, top: Path) -> Place | None:
    for one in _files(file, top):
        if word in _defined(one):
            return one, word
        if (imported := _imported(one, top).get(word)) is not None:
            return imported
    return None


@cache
def _imported(file: Path, top: Path) -> dict[str, Place]:
    """What a file takes out of others of ours by `from … import …`."""
    found = {}
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            path = Path(*node.module.split(".")).with_suffix(".py")
            for source in (file.parent / path, top.parent / path):
                if source.is_file() and source.is_relative_to(top):
                    names = ((one.asname or one.name, one.name) for one in node.names)
                    found.update({ours: (source, theirs) for ours, theirs in names if theirs in _defined(source)})
    return found


def _skips(*nodes: ast.AST) -> bool:
    return any(
        (isinstance(one, ast.Attribute) and one.attr in WORDS) or (isinstance(one, ast.Name) and one.id in WORDS)
        for node in nodes
        for one in ast.walk(node)
    )
