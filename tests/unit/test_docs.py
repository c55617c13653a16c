"""What the documents say is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!`)\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def test_every_variable_that_is_read_stands_in_the_table_of_settings():
    read = set(re.findall(r'"(GEO_[A-Z_]+)"', (ROOT / "geo" / "settings.py").read_text(encoding="utf-8")))
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    written = set(re.findall(r"^\| `(GEO_[A-Z_]+)` \|", table, flags=re.MULTILINE))

    assert read
    assert sorted(read - written) == []


def test_every_relative_link_leads_to_a_file():
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "mailto:", "#"))
        and not (document.parent / target.partition("#")[0]).exists()
    ]

    assert broken == []


def test_the_doctor_of_a_fresh_checkout_says_what_to_run(tmp_path):
    make = shutil.which("make")
    if make is None:
        pytest.skip("The program make is missing.")
    shutil.copy(ROOT / "Makefile", tmp_path)

    answer = subprocess.run([make, "doctor"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert answer.returncode != 0
    assert "make setup" in answer.stderr
    assert "No such file" not in answer.stderr
