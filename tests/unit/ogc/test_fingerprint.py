"""The fingerprint of the program changes with whatever has a part in an answer."""

from pathlib import Path

import pytest

from geo.ogc import fingerprint

PARTS = ("http/templates/base.html", "locale/pl/ogc.po", "crs.py", "ogc/items.sql", "ogc/components.json")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a file of each kind."""
    for name in PARTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", PARTS)
def test_every_part_of_the_program_counts(program: Path, name: str):
    before = fingerprint.of_files(program)

    (program / name).write_text("after", encoding="utf-8")

    assert fingerprint.of_files(program) != before


def test_what_python_leaves_behind_does_not_count(program: Path):
    before = fingerprint.of_files(program)

    (program / "__pycache__").mkdir()
    (program / "__pycache__" / "crs.cpython-313.pyc").write_bytes(b"compiled")

    assert fingerprint.of_files(program) == before


def test_another_pygeoapi_counts(program: Path, monkeypatch: pytest.MonkeyPatch):
    before = fingerprint.of_files(program)

    monkeypatch.setattr(fingerprint, "version", lambda _name: "0.99")

    assert fingerprint.of_files(program) != before
