"""Entity tags, and 304 for who holds the answer already (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from functools import lru_cache

from flask import Request, Response
from werkzeug.http import parse_date

from geo.http.compression import ENCODINGS
from geo.http.negotiation import accepts_gzip, encoding_of

type Encodings = tuple[str | None, bool]

# Programs send a few dozen shorter headers, again and again; a longer one is read each time.
_HABIT = 300
# A member of a list of entity tags, or an empty one, which lists may have (5.6.1, 8.8.3).
_MEMBER = re.compile(r'[ \t]*(?:(W/)?("[\x21\x23-\x7e\x80-\xff]*"))?[ \t]*(?:,|\Z)')
_DAYS, _MONTHS = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)", "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
# The three forms of 5.6.7; werkzeug reads them, and much else that is none.
_DATE = re.compile(
    f"{_DAYS}, [0-9]{{2}} {_MONTHS} [0-9]{{4}} {_TIME} GMT"
    f"|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [0-9]{{2}}-{_MONTHS}-[0-9]{{2}} {_TIME} GMT"
    f"|{_DAYS} {_MONTHS} [ 0-9][0-9] {_TIME} [0-9]{{4}}"
)


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
    return request.method in {"GET", "HEAD"} and holds(request.headers.get("If-None-Match"), f'"{tag}"')


def holds(known: str | None, tag: str) -> bool:
    """Whether an If-None-Match names a strong tag, written with its quotes, by weak comparison (13.1.2, 8.8.3.2).

    Neither `*` nor what is no list of entity tags names any.
    """
    # Most clients that have another answer are told so without reading the list.
    return known is not None and tag in known and (known == tag or any(one == tag for _, one in _tags(known)))


def outcome(request: Request, tag: str, modified: datetime | None) -> int | None:
    """What the conditions of a GET or HEAD of something that exists come to (13.2.2, steps 1 to 4).

    412 or 304; None: it is to be answered. `tag` is strong and has its quotes, `modified` whole seconds.
    """
    sent = request.headers
    wanted, known = sent.get("If-Match"), sent.get("If-None-Match")
    if wanted is not None:
        if not (_is_any(wanted) or (False, tag) in _tags(wanted)):
            return 412
    elif modified is not None and (before := _date(sent.get("If-Unmodified-Since"))) and modified > before:
        return 412
    if known is not None:
        return 304 if _is_any(known) or holds(known, tag) else None
    since = _date(sent.get("If-Modified-Since"))
    return 304 if since is not None and modified is not None and modified <= since else None


def permits_part(request: Request, tag: str) -> bool:
    """Whether If-Range, if there is one, lets a part be sent (13.2.2, step 5; 13.1.5); `tag` has its quotes.

    A date never does: of two files that were made within its second it does not say which one the client has begun.
    """
    begun = request.headers.get("If-Range")
    return begun is None or begun.strip(" \t") == tag


def _tags(header: str) -> list[tuple[bool, str]]:
    """The members of a list of entity tags: whether weak, and the tag with its quotes; none of what is no such list."""
    found, position = [], 0
    while position < len(header):
        member = _MEMBER.match(header, position)
        if member is None:
            return []
        if member[2]:
            found.append((member[1] is not None, member[2]))
        position = member.end()
    return found


def _is_any(header: str) -> bool:
    return header.strip(" \t") == "*"


def _date(header: str | None) -> datetime | None:
    """A date of HTTP; of what is none, as of several dates, nothing is known (13.1.3, 13.1.4)."""
    text = (header or "").strip(" \t")
    return parse_date(text) if _DATE.fullmatch(text) else None


def unchanged(tag: str, *, cache_control: str, vary: str) -> Response:
    """304 with the headers of the full answer that a cache updates itself by (RFC 9110, 15.4.5)."""
    response = Response(status=304)
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = vary
    return response
