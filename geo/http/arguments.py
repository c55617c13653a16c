"""Which parameters an address knows: what is not understood is said, never passed over."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import MultiDict

from geo.config_file import nearest
from geo.errors import BadRequest
from geo.texts import Text

# What a client sent is repeated to it only so far.
_LONGEST_NAME = 60


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
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return False
    return True


def _unknown(name: str, known: Collection[str]) -> Text:
    problem = Text("It is not known here.")
    return Text("{problem} {hint}", problem=problem, hint=nearest(name[:_LONGEST_NAME], known)) if known else problem
