"""A download on its way: in parts, under conditions, to pages of other origins."""

from threading import BoundedSemaphore

import pytest
from flask.testing import FlaskClient

from geo.downloads import views as downloads_room
from geo.http import files
from geo.ogc.formats import answers, making


def test_a_part_of_a_file_is_sent_and_a_broken_download_goes_on(town: FlaskClient):
    whole = town.get("/downloads/parcels.gpkg")
    etag = whole.headers["ETag"]

    part = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=100-199"})
    rest = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=200-", "If-Range": etag})
    changed = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=200-", "If-Range": '"another"'})
    beyond = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=99999999-"})

    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.data)}"
    assert (rest.status_code, rest.data) == (206, whole.data[200:])
    assert (changed.status_code, len(changed.data)) == (200, len(whole.data))
    assert beyond.status_code == 416
    assert whole.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("BYTES = 5-9 ", 5, 10),
        ("bytes=007-9", 7, 10),
        ("bytes=-20", -20, None),
        (f"bytes=10-{'9' * 5000}", 10, None),
        # The last ones of a shorter file are all of it.
        ("bytes=-99999999", 0, None),
        (f"bytes=-{'9' * 5000}", 0, None),
    ],
)
def test_one_part_is_sent_however_it_is_written(town: FlaskClient, asked: str, first: int, end: int | None):
    whole = town.get("/downloads/parcels.gpkg").data

    part = town.get("/downloads/parcels.gpkg", headers={"Range": asked})

    begin, last = (first if first >= 0 else len(whole) + first), (end or len(whole)) - 1
    assert (part.status_code, part.data) == (206, whole[first:end])
    assert part.headers["Content-Range"] == f"bytes {begin}-{last}/{len(whole)}"
    assert part.content_length == len(part.data)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-4,10-14",
        "bytes=0-4,-1",
        "bytes=9-5",
        "bytes=a-b",
        "bytes=",
        "bytes",
        "bytes=-",
        "lines=0-4",
        "0-4",
        "bytes=+1-2",
    ],
)
def test_of_several_parts_and_of_what_is_no_range_the_whole_is_sent(town: FlaskClient, asked: str):
    whole = town.get("/downloads/parcels.gpkg")

    answer = town.get("/downloads/parcels.gpkg", headers={"Range": asked})

    assert (answer.status_code, answer.data) == (200, whole.data)
    assert "Content-Range" not in answer.headers
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-999999999", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_a_part_that_a_file_does_not_have_is_refused_with_its_length(town: FlaskClient, asked: str):
    length = town.head("/downloads/parcels.gpkg").content_length

    answer = town.get("/downloads/parcels.gpkg", headers={"Range": asked})

    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{length}")
    assert answer.content_type == "application/problem+json"


def test_conditions_come_before_parts_and_head_has_no_parts(town: FlaskClient):
    address, part = "/downloads/parcels.gpkg", {"Range": "bytes=0-9"}
    whole = town.head(address)

    held = town.get(address, headers={**part, "If-None-Match": whole.headers["ETag"]})
    other = town.get(address, headers={**part, "If-Match": '"another"'})
    same = town.get(address, headers={**part, "If-Match": whole.headers["ETag"]})
    head = town.head(address, headers=part)

    assert (held.status_code, other.status_code, same.status_code) == (304, 412, 206)
    assert (head.status_code, head.content_length) == (200, whole.content_length)


def test_who_has_a_file_does_not_get_it_again_and_head_says_its_size(town: FlaskClient):
    whole = town.get("/downloads/parcels.csv")

    again = town.get("/downloads/parcels.csv", headers={"If-None-Match": whole.headers["ETag"]})
    head = town.head("/downloads/parcels.csv")

    assert (again.status_code, again.data) == (304, b"")
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(whole.data))
    assert head.headers["ETag"] == whole.headers["ETag"]


def test_a_page_of_another_origin_may_take_a_file_in_parts(town: FlaskClient):
    origin = {"Origin": "https://gis.example"}

    asked = town.options(
        "/downloads/parcels.fgb",
        headers={**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range,if-range"},
    )
    part = town.get("/downloads/parcels.fgb", headers={**origin, "Range": "bytes=0-99"})

    permitted = asked.headers["Access-Control-Allow-Headers"].split(", ")
    readable = part.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Range", "If-Range", "Cache-Control", "If-Match"} <= set(permitted)
    assert part.status_code == 206
    assert {"Content-Range", "Accept-Ranges", "Repr-Digest", "Content-Disposition", "Retry-After"} <= set(readable)


def test_a_condition_that_fails_costs_no_file(town: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(making, "BLOCK", 100)
    whole = town.get("/downloads/parcels.gpkg")
    # No place is left for a large file.
    monkeypatch.setattr(answers, "_sending", BoundedSemaphore(1))
    answers._sending.acquire()

    other = town.get("/downloads/parcels.gpkg", headers={"If-Match": '"another"'})
    again = town.get("/downloads/parcels.gpkg", headers={"If-None-Match": whole.headers["ETag"]})
    beyond = town.get("/downloads/parcels.gpkg", headers={"Range": "bytes=99999999-"})

    assert (other.status_code, other.mimetype) == (412, "application/problem+json")
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", whole.headers["ETag"])
    assert "Content-Length" not in again.headers
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole.data)}")


def test_a_download_that_is_exchanged_while_it_is_opened_is_looked_for_once_more(
    town: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    opened, send = [], files.send

    def exchanged(*arguments, **more):
        opened.append(arguments)
        if len(opened) == 1:
            raise FileNotFoundError
        return send(*arguments, **more)

    def gone(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(files, "send", exchanged)
    found = town.get("/downloads/parcels.gpkg")
    monkeypatch.setattr(files, "send", gone)
    missing = town.get("/downloads/parcels.gpkg")

    assert (found.status_code, len(opened)) == (200, 2)
    assert (missing.status_code, missing.headers["Retry-After"]) == (503, "2")


def test_a_large_file_takes_a_place_and_gives_it_back(town: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(making, "BLOCK", 100)
    left = downloads_room.Sending.__init__.__globals__["_sending"]
    before = left._value

    answer = town.get("/downloads/parcels.gpkg", buffered=False)
    taken = before - left._value
    answer.close()

    assert (taken, left._value) == (1, before)
