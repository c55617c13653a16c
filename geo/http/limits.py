"""What a request may cost: a body of a bounded size, some seconds in all, and no room where there is none."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from geo.errors import Unavailable

# Set in a request's environ by whoever has no room for it: it is answered with 503.
BUSY = "geo.busy"
# The same for a request whose body did not come in time: 408.
LATE = "geo.late"
# Bytes of a request's body; a view that takes more says so itself (`request.max_content_length`).
LARGEST_BODY = 256 * 1024
# How long all that is waited and computed for an answer may take together; the rest of ten seconds is for writing it.
# Files of features have a time of their own.
LONGEST_S = 8.0


def install(app: Flask) -> None:
    """Refuse bodies that are too large, with 413, and requests for which there is no room, with 503."""
    # Counts while a body of unknown length is read.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY

    @app.before_request
    def bounded() -> None:
        if BUSY in request.environ:
            raise Unavailable
        if LATE in request.environ:
            raise RequestTimeout
        if (request.content_length or 0) > (request.max_content_length or LARGEST_BODY):
            raise RequestEntityTooLarge
