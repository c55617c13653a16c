"""Files of features as they arrive over a socket from the server that `geo run` starts: whole, or not at all."""

import http.client
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from geo.deps import Deps
from geo.ogc.formats import table
from tests.running import ROOT, free_port

PATIENCE_S = 60
ITEMS = "/ogc/collections/addresses/items"
WORDS = [one.word for one in table.ON_REQUEST]


@pytest.fixture(scope="module")
def port(deps: Deps, tmp_path_factory: pytest.TempPathFactory):
    """Where granian serves the town of this folder's tests, with a fault in the files that ask for 200."""
    port, folder = free_port(), tmp_path_factory.mktemp("wire")
    environ = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}",
        "TOWN_OWNER": deps.database.dsn,
        "TOWN_PUBLIC": deps.database.public_dsn,
        "TOWN_DATA": str(folder),
    }
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--factory", "--log-level=error"]
    command = [*granian, f"--port={port}", "--blocking-threads=4", "breaking_service:create"]
    with (folder / "output.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log)
    try:
        end = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < end:
            with suppress(OSError):
                ask(port, "GET", "/ogc/conformance")
                break
            time.sleep(0.1)
        else:
            raise AssertionError((folder / "output.log").read_text())
        yield port
    finally:
        process.terminate()
        process.wait(30)


def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, body; whatever the client of the standard library takes for whole."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_file_that_breaks_off_never_arrives_as_a_whole_one(port: int, word: str, encoding: str):
    status, headers, _ = ask(port, "GET", f"{ITEMS}?f={word}&limit=200", Accept_Encoding=encoding)

    assert (status, headers["content-type"], headers["retry-after"]) == (503, "application/problem+json", "2")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_file_says_its_length_before_it_comes(port: int, word: str, encoding: str):
    status, headers, body = ask(port, "GET", f"{ITEMS}?f={word}", Accept_Encoding=encoding)

    assert (status, int(headers["content-length"])) == (200, len(body))
    assert "transfer-encoding" not in headers
    assert len(body) > 5_000


@pytest.mark.parametrize("word", WORDS)
def test_head_of_a_file_names_no_length_that_is_wrong(port: int, word: str):
    status, headers, body = ask(port, "HEAD", f"{ITEMS}?f={word}")

    assert (status, body) == (200, b"")
    assert "content-length" not in headers
