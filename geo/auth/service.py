"""What may be done with accounts and sessions; one call is one transaction, which the door opens.

Signing in takes two: the attempt is written down and stays before the password is looked at, so that a hundred at once
count as a hundred.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from geo.auth import audit, passwords, store
from geo.auth.model import (
    FAILURES_OF_ADDRESS,
    FAILURES_OF_LOGIN,
    IDLE,
    LOCK,
    LONGEST,
    Account,
    AccountNotFound,
    LockedOut,
    LoginTaken,
    Role,
    Session,
    email_of,
    login_of,
    name_of,
    roles_of,
)
from geo.db import Connection
from geo.errors import BadRequest
from geo.texts import Text

# For how long an ended session can be looked up.
_KEPT = timedelta(days=90)
_LONGEST_BROWSER = 200


class Attempt(NamedTuple):
    """An attempt to sign in that was written down; `kept` is the account's password, None where there is none."""

    number: int
    login: str
    kept: str | None


def add(
    connection: Connection,
    by: Account | None,
    login: str,
    name: str,
    email: str,
    roles: Iterable[str],
    *,
    must_change: bool = True,
) -> tuple[Account, str]:
    """A new account, and its password, which is shown once and, unless it is for show, changed at the first sign-in.

    Raises:
        BadRequest: a value is wrong.
        LoginTaken: there is one already.
    """
    known, password = login_of(login), passwords.made_up()
    made = store.add_account(
        connection,
        known,
        name_of(name),
        email_of(email),
        roles_of(roles),
        passwords.hashed(password),
        must_change=must_change,
    )
    if made is None:
        raise LoginTaken(login=known)
    audit.note(connection, by, "account.added", _subject(made), {"roles": ", ".join(sorted(made.roles))})
    return made, password


def begin(connection: Connection, login: str, address: str) -> Attempt:
    """Write down an attempt to sign in.

    Raises:
        LockedOut: too many failed, of this login or from this address.
    """
    written = login.strip().lower()[:60]
    tried = store.count_attempts(connection, written, address, LOCK)
    if tried.first and (tried.of_login >= FAILURES_OF_LOGIN or tried.of_address >= FAILURES_OF_ADDRESS):
        left = tried.first + LOCK - datetime.now(UTC)
        raise LockedOut(minutes=max(1, math.ceil(left / timedelta(minutes=1))))
    return Attempt(store.add_attempt(connection, written, address), written, store.password(connection, written))


def finish(connection: Connection, attempt: Attempt, password: str, address: str, browser: str) -> str | None:
    """Open a session for an attempt whose password agrees; what the browser is to hold.

    None where the account was closed or its password exchanged meanwhile.
    """
    account = store.account(connection, attempt.login)
    if account is None or attempt.kept is None or store.password(connection, attempt.login) != attempt.kept:
        return None
    store.forget_attempts(connection, attempt.login, attempt.number)
    if passwords.is_dated(attempt.kept):
        kept = passwords.hashed(password)
        store.set_password(connection, account.id, kept, must_change=account.must_change_password)
    audit.note(connection, account, "session.opened", _subject(account), {"address": address})
    return _open(connection, account, address, browser)


def failed(connection: Connection, attempt: Attempt, address: str) -> None:
    """Write down that a password did not agree; of a login that nobody has nothing, for it may be a password."""
    account = store.account(connection, attempt.login)
    if account is not None:
        audit.note(connection, None, "sign-in.failed", _subject(account), {"address": address})


def session(connection: Connection, token: str) -> Session | None:
    """The living session of what a browser holds, noted as used."""
    found = store.session(connection, _digest(token), idle=IDLE, longest=LONGEST)
    if found is not None:
        store.touch(connection, found.id)
    return found


def sessions(connection: Connection, account: Account) -> list[Session]:
    """Where an account is signed in, the latest used first."""
    return store.sessions(connection, account.id, idle=IDLE, longest=LONGEST)


def end(connection: Connection, by: Account, session_id: int) -> None:
    """End one of the own sessions; one that has ended already stays so."""
    if store.end_session(connection, by.id, session_id):
        audit.note(connection, by, "session.ended", _subject(by))


def end_all(connection: Connection, by: Account | None, login: str) -> int:
    """End every session of an account; how many.

    Raises:
        AccountNotFound: there is none of this login.
    """
    account = _known(connection, login)
    ended = store.end_sessions(connection, account.id)
    audit.note(connection, by, "sessions.ended", _subject(account), {"n": str(ended)})
    return ended


def change_password(connection: Connection, current: Session, old: str, new: str) -> None:
    """Exchange the own password; the other sessions of the account end.

    Raises:
        BadRequest: the old one does not agree, or the new one is easily guessed or the old one again.
    """
    account = current.account
    if not passwords.agrees(old, store.password(connection, account.login)):
        raise BadRequest(parameter="old", problem=Text("This is not your present password."))
    passwords.check(new, account.login)
    if new == old:
        raise BadRequest(parameter="password", problem=Text("The new password must be another one."))
    store.set_password(connection, account.id, passwords.hashed(new), must_change=False)
    store.end_sessions(connection, account.id, but=current.id)
    audit.note(connection, account, "password.changed", _subject(account))


def renew_password(connection: Connection, by: Account | None, login: str) -> str:
    """A new random password for somebody who lost theirs, to be changed at the next sign-in; all sessions end.

    Raises:
        AccountNotFound: there is none of this login.
    """
    account, password = _known(connection, login), passwords.made_up()
    store.set_password(connection, account.id, passwords.hashed(password), must_change=True)
    store.end_sessions(connection, account.id)
    store.forget_attempts(connection, account.login)
    audit.note(connection, by, "password.renewed", _subject(account))
    return password


def set_roles(connection: Connection, by: Account | None, login: str, roles: Iterable[str]) -> Account:
    """Exchange an account's roles.

    Raises:
        AccountNotFound: there is none of this login.
        BadRequest: a role is unknown, or administrators would take their own right away.
    """
    account, wanted = _known(connection, login), roles_of(roles)
    if by and by.id == account.id and Role.ADMIN not in wanted:
        raise BadRequest(
            parameter="role",
            problem=Text("Nobody takes the role of an administrator from themselves: ask another one."),
        )
    store.set_roles(connection, account.id, wanted)
    before, after = ", ".join(sorted(account.roles)), ", ".join(sorted(wanted))
    audit.note(connection, by, "roles.changed", _subject(account), {"before": before, "after": after})
    return _known(connection, login)


def disable(connection: Connection, by: Account | None, login: str) -> None:
    """Close an account: its sessions end and nobody signs in by it; what it did stays written down.

    Raises:
        AccountNotFound: there is none of this login.
        BadRequest: it is the own account.
    """
    account = _known(connection, login)
    if by and by.id == account.id:
        raise BadRequest(parameter="login", problem=Text("Nobody closes their own account: ask another administrator."))
    store.set_disabled(connection, account.id, disabled=True)
    store.end_sessions(connection, account.id)
    audit.note(connection, by, "account.disabled", _subject(account))


def enable(connection: Connection, by: Account | None, login: str) -> None:
    """Open a closed account again, and unlock one that too many attempts locked.

    Raises:
        AccountNotFound: there is none of this login.
    """
    account = _known(connection, login)
    store.set_disabled(connection, account.id, disabled=False)
    store.forget_attempts(connection, account.login)
    audit.note(connection, by, "account.enabled", _subject(account))


def forget(connection: Connection) -> None:
    """Remove what nobody needs any more; every night."""
    store.forget(connection, sessions_after=_KEPT, attempts_after=LOCK)


def _open(connection: Connection, account: Account, address: str, browser: str) -> str:
    token = secrets.token_urlsafe(32)
    store.add_session(
        connection, _digest(token), secrets.token_urlsafe(24), account.id, address, browser[:_LONGEST_BROWSER]
    )
    return token


def _known(connection: Connection, login: str) -> Account:
    account = store.account(connection, login.strip().lower())
    if account is None:
        raise AccountNotFound(login=login[:60])
    return account


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _subject(account: Account) -> str:
    return f"account:{account.login}"
