"""Which parameters an address knows: what is not understood is said, never passed over."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from werkzeug.datastructures import MultiDict

from geo.config_file import nearest
from geo.errors import BadRequest
from geo.texts import Text

_PAIRS = "geo.pairs"
# What encoded ASCII means, but for the signs that a query itself is made of.
_PLAIN = {written: chr(code) for code in range(128) for written in (f"{code:02x}", f"{code:02X}") if code not in b"&=+"}
# A byte beyond ASCII, as an address has it.
_HIGH = re.compile(rb"%[89A-Fa-f]")
# What a client sent is repeated to it only so far.
_LONGEST_NAME = 60


def pairs_of(environ: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The decoded parameters of a WSGI request in the order sent, as Flask reads them; decoded once a request."""
    pairs: tuple[tuple[str, str], ...] | None = environ.get(_PAIRS)
    if pairs is None:
        pairs = environ[_PAIRS] = _decoded(environ.get("QUERY_STRING", ""))
    return pairs


def _decoded(query: str) -> tuple[tuple[str, str], ...]:
    plain = _plain(query)
    if plain is None:
        # WSGI hands over bytes as if they were Latin-1.
        text = query if query.isascii() else query.encode("latin-1", "replace").decode("utf-8", "replace")
        return tuple(parse_qsl(text, keep_blank_values=True))
    parted = [pair.partition("=") for pair in plain.replace("+", " ").split("&") if pair]
    return tuple([(name, value) for name, _, value in parted])


def _plain(query: str) -> str | None:
    """A query string whose percent-encoding was undone, None where that is for the library.

    It reads anything, and takes two to four times as long: a tenth of the time of a small page.
    """
    if not query.isascii():
        return None
    first, *coded = query.split("%")
    try:
        return "".join([first, *[_PLAIN[part[:2]] + part[2:] for part in coded]]) if coded else query
    except KeyError:
        return None


def only(arguments: MultiDict[str, str], *known: str) -> None:
    """Nothing unknown and nothing twice.

    Raises:
        BadRequest: a parameter is not known here, or stands twice.
    """
    for name, values in arguments.lists():
        if name not in known:
            raise BadRequest(parameter=name[:_LONGEST_NAME], problem=_unknown(name, known))
        if len(values) > 1:
            raise BadRequest(parameter=name, problem=Text("It stands twice."))


def check_encoding(query: bytes) -> None:
    """Every name and value of a query string is text in UTF-8; otherwise something else would be sought than was sent.

    Raises:
        BadRequest: a parameter is not.
    """
    if is_utf8(query):
        return
    for pair in query.split(b"&"):
        if not is_utf8(pair):
            name = unquote_to_bytes(pair.partition(b"=")[0]).decode("utf-8", "replace")
            raise BadRequest(parameter=name[:_LONGEST_NAME], problem=Text("It is no text in UTF-8."))


def is_utf8(query: bytes) -> bool:
    """Whether a query string, or a part of one, is text in UTF-8 after percent-decoding."""
    if query.isascii() and _HIGH.search(query) is None:
        return True
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return False
    return True


def _unknown(name: str, known: Collection[str]) -> Text:
    problem = Text("It is not known here.")
    return Text("{problem} {hint}", problem=problem, hint=nearest(name[:_LONGEST_NAME], known)) if known else problem
