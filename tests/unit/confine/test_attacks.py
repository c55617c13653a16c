"""Each attack on a reader works on plain libraries, and is refused or comes to nothing here."""

import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from geo import confine
from geo.confine import Limits
from geo.errors import Unreadable
from geo.layers.reader.confined import open_confined
from geo.ortho.reading import confined
from tests.unit.confine.attacks import ATTACKS, SECRET, Place

ROOT = Path(__file__).parents[3]


class Listening(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.heard.append(self.path)
        self.send_error(404)

    do_HEAD = do_GET  # noqa: N815 - as above

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Listening) as running:
        running.heard = []
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(scope="module")
def made(server, tmp_path_factory):
    """Every attack's file, in a folder of its own."""
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.csv"
    secret.write_text(f"a\n{SECRET}\n", encoding="utf-8")
    files = {}
    for name, attack in ATTACKS.items():
        folder = tmp_path_factory.mktemp("attack")
        files[name] = attack.make(Place(folder, secret, f"http://127.0.0.1:{server.server_port}"))
    return files


@pytest.fixture(scope="module")
def outside(made, server):
    """What plain readers give in one fresh process, whose GDAL nobody has touched; with what the server heard."""
    found = {}
    for names in ([name for name in ATTACKS if "remote" not in name], [name for name in ATTACKS if "remote" in name]):
        server.heard.clear()
        tried = json.dumps([[ATTACKS[name].reader, str(made[name])] for name in names])
        run = subprocess.run(
            [sys.executable, "-m", "tests.unit.confine.naive", tried], cwd=ROOT, capture_output=True, check=True
        )
        heard = list(server.heard)
        found |= {name: (got, heard) for name, got in zip(names, json.loads(run.stdout), strict=True)}
    return found


def read_by_us(path, folder):
    if path.suffix == ".tif":
        with confined(path, None, folder, Limits(), lambda: None) as reading:
            return reading.look()
    with open_confined(path, scratch=folder) as source:
        return list(source.features(source.kinds))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_works_on_plain_libraries_and_comes_to_nothing_here(name, made, outside, server, tmp_path):
    attack = ATTACKS[name]
    got, heard = outside[name]
    server.heard.clear()

    if attack.said is None:
        features = read_by_us(made[name], tmp_path)
        said = ""
    else:
        with pytest.raises(Unreadable) as caught:
            read_by_us(made[name], tmp_path)
        said, features = str(caught.value), []

    assert attack.works(got, heard), got
    assert (attack.said or "") in said
    assert SECRET not in said + str(features)
    assert [type(value) for one in features for value in one.fields.values() if value == "bogus"] == []
    assert server.heard == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["VRT as GML", "VRT that asks a server", "WFS reply with a remote schema",
                                  "VRT as TIFF", "external entity (XXE)"])  # fmt: skip
def test_the_walls_hold_an_attack_that_nobody_foresaw(name, made, outside, server):
    """The same plain readers, behind the walls alone: nothing of ours recognises the file."""
    attack, path = ATTACKS[name], made[name]
    server.heard.clear()

    with confine.started("tests.unit.confine.naive:begin", {path.name: path}, file=path.name) as child:
        if not {"files", "system-calls"} <= child.walls:
            pytest.skip("this kernel has not all walls")
        (message,) = child.ask("read", [attack.reader, path.name])

    assert attack.works(*outside[name])
    assert SECRET not in str(message.head)
    # The colour of the other picture; a name of a folder may hold its figures.
    assert "'first': 42" not in str(message.head)
    assert server.heard == []


def test_the_table_of_attacks_in_the_documentation_is_the_list_of_those_that_are_tried():
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").partition("## Attacks that are tried")[2]

    named = [row for row in re.findall(r"^\| ([^|]+?) \|", page, flags=re.MULTILINE) if row not in {"attack", "---"}]

    assert named == list(ATTACKS)
