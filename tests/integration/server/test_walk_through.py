"""docs/layers.md: a layer of one's own is an entry and a load, no code. What the page says, done to the letter."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from tests.running import ROOT, installation

PAGE = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
# pyogrio holds the interpreter while it reads, and skips drivers for good: it gets a process of its own.
READ_BY_GDAL = """
import json, sys, pyogrio
meta, _, geometry, fields = pyogrio.raw.read("OAPIF:" + sys.argv[1], layer=sys.argv[2])
numbers = fields[list(meta["fields"]).index("numer_porzadkowy")]
print(json.dumps(sorted(map(str, numbers))))
"""


@pytest.fixture
def entry() -> str:
    """The YAML that the page shows."""
    found = re.search(r"```yaml\n(  addresses-sample:.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def commands(shared_data) -> list[list[str]]:
    """The commands that the page shows, with the file where it lies."""
    found = re.search(r"```sh\n(geo layers load sample_model2021.*?)```", PAGE, re.DOTALL)
    assert found is not None
    path = str(shared_data / "addresses" / "sample_model2021.gml")
    return [shlex.split(line.replace("sample_model2021.gml", path))[1:] for line in found[1].strip().splitlines()]


def test_a_layer_of_ones_own_is_an_entry_and_a_load(tmp_path, entry, commands, shared_data):
    config = tmp_path / "config"
    config.mkdir()
    for file in (ROOT / "config").iterdir():
        content = file.read_text(encoding="utf-8")
        if file.name == "layers.yaml":
            content = content.replace("\nflights:", f"\n{entry}\nflights:")
        (config / file.name).write_text(content, encoding="utf-8")
    path = shared_data / "addresses" / "sample_model2021.gml"
    expected = sorted(re.findall(r"<prgad:numerPorzadkowy>(.*?)<", path.read_text(encoding="utf-8")))
    ours = installation(tmp_path / "data", GEO_CONFIG_DIR=str(config), GEO_DEMO="0")

    with ours.run():
        for command in commands:
            outcome = ours.geo(*command)
            assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        read = subprocess.run(
            [sys.executable, "-c", READ_BY_GDAL, f"{ours.url}/ogc", "addresses-sample"],
            capture_output=True,
            text=True,
            check=True,
        )
        tilejson = json.loads(ours.get("/tiles/addresses-sample.json")[2])
        status, headers, tile = ours.get(tilejson["tiles"][0].replace(ours.url, "").format(z=10, x=554, y=336))
        search = json.loads(ours.get("/api/search?q=Inwalidow%20Wojennych%201A")[2])

    assert json.loads(read.stdout) == expected
    assert (status, headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert tile
    assert search["features"][0]["properties"]["label"] == "Inwalidów Wojennych 1A"
