"""Queries of accounts, sessions and attempts to sign in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg.rows import class_row, kwargs_row

from geo.auth.model import Account, Role, Session
from geo.db import Connection

_ACCOUNT = "id, login, name, email, roles, must_change_password, disabled_at"
_SESSION = (
    "s.id, s.form_key, s.created_at, s.seen_at, s.address, s.browser, a.id AS account_id, a.login, a.name, a.email,"
    " a.roles, a.must_change_password, a.disabled_at FROM geo.session s JOIN geo.account a ON a.id = s.account_id"
)
_ALIVE = (
    "s.ended_at IS NULL AND a.disabled_at IS NULL"
    " AND s.seen_at > now() - %(idle)s AND s.created_at > now() - %(longest)s"
)


class Attempts(NamedTuple):
    """How often signing in failed lately, and when that began."""

    of_login: int
    of_address: int
    first: datetime | None


def add_account(
    connection: Connection,
    login: str,
    name: str,
    email: str,
    roles: Collection[Role],
    password: str,
    *,
    must_change: bool = True,
) -> Account | None:
    """A new account; None where the login is taken."""
    with connection.cursor(row_factory=kwargs_row(_account)) as cursor:
        return cursor.execute(
            "INSERT INTO geo.account (login, name, email, roles, password, must_change_password)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
            f" ON CONFLICT (login) DO NOTHING RETURNING {_ACCOUNT}",
            [login, name, email, sorted(roles), password, must_change],
        ).fetchone()


def accounts(connection: Connection) -> list[Account]:
    """All of them, by login."""
    with connection.cursor(row_factory=kwargs_row(_account)) as cursor:
        return cursor.execute(f"SELECT {_ACCOUNT} FROM geo.account ORDER BY login").fetchall()


def account(connection: Connection, login: str) -> Account | None:
    """One, locked until the end of the transaction."""
    with connection.cursor(row_factory=kwargs_row(_account)) as cursor:
        query = f"SELECT {_ACCOUNT} FROM geo.account WHERE login = %s FOR UPDATE"
        return cursor.execute(query, [login]).fetchone()


def password(connection: Connection, login: str) -> str | None:
    """The kept password of an account that may sign in."""
    query = "SELECT password FROM geo.account WHERE login = %s AND disabled_at IS NULL"
    row = connection.execute(query, [login]).fetchone()
    return str(row[0]) if row else None


def set_password(connection: Connection, account_id: int, kept: str, *, must_change: bool) -> None:
    """Exchange a password."""
    connection.execute(
        "UPDATE geo.account SET password = %s, must_change_password = %s WHERE id = %s", [kept, must_change, account_id]
    )


def set_roles(connection: Connection, account_id: int, roles: Iterable[Role]) -> None:
    """Exchange the roles."""
    connection.execute("UPDATE geo.account SET roles = %s WHERE id = %s", [sorted(roles), account_id])


def set_disabled(connection: Connection, account_id: int, *, disabled: bool) -> None:
    """Close an account, or open it again."""
    connection.execute(
        "UPDATE geo.account SET disabled_at = CASE WHEN %s THEN coalesce(disabled_at, now()) END WHERE id = %s",
        [disabled, account_id],
    )


def count_attempts(connection: Connection, login: str, address: str, within: timedelta) -> Attempts:
    """What was attempted lately; whoever attempts the same waits until this transaction ends."""
    # In one order always, so that two who wait for each other cannot be.
    for key in sorted([f"login {login}", f"address {address}"]):
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('geo.sign_in ' || %s, 0))", [key])
    with connection.cursor(row_factory=class_row(Attempts)) as cursor:
        return cursor.execute(
            "SELECT count(*) FILTER (WHERE login = %(login)s) AS of_login,"
            " count(*) FILTER (WHERE address = %(address)s) AS of_address, min(at) AS first FROM geo.sign_in_attempt"
            " WHERE at > now() - %(within)s AND (login = %(login)s OR address = %(address)s)",
            {"login": login, "address": address, "within": within},
        ).fetchone() or Attempts(0, 0, None)


def add_attempt(connection: Connection, login: str, address: str) -> int:
    """Write down an attempt; its number."""
    row = connection.execute(
        "INSERT INTO geo.sign_in_attempt (login, address) VALUES (%s, %s) RETURNING id", [login, address]
    ).fetchone()
    return int(row[0]) if row else 0


def forget_attempts(connection: Connection, login: str, number: int | None = None) -> None:
    """Forget what was attempted by a login; of other logins from the same address nothing, but the attempt `number`."""
    connection.execute("DELETE FROM geo.sign_in_attempt WHERE login = %s OR id = %s", [login, number])


def add_session(
    connection: Connection, token: bytes, form_key: str, account_id: int, address: str, browser: str
) -> None:
    """A new session; `token` is the digest of what the browser gets."""
    connection.execute(
        "INSERT INTO geo.session (token, form_key, account_id, address, browser) VALUES (%s, %s, %s, %s, %s)",
        [token, form_key, account_id, address, browser],
    )


def session(connection: Connection, token: bytes, *, idle: timedelta, longest: timedelta) -> Session | None:
    """The living session of a token."""
    with connection.cursor(row_factory=kwargs_row(_session)) as cursor:
        return cursor.execute(
            f"SELECT {_SESSION} WHERE s.token = %(token)s AND {_ALIVE}",
            {"token": token, "idle": idle, "longest": longest},
        ).fetchone()


def touch(connection: Connection, session_id: int) -> None:
    """Note that a session is used; once a minute is often enough."""
    connection.execute(
        "UPDATE geo.session SET seen_at = now() WHERE id = %s AND seen_at < now() - interval '1 minute'", [session_id]
    )


def sessions(connection: Connection, account_id: int, *, idle: timedelta, longest: timedelta) -> list[Session]:
    """The living sessions of an account, the latest used first."""
    with connection.cursor(row_factory=kwargs_row(_session)) as cursor:
        return cursor.execute(
            f"SELECT {_SESSION} WHERE s.account_id = %(account)s AND {_ALIVE} ORDER BY s.seen_at DESC, s.id",
            {"account": account_id, "idle": idle, "longest": longest},
        ).fetchall()


def end_session(connection: Connection, account_id: int, session_id: int) -> bool:
    """End one session of an account; whether it lived."""
    return (
        connection.execute(
            "UPDATE geo.session SET ended_at = now() WHERE id = %s AND account_id = %s AND ended_at IS NULL",
            [session_id, account_id],
        ).rowcount
        > 0
    )


def end_sessions(connection: Connection, account_id: int, *, but: int | None = None) -> int:
    """End every session of an account but one; how many."""
    return connection.execute(
        "UPDATE geo.session SET ended_at = now() WHERE account_id = %s AND ended_at IS NULL AND id IS DISTINCT FROM %s",
        [account_id, but],
    ).rowcount


def forget(connection: Connection, *, sessions_after: timedelta, attempts_after: timedelta) -> None:
    """Remove sessions that ended, or were last used, so long ago, and attempts as old."""
    connection.execute("DELETE FROM geo.session WHERE coalesce(ended_at, seen_at) < now() - %s", [sessions_after])
    connection.execute("DELETE FROM geo.sign_in_attempt WHERE at < now() - %s", [attempts_after])


def _account(
    id: int,  # noqa: A002 - a column's name
    login: str,
    name: str,
    email: str,
    roles: list[str],
    must_change_password: bool,
    disabled_at: datetime | None,
) -> Account:
    return Account(id, login, name, email, frozenset(map(Role, roles)), must_change_password, disabled_at)


def _session(
    id: int,  # noqa: A002 - a column's name
    form_key: str,
    created_at: datetime,
    seen_at: datetime,
    address: str,
    browser: str,
    account_id: int,
    **account: object,
) -> Session:
    return Session(id, _account(account_id, **account), form_key, created_at, seen_at, address, browser)  # type: ignore[arg-type] # its columns
