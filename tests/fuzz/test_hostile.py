"""Requests as nobody kind sends them, over real sockets: refused in words, soon, and the geoportal lives on."""

import gzip
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import quote

import pytest
from hostile_requests import FILTERS, ITEMS, JSON_FILTERS, PARAMETERS, PATHS, RAW, SEARCH

from tests.running import Installation

# No answer takes longer: what is waited and asked of the database for one ends after eight seconds.
LONGEST_S = 10


@pytest.fixture(scope="module", autouse=True)
def lives_on(geoportal: Installation) -> Iterator[None]:
    """Whatever came, the geoportal serves the town afterwards, with the processes that it was started with."""
    yield
    assert geoportal.get("/readyz")[0] == 200
    assert geoportal.get(f"{ITEMS}?limit=1")[0] == 200
    log = (geoportal.data_dir / "run-output.log").read_text()
    assert "Traceback" not in log
    assert "unexpected error" not in log


def said(installed: Installation, sent: bytes) -> tuple[int | None, bytes]:
    """Status and all of what came back; None where the connection was closed without a word."""
    began = time.monotonic()
    received = b""
    with closing(socket.create_connection(("127.0.0.1", installed.port), timeout=LONGEST_S)) as peer:
        # Whoever is refused early is cut off while it still sends.
        with suppress(ConnectionError):
            peer.sendall(sent)
        with suppress(ConnectionError):
            while not is_whole(received) and (part := peer.recv(65_536)):
                received += part
    assert time.monotonic() - began < LONGEST_S
    status = received[9:12]
    return (int(status) if status.isdigit() else None), received


def is_whole(received: bytes) -> bool:
    """Whether an answer has come to its end; the connection may stay open behind it."""
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def request(path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> bytes:
    """A request as bytes; nothing of it is checked."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + body


def is_refused_in_words(answer: tuple[int | None, bytes]) -> bool:
    """Whether a request was answered, or refused for a reason that is the client's, and nothing of our insides came."""
    status, received = answer
    return (status is None or status < 500) and b"Traceback" not in received and b"psycopg" not in received


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def test_no_filter_in_text_is_a_fault_of_ours(geoportal: Installation):
    answers = {
        name: said(geoportal, request(f"{ITEMS}?filter={encoded(text)}&limit=5")) for name, text in FILTERS.items()
    }

    assert {name: answer for name, answer in answers.items() if not is_refused_in_words(answer)} == {}
    assert answers["nested parentheses"][0] in {400, 414, 431}
    assert answers["a function of the server"][0] == 400


def test_no_filter_in_json_is_a_fault_of_ours(geoportal: Installation):
    answers = {}
    for name, text in JSON_FILTERS.items():
        asked = request(f"{ITEMS}?filter-lang=cql2-json&limit=5&filter={encoded(text)}")
        sent = request(SEARCH, method="POST", body=text.encode(), Content_Type="application/json")
        answers[name, "GET"], answers[name, "POST"] = said(geoportal, asked), said(geoportal, sent)

    assert {name: answer for name, answer in answers.items() if not is_refused_in_words(answer)} == {}
    assert {status for status, _ in answers.values()} <= {200, 400, 413, 414, 431}


def test_no_parameter_and_no_path_is_a_fault_of_ours(geoportal: Installation):
    asked = [*(f"{ITEMS}?{parameter}" for parameter in PARAMETERS), *PATHS]

    answers = {path[:80]: said(geoportal, request(path)) for path in asked}

    assert {path: answer for path, answer in answers.items() if not is_refused_in_words(answer)} == {}
    assert [path for path, (_, received) in answers.items() if b"root:" in received] == []


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("path", ["//evil.example/ogc", "///evil.example", "/%2fevil.example", "/\\evil.example"])
def test_an_address_that_looks_like_another_host_never_becomes_a_link(geoportal: Installation, path: str, accept: str):
    _, received = said(geoportal, request(path, Accept=accept))

    assert not re.search(rb"""["'= ](https?:)?[/\\]{2,}evil""", received)


@pytest.mark.parametrize("name", RAW)
def test_no_bytes_are_a_fault_of_ours(geoportal: Installation, name: str):
    status, received = said(geoportal, RAW[name])

    assert is_refused_in_words((status, received)) or status in {501, 505}, received[:500]
    assert b"Location: http://evil" not in received


def test_bodies_that_no_address_wants_are_refused(geoportal: Installation):
    bomb = gzip.compress(b"0" * 50_000_000)
    for path in (SEARCH, ITEMS, "/", "/api/search"):
        for body, headers in (
            (b"x" * 3_000_000, {}),
            (bomb, {"Content_Encoding": "gzip"}),
            (b"x" * 1000, {"Content_Type": "multipart/form-data; boundary=" + "b" * 3_000}),
            (b"--b\r\n" * 50_000, {"Content_Type": "multipart/form-data; boundary=b"}),
            (json.dumps(True).encode(), {"Content_Type": "application/json; charset=utf-16"}),
        ):
            status, received = said(geoportal, request(path, method="POST", body=body, **headers))

            assert is_refused_in_words((status, received)), (path, received[:300])
            assert status in {None, 200, 400, 405, 413, 415}


def test_bodies_that_never_come_keep_nobody_else_waiting(geoportal: Installation):
    head = request(SEARCH, method="POST", Content_Type="application/json", Content_Length="1000")
    search = request(f"{SEARCH}?limit=1", method="POST", body=b"true", Content_Type="text/plain")
    slow = [socket.create_connection(("127.0.0.1", geoportal.port), timeout=LONGEST_S) for _ in range(40)]
    try:
        for peer in slow:
            peer.sendall(head + b"{")
        asked = ("/healthz", f"{ITEMS}?limit=1", f"{ITEMS}?limit=1&filter=ulica='x'", "/ogc", "/", "/szukaj?q=Rynek")
        answers = [said(geoportal, request(path))[0] for path in asked]
        meanwhile = said(geoportal, search)[0]
    finally:
        for peer in slow:
            peer.close()
    # Their places come free as the server sees that they have gone.
    end, after = time.monotonic() + LONGEST_S, 503
    while after == 503 and time.monotonic() < end:
        after, _ = said(geoportal, search)

    assert answers == [200] * len(asked)
    assert (meanwhile, after) == (503, 200)


def test_a_body_is_refused_at_every_address_as_too_large(geoportal: Installation):
    for path in ("/wmts", "/wmts/1.0.0/WMTSCapabilities.xml", "/ogc", "/tiles/addresses.json", "/"):
        status, received = said(geoportal, request(path, body=b"x" * 300_000))

        assert status in {None, 413}, (path, received[:300])
