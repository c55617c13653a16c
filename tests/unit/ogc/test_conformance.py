"""docs/conformance.md: every class that is declared has tests, and every test that the page names is there."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from geo.ogc import conformance
from tests import skipping

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


def definitions(path: Path) -> set[str]:
    """The functions of a file."""
    return {node.name for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.FunctionDef)}


def test_what_is_declared_stands_in_the_table_and_nothing_else():
    assert [first.strip("`") for first, _ in rows(CLASSES)] == [uri.removeprefix(SPEC) for uri in conformance.CLASSES]


@pytest.mark.parametrize("heading", [CLASSES, *DEMANDS])
def test_every_row_names_tests_that_are_there_and_run(heading: str):
    table = rows(heading)
    # The only thing that may be missing where tests run.
    permitted = (ROOT / "tests" / "conftest.py", "shared_data")

    assert len(table) > 5
    for first, names in table:
        assert names, first
        for name in names:
            file, _, function = name.partition("::")
            (path,) = (ROOT / "tests").rglob(file)
            assert function in definitions(path), name
            assert skipping.ways((path, function)) <= {permitted}, name


SKIPPED = {
    "a mark": "@pytest.mark.skipif(True, reason='x')\ndef test_it(): ...",
    "a call": "def test_it():\n    pytest.skip('x')",
    "a call that was imported": "from pytest import skip\ndef test_it():\n    skip('x')",
    "a mark of the file": "pytestmark = [pytest.mark.xfail]\ndef test_it(): ...",
    "a program of the file": "other = pytest.importorskip('other')\ndef test_it(): ...",
    "a fixture": "@pytest.fixture\ndef tool():\n    pytest.skip('x')\ndef test_it(tool): ...",
    "a fixture of a fixture": "@pytest.fixture\ndef more(far): ...\ndef test_it(more): ...",
    "a fixture in quotes": "@pytest.mark.usefixtures('far')\ndef test_it(): ...",
    "a fixture asked for": "def test_it(request):\n    request.getfixturevalue('far')",
    "a fixture that nobody asks for": "@pytest.fixture(autouse=True)\ndef all(far): ...\ndef test_it(): ...",
    "a function": "def need():\n    pytest.xfail('x')\ndef test_it():\n    need()",
    "a function of another file": "from needs import need as needed\ndef test_it():\n    needed()",
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """A file of tests, below a conftest and beside a module that skip."""
    (tmp_path / "deeper").mkdir()
    (tmp_path / "conftest.py").write_text("@pytest.fixture\ndef far():\n    pytest.skip('x')\n", encoding="utf-8")
    (tmp_path / "deeper" / "needs.py").write_text("def need():\n    pytest.skip('x')\n", encoding="utf-8")
    path = tmp_path / "deeper" / "test_it.py"

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("way", SKIPPED)
def test_a_way_to_skip_is_seen_wherever_it_stands(written: Callable[[str], Path], tmp_path: Path, way: str):
    assert skipping.ways((written(SKIPPED[way]), "test_it"), tmp_path)


def test_what_a_test_does_not_use_may_skip(written: Callable[[str], Path], tmp_path: Path):
    path = written("from needs import need\ndef test_it(skip_geometry):\n    ask(skipGeometry='skip')\n")

    assert not skipping.ways((path, "test_it"), tmp_path)
