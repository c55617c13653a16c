"""docs/layers.md: a layer of one's own is an entry and a load, no code. What the page says, done to the letter."""

import json
import re
import subprocess
import sys

from tests import sample

# pyogrio holds the interpreter while it reads, and skips drivers for good: it gets a process of its own.
READ_BY_GDAL = """
import json, sys, pyogrio
meta, _, geometry, fields = pyogrio.raw.read("OAPIF:" + sys.argv[1], layer=sys.argv[2])
numbers = fields[list(meta["fields"]).index("numer_porzadkowy")]
print(json.dumps(sorted(map(str, numbers))))
"""


def test_a_layer_of_ones_own_is_an_entry_and_a_load(tmp_path, shared_data):
    path = sample.file_of(shared_data)
    expected = sorted(re.findall(r"<prgad:numerPorzadkowy>(.*?)<", path.read_text(encoding="utf-8")))
    ours = sample.with_entry(tmp_path)

    with ours.run():
        sample.load(ours, shared_data)
        read = subprocess.run(
            [sys.executable, "-c", READ_BY_GDAL, f"{ours.url}/ogc", sample.LAYER],
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
