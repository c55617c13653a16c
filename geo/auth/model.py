"""What an account, a role and a session are, and what of them is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from geo.errors import BadRequest, Conflict, GeoError, NotFound
from geo.texts import Text

# A session ends when nobody used it for so long, and at the latest a working day after the sign-in.
IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
# So many failures within this time, and nobody signs in by that login, or from that address, until it has passed.
FAILURES_OF_LOGIN = 5
FAILURES_OF_ADDRESS = 30
LOCK = timedelta(minutes=15)

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_EMAIL = re.compile(r"[^\s@<>\"',;:()\\]{1,64}@[^\s@<>\"',;:()\\]+\.[^\s@<>\"',;:()\\]+")
_LONGEST_TEXT = 200


class Role(StrEnum):
    """What somebody may do."""

    MODERATOR = "moderator"
    GIS_OFFICER = "gis_officer"
    REGISTRY_CLERK = "registry_clerk"
    ADMIN = "admin"

    @property
    def words(self) -> Text:
        """The role in words."""
        return _WORDS[self]


_WORDS = {
    Role.MODERATOR: Text("Moderator"),
    Role.GIS_OFFICER: Text("GIS officer"),
    Role.REGISTRY_CLERK: Text("Registry clerk"),
    Role.ADMIN: Text("Administrator"),
}


class AccountNotFound(NotFound):
    """There is no account {login}."""

    code = "account-not-found"


class LoginTaken(Conflict):
    """There is an account {login} already."""

    code = "login-taken"


class LockedOut(GeoError):
    """Too many attempts failed: wait {minutes} minutes. An administrator can unlock an account at once."""

    code = "locked-out"
    status = 429


class Forbidden(GeoError):
    """Your account may not do this; it takes one of these roles: {roles}. An administrator gives roles."""

    code = "role-needed"
    status = 403


class StaleForm(GeoError):
    """This form is not of your present session, so nothing was done. Load its page again and send it once more."""

    code = "stale-form"
    status = 403


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who works here."""

    id: int
    login: str
    name: str
    email: str
    roles: frozenset[Role]
    must_change_password: bool
    disabled_at: datetime | None

    def has(self, roles: Iterable[Role]) -> bool:
        """Whether it has one of some roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Session:
    """An account signed in with one browser; times have their zone."""

    id: int
    account: Account
    form_key: str
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str


def login_of(written: str) -> str:
    """A login as it is kept: small letters, digits, and . _ - between.

    Raises:
        BadRequest: it is none.
    """
    login = written.strip().lower()
    if not _LOGIN.fullmatch(login):
        problem = Text("'{value}' is no login: 2 to 40 letters a-z, digits, dots, dashes.", value=written[:60])
        raise BadRequest(parameter="login", problem=problem)
    return login


def email_of(written: str) -> str:
    """An e-mail address without blanks around it.

    Raises:
        BadRequest: mail could not be sent there.
    """
    email = written.strip()
    if len(email) > _LONGEST_TEXT or not _EMAIL.fullmatch(email):
        raise BadRequest(parameter="email", problem=Text("'{value}' is no e-mail address.", value=written[:60]))
    return email


def name_of(written: str) -> str:
    """A person's name, on one line.

    Raises:
        BadRequest: it is empty or too long.
    """
    name = " ".join(written.split())
    if not name or len(name) > _LONGEST_TEXT or not name.isprintable():
        raise BadRequest(parameter="name", problem=Text("Write a name of at most {n} letters.", n=_LONGEST_TEXT))
    return name


def roles_of(written: Iterable[str]) -> frozenset[Role]:
    """Roles by their words.

    Raises:
        BadRequest: one is unknown, or there is none.
    """
    words = list(written)
    strange = [word for word in words if word not in set(Role)]
    if strange or not words:
        problem = Text("'{value}' is not one of: {known}.", value=(strange or [""])[0][:40], known=", ".join(Role))
        raise BadRequest(parameter="role", problem=problem)
    return frozenset(map(Role, words))
