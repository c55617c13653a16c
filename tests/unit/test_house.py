"""The rules of the house that no linter knows: sizes, contracts, translations, lock files, where things lie."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import geo
import geo.errors
from geo import texts

ROOT = Path(__file__).parents[2]
CODE = ("geo", "server", "portal_bridge", "eod_bridge", "data")
LONGEST = 300
# Folders that hold what a run makes, not what somebody wrote.
MADE = {"node_modules", "dist", "var", "__pycache__"}


def written(folders: tuple[str, ...], *suffixes: str) -> list[Path]:
    """The files of the checkout that people write."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    return sorted(path for path in found if not MADE & set(path.relative_to(ROOT).parts))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def said_in_python() -> Iterator[tuple[str, str]]:
    """Every sentence given to Text, with its place; one that stands nowhere as a literal cannot be translated."""
    for path in written(CODE, ".py"):
        if path in {Path(texts.__file__), Path(geo.errors.__file__)}:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Text":
                place = f"{relative(path)}:{node.lineno}"
                sentences = list(literals(node.args[0], tree)) if node.args else []
                assert sentences, f"{place}: Text wants its sentence as a literal, so that it can be translated"
                yield from ((sentence, place) for sentence in sentences)


def literals(node: ast.AST | None, tree: ast.Module) -> Iterator[str]:
    """A literal itself, both sides of a choice, all values of a table at the head of the module."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body, tree)
        yield from literals(node.orelse, tree)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from literals(value, tree)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        for statement in tree.body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            if any(getattr(target, "id", None) == node.value.id for target in targets):
                yield from literals(getattr(statement, "value", None), tree)


def said_by_errors() -> Iterator[tuple[str, str]]:
    """The message of every class of error: the first line of its docstring."""
    classes = [
        (node, f"{relative(path)}:{node.lineno}")
        for path in written(CODE, ".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    errors = {"GeoError"}
    while new := {node.name for node, _ in classes if errors & set(map(base_name, node.bases))} - errors:
        errors |= new
    for node, place in classes:
        if node.name in errors:
            docstring = ast.get_docstring(node)
            assert docstring, f"{place}: an error's docstring is its message"
            yield docstring.splitlines()[0], place


def base_name(base: ast.expr) -> str:
    return str(getattr(base, "id", getattr(base, "attr", "")))


def said_in_templates() -> Iterator[tuple[str, str]]:
    """Every sentence in {% trans %} or _()."""
    for path in written(CODE, ".html", ".xml", ".txt", ".j2"):
        if "templates" in path.parts:
            with path.open("rb") as source:
                for line, _, message, _ in babel_extract(source, ("_", "gettext", "ngettext"), [], {}):
                    yield (message if isinstance(message, str) else message[0]), f"{relative(path)}:{line}"


def translations() -> dict[str, tuple[str, ...]]:
    """The Polish forms of each sentence; only finished ones."""
    known = {}
    for path in sorted((texts.CATALOGUES / "pl").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale="pl"):
                forms = message.string if isinstance(message.string, tuple) else (message.string,)
                if message.id and not message.fuzzy and all(forms):
                    known[message.id if isinstance(message.id, str) else message.id[0]] = tuple(map(str, forms))
    return known


def values_of(sentence: str) -> set[str]:
    """The names in braces, or of %(name)s in a template's sentence."""
    if "%(" in sentence:
        return set(re.findall(r"%\((\w+)\)", sentence))
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    modules = written((*CODE, "tests", "bench", "migrations", "scripts", "web/src"), ".py", ".ts", ".css", ".sh")

    long = [f"{relative(path)}: {n}" for path in modules if (n := len(path.read_text().splitlines())) > LONGEST]

    assert long == []


def test_the_import_contracts_hold() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_sentence_has_a_polish_translation() -> None:
    known = translations()

    said = [*said_in_python(), *said_by_errors(), *said_in_templates()]

    assert sorted({f"{place}: {sentence}" for sentence, place in said if sentence not in known}) == []


def test_a_translation_says_the_same_values() -> None:
    # A form for one may say the number in a word.
    foreign = {
        f"{sentence} → {form}"
        for sentence, forms in translations().items()
        for form in forms
        if values_of(form) - {"n"} != values_of(sentence) - {"n"}
    }

    assert sorted(foreign) == []


def test_one_thing_has_one_polish_word() -> None:
    # docs/glossary.md has the English ones: edition is wydanie, tile is kafel, feature is obiekt.
    others = re.compile(r"\bedycj|\bkafelk|(?<!API )\bfeatures?\b(?![”\"'])", re.IGNORECASE)

    said = {form for forms in translations().values() for form in forms if others.search(form)}

    assert sorted(said) == []


def test_no_sentence_is_translated_twice() -> None:
    ids = Counter[str]()
    for path in (texts.CATALOGUES / "pl").glob("*.po"):
        with path.open("rb") as source:
            ids.update(str(message.id) for message in read_po(source, locale="pl") if message.id)

    assert [sentence for sentence, times in ids.items() if times > 1] == []


def test_doors_services_and_models_hold_no_sql() -> None:
    kept_free = {"service", "views", "api", "commands", "model"}

    with_sql = [
        relative(path)
        for path in written(("geo",), ".py")
        if path.stem in kept_free and re.search(r"\.execute\(|psycopg", path.read_text(encoding="utf-8"))
    ]

    assert with_sql == []


def test_the_map_of_the_house_names_every_room_in_the_order_of_the_contract() -> None:
    rooms = {path.stem for path in (ROOT / "geo").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (floors,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["geo"]]
    floor_of = {room: height for height, line in enumerate(reversed(floors)) for room in re.findall(r"\w+", line)}

    named = re.findall(r"^(\w+)/?\s+(?=\S+ )", (geo.__doc__ or "").partition("leave a job.")[2], flags=re.MULTILINE)

    assert sorted(named) == sorted(rooms - {"__init__"}) == sorted(floor_of)
    assert [floor_of[room] for room in named] == sorted(floor_of.values())


def test_lock_files_carry_no_download_addresses() -> None:
    python = [
        relative(lock) for lock in ROOT.glob("*.lock") if re.search(r"https?://|--index|--find", lock.read_text())
    ]
    # Where a package asks for sponsors is no place to download it from.
    node = '"resolved"' in (ROOT / "web" / "package-lock.json").read_text()

    assert (python, node) == ([], False)


def test_no_module_reads_the_environment_or_a_file_when_it_is_imported() -> None:
    readers = [
        f"{relative(path)}:{statement.lineno}"
        for path in written(("geo", "server"), ".py")
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.If)
        and re.search(r"environ\b|getenv|read_text|read_bytes|\bopen\(", ast.unparse(statement))
        and not isinstance(statement, ast.Import | ast.ImportFrom)
    ]

    assert readers == []


def test_every_test_lies_in_a_room_and_no_two_have_one_name() -> None:
    tests = [path for path in written(("tests",), ".py") if path.name.startswith("test_")]

    rooms = {path.relative_to(ROOT / "tests").parts[0] for path in tests}

    assert rooms <= {"unit", "integration", "e2e", "clients", "fuzz"}
    # Test folders are no packages: pytest could not tell two of one name apart.
    assert [name for name, times in Counter(path.name for path in tests).items() if times > 1] == []
