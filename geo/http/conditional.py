"""Entity tags, and 304 for who holds the answer already (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from flask import Request, Response

from geo.http.compression import ENCODINGS
from geo.http.negotiation import accepts_gzip, encoding_of

type Encodings = tuple[str | None, bool]

# Programs send a few dozen shorter headers, again and again; a longer one is read each time.
_HABIT = 300


def encodings_of(accepted: str | None) -> Encodings:
    """What Accept-Encoding comes to: the encoding that is made while sending; whether ready gzip will do."""
    return _remembered(accepted) if len(accepted or "") <= _HABIT else _read(accepted)


def _read(accepted: str | None) -> Encodings:
    return encoding_of(accepted, ENCODINGS), accepts_gzip(accepted)


_remembered = lru_cache(maxsize=500)(_read)


def entity_tag(request: Request, *parts: object) -> str:
    """A strong entity tag, unquoted, that changes with any of the parts and with the encodings that are accepted."""
    return digest(*parts, *encodings_of(request.headers.get("Accept-Encoding")))


def digest(*parts: object) -> str:
    """A short name that changes with any of the parts."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


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
