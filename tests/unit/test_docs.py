"""What the documents say is there."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.ogc.cql2 import parse, spatial, temporal
from geo.ogc.cql2.problems import MAX_BYTES, MAX_DEPTH

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


def shown_addresses() -> list[str]:
    """The addresses of this geoportal that the documents show, without its host; not those with a gap to fill in."""
    host = r"(?:http://127\.0\.0\.1:8080)?"
    shown = re.compile(rf"`{host}(/(?:ogc|tiles|styles|api)[^`{{]*)`|<{host}(/[^>]*)>")
    found = (a or b for document in DOCUMENTS for a, b in shown.findall(document.read_text(encoding="utf-8")))
    return [address for address in found if "…" not in address]


def test_every_address_that_is_shown_can_be_pasted_as_it_stands():
    # What RFC 3986 permits in a path and its query.
    safe = re.compile(r"(?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|%[0-9A-F]{2})*")

    assert len(shown_addresses()) > 5
    assert [address for address in shown_addresses() if not safe.fullmatch(address)] == []


def test_the_filter_of_the_readme_is_one_filter_written_twice_and_its_curl_line_lets_curl_encode_it():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    line = next(block for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if block.startswith("curl "))
    words = shlex.split(line)

    (written,) = (words[n + 1] for n, word in enumerate(words) if word == "--data-urlencode")
    (encoded,) = (query["filter"] for one in shown_addresses() if "filter" in (query := parse_qs(urlsplit(one).query)))

    assert "-G" in words
    assert written == f"filter={encoded[0]}"
    parse.parse(encoded[0])


def test_the_functions_of_a_filter_are_listed_and_no_others():
    written = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    listed = {
        row: set(re.findall(r"`([A-Z_]+)", line))
        for row, line in re.findall(r"^\| (\w+) \|(.+)$", written, re.MULTILINE)
    }

    assert listed["space"] == {name.upper() for name in spatial.RELATIONS}
    assert listed["time"] == {name.upper() for name in temporal.RELATIONS}
    assert listed["folding"] == {"CASEI", "ACCENTI"}
    assert f"at most {MAX_BYTES} bytes and {MAX_DEPTH} levels" in written


@pytest.mark.parametrize(
    "text",
    [
        "S_INTERSECTS(geom, BBOX(18.8,50.1,18.9,50.2)) AND NOT (id IN ('a', 'it''s'))",
        "CASEI(ACCENTI(nazwa)) NOT LIKE CASEI('a%') OR \"numer domu\" IS NOT NULL",
        "T_DURING(dnia, INTERVAL('2024-01-01', '..')) OR dnia = DATE('2024-05-18')",
        "a % 2 = 1 OR 7 DIV b > 2 ^ 3 OR ok = TRUE OR a BETWEEN 1 AND 2",
    ],
)
def test_what_the_docs_say_of_filters_is_taken(text):
    assert parse.parse(text)


def test_the_entry_of_ones_own_is_said_to_stand_under_layers_and_before_flights():
    page = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
    registry = (ROOT / "config" / "layers.yaml").read_text(encoding="utf-8")

    step = page[page.index("**1. An entry**") :].partition("\n")[0]

    assert re.search(r"under `layers:`.*before `flights:`", step)
    assert registry.index("\nlayers:") < registry.index("\nflights:")


def test_the_doctor_of_a_fresh_checkout_says_what_to_run(tmp_path):
    make = shutil.which("make")
    if make is None:
        pytest.skip("The program make is missing.")
    shutil.copy(ROOT / "Makefile", tmp_path)

    answer = subprocess.run([make, "doctor"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert answer.returncode != 0
    assert "make setup" in answer.stderr
    assert "No such file" not in answer.stderr
