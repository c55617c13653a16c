"""docs/conformance.md: every class that is declared has tests, and every test that the page names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from geo.ogc import conformance

ROOT = Path(__file__).parents[3]
SPEC = "http://www.opengis.net/spec/"
CLASSES, *DEMANDS = (
    "Classes",
    "What the executable suites demand",
    "What a green run of them does not prove",
    "Traps in which other servers were found",
)


def rows(heading: str) -> list[tuple[str, list[str]]]:
    """What stands in the first column of a table, and the tests in the second."""
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (.*) \| (.*) \|$", section, flags=re.MULTILINE)
    return [(first, re.findall(r"test_\w+\.py::test_\w+", second)) for first, second in cells[1:]]


@cache
def functions(file: str) -> dict[str, list[str]]:
    """The tests of the files of a name, each with its decorators as they are written."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob(file)]
    found = (node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef))
    return {node.name: [ast.unparse(one) for one in node.decorator_list] for node in found}


def test_what_is_declared_stands_in_the_table_and_nothing_else():
    assert [first.strip("`") for first, _ in rows(CLASSES)] == [uri.removeprefix(SPEC) for uri in conformance.CLASSES]


@pytest.mark.parametrize("heading", [CLASSES, *DEMANDS])
def test_every_row_names_tests_that_are_there_and_run(heading: str):
    table = rows(heading)

    assert len(table) > 5
    for first, names in table:
        assert names, first
        for name in names:
            file, _, function = name.partition("::")
            assert function in functions(file), name
            assert not [one for one in functions(file)[function] if "skip" in one or "xfail" in one], name
