"""What every page looks like, as files: the palette, and the built front end's letters, sheet and script."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from geo.http import files, frontend, palette
from geo.http.arguments import only
from geo.http.conditional import entity_tag, fresh, unchanged
from geo.settings import Settings

FOREVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
# What `npm run build` leaves beside a file, the smaller first.
_COMPRESSED = {"br": ".br", "gzip": ".gz"}
# The hash of the content that Vite puts before the ending: eight letters of base64url. `favicon-32.png` has none.
_HASHED = re.compile(r".+-[A-Za-z0-9_-]{8}\.[a-z0-9]+", re.ASCII)

_NOT_FOR_CRAWLERS = ("/staff", "/api/", "/tiles/", "/szukaj", "/ogc/collections/*/items", "/ogc/collections/*/tiles")


def blueprint(settings: Settings) -> Blueprint:
    """`/assets/<file>`, `/styles/palette.css`, and what browsers and crawlers ask of every host."""
    folder = frontend.of(settings).folder / "assets"
    known = built(folder)
    door = Blueprint("assets", __name__)
    door.add_url_rule("/assets/<path:name>", "asset", lambda name: asset(folder, known, name))
    door.add_url_rule("/styles/palette.css", "palette", colours)
    # Browsers ask for this name where no page names an icon, such as beside JSON; they go by the type, not the name.
    door.add_url_rule("/favicon.ico", "favicon", lambda: asset(folder, known, "favicon.svg"))
    door.add_url_rule("/robots.txt", "robots", robots)
    return door


def built(folder: Path) -> frozenset[str]:
    """The names of a build's files, the compressed ones too; none without a build."""
    return frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def asset(folder: Path, known: frozenset[str], name: str) -> Response:
    """A file of the built front end, compressed if the client can; its name holds its hash, so it may be kept.

    Raises:
        NotFound (werkzeug's): it is none of `known`. The disk is never asked for a name that a stranger made up:
            it refuses some, such as very long ones, with errors of its own.
    """
    if name not in known:
        raise NotFound
    accepted = (e for e, ending in _COMPRESSED.items() if name + ending in known and request.accept_encodings[e])
    encoding = next(accepted, None)
    response = files.send(
        request,
        folder / (name + _COMPRESSED.get(encoding or "", "")),
        media_type=mimetypes.guess_type(name)[0],
        name=Path(name).name,
    )
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOREVER if _HASHED.fullmatch(name) else A_DAY
    return response


def colours() -> Response:
    """The palette as CSS. Pages name it by its version, under which it may be kept."""
    only(request.args, "v")
    cache = FOREVER if request.args.get("v") == palette_version() else "no-cache"
    return _text(palette.css(), "text/css", cache)


def robots() -> Response:
    """Pages may be indexed; what only programs ask, and what has no end (searches, pages of items), need not be."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_CRAWLERS)]
    return _text("\n".join(lines) + "\n", "text/plain", A_DAY)


def _text(body: str, mimetype: str, cache: str) -> Response:
    tag = entity_tag(request, body)
    if fresh(request, tag):
        return unchanged(tag, cache_control=cache, vary="Accept-Encoding")
    response = Response(body, mimetype=mimetype)
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache
    response.headers["Vary"] = "Accept-Encoding"
    return response


def palette_version() -> str:
    """Changes with the palette: part of its address."""
    return hashlib.sha256(palette.css().encode()).hexdigest()[:8]
