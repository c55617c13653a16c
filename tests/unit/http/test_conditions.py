"""Conditions of a request for a file, in the order and with the comparisons of RFC 9110, section 13."""

from datetime import UTC, datetime

import pytest
from flask import Flask, request
from werkzeug.exceptions import PreconditionFailed

from geo.http import files
from geo.http.conditional import holds

CONTENT = b"0123456789"
# With a part of a second, which no header says.
MODIFIED = datetime(2026, 1, 10, 12, 0, 0, 500_000, UTC)
BEFORE, SAME, AFTER = (f"Sat, 10 Jan 2026 {time} GMT" for time in ("11:59:59", "12:00:00", "12:00:01"))
PART = {"Range": "bytes=2-4"}

CASES = [
    ({}, 200),
    # Step 1: If-Match, by strong comparison.
    ({"If-Match": "*"}, 200),
    ({"If-Match": '"t"'}, 200),
    ({"If-Match": '"x", "t"'}, 200),
    ({"If-Match": '"x"'}, 412),
    ({"If-Match": 'W/"t"'}, 412),
    ({"If-Match": "t"}, 412),
    ({"If-Match": ""}, 412),
    ({"If-Match": '"t", *'}, 412),
    # Step 2: If-Unmodified-Since, only without If-Match.
    ({"If-Unmodified-Since": BEFORE}, 412),
    ({"If-Unmodified-Since": SAME}, 200),
    ({"If-Unmodified-Since": AFTER}, 200),
    ({"If-Unmodified-Since": "Saturday, 10-Jan-26 11:59:59 GMT"}, 412),
    ({"If-Unmodified-Since": "Sat Jan 10 11:59:59 2026"}, 412),
    ({"If-Unmodified-Since": "Fri Jan  9 11:59:59 2026"}, 412),
    ({"If-Unmodified-Since": "2026-01-10T11:59:59Z"}, 200),
    ({"If-Unmodified-Since": "Sat, 10 Jan 2026 11:59:59 +0000"}, 200),
    ({"If-Unmodified-Since": f"{BEFORE}, {BEFORE}"}, 200),
    ({"If-Match": '"t"', "If-Unmodified-Since": BEFORE}, 200),
    ({"If-Match": '"x"', "If-Unmodified-Since": AFTER}, 412),
    # Step 3: If-None-Match, by weak comparison, after If-Match and If-Unmodified-Since.
    ({"If-None-Match": '"t"'}, 304),
    ({"If-None-Match": 'W/"t"'}, 304),
    ({"If-None-Match": '"a,b" , ,W/"t"'}, 304),
    ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"x"'}, 200),
    ({"If-None-Match": "t"}, 200),
    ({"If-None-Match": 'w/"t"'}, 200),
    ({"If-None-Match": '"x", *'}, 200),
    ({"If-None-Match": '"x""t"'}, 200),
    ({"If-Match": '"t"', "If-None-Match": '"t"'}, 304),
    ({"If-Match": '"x"', "If-None-Match": '"t"'}, 412),
    ({"If-Match": '"t"', "If-None-Match": '"x"'}, 200),
    ({"If-Unmodified-Since": BEFORE, "If-None-Match": '"t"'}, 412),
    # Step 4: If-Modified-Since, only without If-None-Match.
    ({"If-Modified-Since": BEFORE}, 200),
    ({"If-Modified-Since": SAME}, 304),
    ({"If-Modified-Since": AFTER}, 304),
    ({"If-Modified-Since": "yesterday"}, 200),
    ({"If-None-Match": '"x"', "If-Modified-Since": AFTER}, 200),
    ({"If-Match": '"t"', "If-Modified-Since": SAME}, 304),
    ({"If-Unmodified-Since": AFTER, "If-Modified-Since": SAME}, 304),
    # Step 5: parts, with If-Range by strong comparison; no date is a strong validator here.
    ({**PART}, 206),
    ({**PART, "If-Range": '"t"'}, 206),
    ({**PART, "If-Range": '"x"'}, 200),
    ({**PART, "If-Range": 'W/"t"'}, 200),
    ({**PART, "If-Range": "t"}, 200),
    ({**PART, "If-Range": SAME}, 200),
    ({"If-Range": '"x"'}, 200),
    ({**PART, "If-Match": '"x"', "If-Range": '"t"'}, 412),
    ({**PART, "If-None-Match": '"t"', "If-Range": '"t"'}, 304),
    ({**PART, "If-Unmodified-Since": BEFORE}, 412),
    ({**PART, "If-Modified-Since": SAME}, 304),
    ({**PART, "If-Match": '"t"', "If-None-Match": '"x"', "If-Range": '"t"'}, 206),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("headers", "status"), CASES)
def test_conditions_are_taken_in_the_order_of_the_standard(tmp_path, headers, status, method):
    file = tmp_path / "file.bin"
    file.write_bytes(CONTENT)
    with Flask(__name__).test_request_context(method=method, headers=headers):
        try:
            answer = files.send(request, file, media_type="text/x", name="file.bin", tag="t", modified=MODIFIED)
        except PreconditionFailed as refused:
            found, body = refused.code, b""
        else:
            answer.direct_passthrough = False
            found, body = answer.status_code, answer.get_data()
            assert answer.headers["ETag"] == '"t"'

    # Only GET has parts (14.2).
    assert found == (200 if (method, status) == ("HEAD", 206) else status)
    assert body == {200: CONTENT, 206: CONTENT[2:5]}.get(found, b"")


@pytest.mark.parametrize(
    ("known", "held"),
    [
        (None, False),
        ("", False),
        ('"t"', True),
        ('W/"t"', True),
        ('  "x" ,\tW/"t"  ', True),
        ('"x",,"t",', True),
        ("t", False),
        ('"t', False),
        ('w/"t"', False),
        ('W/ "t"', False),
        ('"at"', False),
        ('"x "t"', False),
        ('"x"t"', False),
        ('"t" "x"', False),
        ("*", False),
    ],
)
def test_a_tag_is_held_where_a_list_of_entity_tags_names_it_strong_or_weak(known, held):
    assert holds(known, '"t"') is held
