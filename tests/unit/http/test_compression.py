"""Which encoding a client gets: what it prefers among ours, and nothing that it did not name."""

import gzip

import pytest
from flask import Request

from geo.http import compression, entity_tag
from geo.http.negotiation import encoding_of

BOTH = ("zstd", "gzip")
BODY = b'{"type":"Feature"}' * 100


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.2, gzip;q=0.8", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("*", "gzip"),
        ("*;q=0", None),
        ("gzip;q=0, *", None),
    ],
)
def test_the_encoding_is_the_one_that_the_client_prefers(header: str | None, chosen: str | None):
    assert encoding_of(header, BOTH) == chosen


def test_zstd_is_installed_and_is_smaller_than_gzip():
    assert compression.zstd is not None, "Install requirements.lock: backports.zstd is missing."

    packed, encoding = compression.compressed(BODY, "gzip, zstd")

    assert encoding == "zstd"
    assert compression.zstd.decompress(packed) == BODY
    assert len(packed) <= len(gzip.compress(BODY))


def test_equal_answers_are_equal_bytes_and_short_ones_stay_as_they_are():
    for accepted in BOTH:
        assert compression.compressed(BODY, accepted) == compression.compressed(BODY, accepted)
        assert compression.compressed(b"{}", accepted) == (b"{}", None)


def test_each_encoding_has_a_tag_of_its_own():
    headers = ("gzip", "zstd", "gzip, zstd", "identity")

    tags = {entity_tag(Request({"HTTP_ACCEPT_ENCODING": header}), "part") for header in headers}

    # Without zstd on our side gzip is what both "gzip" and "gzip, zstd" get.
    assert len(tags) == (len(headers) if compression.zstd else 2)
