"""A file as an answer: whole, one part of it, or the news that the client holds it (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import cast

from flask import Request, Response
from werkzeug.exceptions import PreconditionFailed, RequestedRangeNotSatisfiable
from werkzeug.utils import send_file

from geo.http.conditional import outcome, permits_part

# One part, from a first byte on or of the last ones.
_PART = re.compile(
    r"[ \t]*bytes[ \t]*=[ \t]*(?:([0-9]+)[ \t]*-[ \t]*([0-9]*)|-([0-9]+))[ \t]*", re.ASCII | re.IGNORECASE
)
# Numbers of bytes with more digits are all the same: beyond every file.
_MOST_DIGITS = 18


def send(
    request: Request,
    path: Path,
    *,
    media_type: str | None,
    name: str,
    tag: str | None = None,
    modified: datetime | None = None,
    as_attachment: bool = False,
) -> Response:
    """The file at a path for a request; its tag and time are those of the disk where none are given.

    Of several parts, and of what is no range, the client gets the whole: both are a server's right (14.2).

    Raises:
        FileNotFoundError: there is no such file.
        PreconditionFailed (werkzeug's): the client wants it only as it was.
        RequestedRangeNotSatisfiable (werkzeug's): it has no such part.
    """
    response = cast(  # send_file says what class it makes only in words
        Response,
        send_file(
            path,
            request.environ,
            mimetype=media_type,
            as_attachment=as_attachment,
            download_name=name,
            etag=tag or True,
            last_modified=modified,
            conditional=False,
            response_class=Response,
        ),
    )
    size, sent_tag = response.content_length or 0, response.headers["ETag"]
    # Conditions come first (13.2.2): of what the client holds, or does not want any more, it gets no part either.
    status = outcome(request, sent_tag, response.last_modified)
    if status is not None:
        # Nothing is sent, so it is open for nobody.
        response.close()
        if status == 412:
            raise PreconditionFailed
        response.status_code, response.response = status, []
        response.headers.pop("Content-Length", None)
        return response
    part = _part(request, size) if permits_part(request, sent_tag) else None
    asked = {"REQUEST_METHOD": request.method, **({"HTTP_RANGE": part} if part else {})}
    try:
        response.make_conditional(asked, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
    return response


def _part(request: Request, size: int) -> str | None:
    """The Range header as far as it is heeded, within a file of `size` bytes where it touches it at all."""
    found = _PART.fullmatch(request.headers.get("Range", "")) if request.method == "GET" else None
    if found is None:
        return None
    if found[3]:
        # The last ones of a shorter file are all of it.
        return f"bytes=-{min(_number(found[3]), size)}"
    first, last = _number(found[1]), _number(found[2]) if found[2] else None
    if last is None:
        return f"bytes={first}-"
    return f"bytes={first}-{last}" if first <= last else None


def _number(digits: str) -> int:
    significant = digits.lstrip("0") or "0"
    return int(significant) if len(significant) <= _MOST_DIGITS else 10**_MOST_DIGITS
