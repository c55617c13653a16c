"""What every answer carries: security headers, CORS for public data, gzip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

from flask import Flask, Response, request

from geo.http import limits, pages, problems
from geo.http.arguments import check_encoding
from geo.http.compression import compressed
from geo.http.conditional import unchanged
from geo.http.proxies import TrustedProxies
from geo.settings import Settings

# Data that any page on the web may read; nothing under these paths depends on who asks.
PUBLIC_PATHS = ("/ogc", "/tiles", "/styles", "/api", "/assets", "/downloads", "/wmts")
# Where a parameter that is not understood is refused.
STRICT_PATHS = ("/ogc", "/tiles", "/styles", "/api", "/downloads")
_KEPT_IN_QUERY = "%&=+;/?:@,!$'()*[]"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
SECURITY = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
_TEXTUAL = re.compile(r"text/.+|application/(.+\+)?(json|xml|javascript)|application/geo\+json-seq|image/svg\+xml")
# Headers that a page of another site may read.
READABLE = (
    "Accept-Ranges, Content-Crs, Content-Disposition, Content-Language, Content-Range, ETag, Link, Location,"
    " Repr-Digest, Retry-After"
)
# Headers that a page of another site may send; readers of FlatGeobuf and PMTiles ask for parts.
_PERMITTED = "Accept, Accept-Language, Cache-Control, Content-Type, If-Match, If-None-Match, If-Range, Range"
# What geo.http gives every answer with public data: a door without Flask adds it itself.
PUBLIC_MANNERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", READABLE),
    *SECURITY.items(),
)
# What it gives a 304. Whoever holds the answer holds the rest of its headers with it, and a browser replaces what it
# holds by what a 304 says (RFC 9110, 15.4.5; RFC 9111, 3.2): only a page that asks by itself must be let in.
UNCHANGED_MANNERS = (("Access-Control-Allow-Origin", "*"),)

type Environ = dict[str, Any]  # WSGI's own: values of any kind
type Headers = tuple[tuple[str, str], ...]


class Delivery(NamedTuple):
    """An answer as a door sends it; whoever takes it may keep it, so nothing of it changes."""

    status: int
    headers: Headers
    body: bytes


def install(app: Flask, settings: Settings, public_paths: Sequence[str] = PUBLIC_PATHS) -> None:
    """Give an application the shared manners: errors, headers, compression, proxies, the look of pages."""
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings)  # type: ignore[method-assign] # Flask's documented hook
    # A redirect to the merged path would repeat the Host header, and ids may hold two slashes.
    app.url_map.merge_slashes = False
    pages.install(app, settings)
    problems.install(app, settings)
    limits.install(app)

    @app.before_request
    def read() -> None:
        if not request.query_string.isascii():
            # Bytes that are no address: percent-encoded they can be read, and refused, as any others.
            request.query_string = quote_from_bytes(request.query_string, safe=_KEPT_IN_QUERY).encode()
        # Other addresses pass over the parameters that they do not know, so their encoding too.
        if request.url_rule is not None and request.path.startswith(STRICT_PATHS):
            check_encoding(request.query_string)

    @app.after_request
    def dress(response: Response) -> Response:
        response = _unchanged(response)
        if response.status_code != 304:
            for name, value in SECURITY.items():
                response.headers.setdefault(name, value)
        if request.path.startswith(tuple(public_paths)):
            _share(response)
        _compress(response)
        return response


def _unchanged(response: Response) -> Response:
    """304 instead of an answer that exists, for who asked with `If-None-Match: *` (RFC 9110, 13.1.2)."""
    tag, _ = response.get_etag()
    if not (request.if_none_match.star_tag and request.method in {"GET", "HEAD"} and response.status_code == 200):
        return response
    if tag is None:
        return response
    response.close()
    return unchanged(
        tag, cache_control=response.headers.get("Cache-Control", "no-cache"), vary=response.headers.get("Vary", "")
    )


def _share(response: Response) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"
    if response.status_code == 304:
        return
    response.headers["Access-Control-Expose-Headers"] = READABLE
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET, HEAD, OPTIONS")
        response.headers["Access-Control-Allow-Headers"] = _PERMITTED
        response.headers["Access-Control-Max-Age"] = "86400"


def _compress(response: Response) -> None:
    """Compress what is text; images and tiles are compressed already or carry their own encoding.

    What is streamed stays as it is: its whole need not fit in memory.
    """
    if response.direct_passthrough or response.is_streamed or not _TEXTUAL.fullmatch(response.mimetype or ""):
        return
    response.vary.add("Accept-Encoding")
    if response.content_encoding or response.status_code == 304:
        return
    body, encoding = compressed(response.get_data(), request.headers.get("Accept-Encoding"))
    if encoding is not None:
        response.set_data(body)
        response.content_encoding = encoding
