"""OWSLib, through which Python programs and metadata catalogues read: it pages by offset and lists by item type."""

import json
import subprocess
from pathlib import Path

import pytest
from conftest import PYTHON

from tests.running import Installation


@pytest.fixture(scope="module")
def told(geoportal: Installation) -> dict:
    """What OWSLib gets of the addresses of a demo town."""
    command = [PYTHON, str(Path(__file__).with_name("ask_owslib.py")), f"{geoportal.url}/ogc", "addresses"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout)


def test_it_lists_every_collection_and_reads_what_describes_them(told: dict):
    assert len(told["collections"]) == 10
    assert told["openapi"].startswith("3.0.")
    assert told["classes"] > 40
    assert {"geometry", "numer_porzadkowy"} <= set(told["queryables"])


def test_it_pages_by_offset_without_a_gap_or_a_repetition(told: dict):
    assert told["count"] > 21
    assert len(set(told["paged"])) == 21


def test_it_filters_sorts_and_opens_one_feature(told: dict):
    assert told["filtered"][0]["properties"]["miejscowosc"] == "Mikołów"
    assert told["sorted"] == sorted(told["sorted"], reverse=True)
    assert told["one"] == told["paged"][0]
