"""What every answer carries: security headers, CORS for public data, gzip."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import NamedTuple

from flask import Flask, Response, request

from geo.http import pages, problems
from geo.http.negotiation import accepts_gzip
from geo.http.proxies import TrustedProxies
from geo.settings import Settings

# Data that any page on the web may read; nothing under these paths depends on who asks.
PUBLIC_PATHS = ("/ogc", "/tiles", "/styles", "/api", "/wmts", "/downloads")
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
SECURITY = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
# Headers that a page of another site may read.
READABLE = "Content-Crs, Content-Language, ETag, Link, Location"
# What geo.http gives every answer with public data: a door without Flask adds it itself.
PUBLIC_MANNERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", READABLE),
    *SECURITY.items(),
)
SMALLEST_GZIPPED = 1000
# Level 3 costs a third of level 6 on GeoJSON and loses about a tenth.
GZIP_LEVEL = 3


class Delivery(NamedTuple):
    """An answer as a door sends it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def install(app: Flask, settings: Settings, public_paths: Sequence[str] = PUBLIC_PATHS) -> None:
    """Give an application the shared manners: errors, headers, compression, proxies, the look of pages."""
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings)  # type: ignore[method-assign] # Flask's documented hook
    # A redirect to the merged path would repeat the Host header, and ids may hold two slashes.
    app.url_map.merge_slashes = False
    pages.install(app, settings)
    problems.install(app, settings)

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(tuple(public_paths)):
            _share(response)
        _compress(response)
        return response


def _share(response: Response) -> None:
    # POST only asks, by a filter that is too long for an address; nothing under these paths is written to.
    if request.method not in {"GET", "HEAD", "POST", "OPTIONS"}:
        return
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = READABLE
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type, If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"


def _compress(response: Response) -> None:
    """Compress JSON, XML and pages; images and tiles are compressed already or carry their own encoding."""
    kind = response.mimetype or ""
    if (
        not (kind.endswith("json") or kind in {"text/html", "text/css", "application/xml"})
        or response.direct_passthrough
    ):
        return
    response.vary.add("Accept-Encoding")
    if response.content_encoding or response.status_code == 304:
        return
    body, encoding = compressed(response.get_data(), request.headers.get("Accept-Encoding"))
    if encoding is not None:
        response.set_data(body)
        response.content_encoding = encoding


def compressed(body: bytes, accepted: str | None) -> tuple[bytes, str | None]:
    """A body as a client with this Accept-Encoding gets it, and its Content-Encoding."""
    if len(body) < SMALLEST_GZIPPED or not accepts_gzip(accepted):
        return body, None
    # No time stamp, so that equal answers are equal bytes.
    return gzip.compress(body, GZIP_LEVEL, mtime=0), "gzip"
