"""The tree of errors: a class knows its status and code, its docstring is its message.

GeoError
├── Misconfigured           the installation cannot start; says file, line and what to do
├── BadRequest        400   a parameter is wrong; names the parameter
├── NotFound          404
├── NotAcceptable     406
├── Conflict          409
├── Refused           422   understood, but against a rule
│   └── Unreadable          a file that cannot be read as what it claims to be
└── Unavailable       503

The first line of a docstring is the English message, with `{name}` for each value given to the
constructor; its Polish wording is in the catalogue (`geo.texts`). The values may reach clients, so
they never hold secrets or personal data.
"""

from __future__ import annotations

from typing import ClassVar

from geo.texts import Text, Value


class GeoError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, **values: Value) -> None:
        super().__init__()
        self.values = values

    @property
    def text(self) -> Text:
        """The message, ready to be said in any language of the catalogue."""
        docstring = type(self).__doc__ or GeoError.__doc__ or ""
        return Text(docstring.strip().splitlines()[0], **self.values)

    def __str__(self) -> str:
        return self.text.say("en")


class Misconfigured(GeoError):
    """{where}: {problem} {remedy}"""

    code = "misconfigured"


class BadRequest(GeoError):
    """Parameter {parameter}: {problem}"""

    code = "invalid-parameter"
    status = 400


class NotFound(GeoError):
    """There is nothing here."""

    code = "not-found"
    status = 404


class NotAcceptable(GeoError):
    """This resource is not available in the format {wanted}; available: {available}."""

    code = "not-acceptable"
    status = 406


class Conflict(GeoError):
    """This contradicts what is already there."""

    code = "conflict"
    status = 409


class Refused(GeoError):
    """This is not allowed."""

    code = "refused"
    status = 422


class Unreadable(Refused):
    """{file}: {problem} {remedy}"""

    code = "unreadable"


class Unavailable(GeoError):
    """The service is busy; try again in a moment."""

    code = "unavailable"
    status = 503
