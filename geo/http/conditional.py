"""Entity tags, and 304 for who holds the answer already (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib

from flask import Request, Response

from geo.http.compression import ENCODINGS
from geo.http.negotiation import accepts_gzip, encoding_of


def entity_tag(request: Request, *parts: object) -> str:
    """A strong entity tag, unquoted, that changes with any of the parts and with the encodings that are accepted."""
    accepted = request.headers.get("Accept-Encoding")
    # What is compressed as it is sent, and what lies ready in gzip alone.
    encodings = (encoding_of(accepted, ENCODINGS), accepts_gzip(accepted))
    told = "\x1f".join(map(str, (*parts, *encodings)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def fresh(request: Request, tag: str) -> bool:
    """Whether the client already holds what the tag names.

    Not for `*`, which means any answer that there is: `geo.http.answers` knows when one was made.
    """
    known = request.if_none_match
    return request.method in {"GET", "HEAD"} and not known.star_tag and known.contains_weak(tag)


def unchanged(tag: str, *, cache_control: str, vary: str) -> Response:
    """304 with the headers of the full answer that a cache updates itself by (RFC 9110, 15.4.5)."""
    response = Response(status=304)
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = vary
    return response
