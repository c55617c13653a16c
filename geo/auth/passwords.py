"""Passwords: made, judged, kept as argon2id, compared.

The parameters are OWASP's for a server that signs in a few people (19 MiB, two passes): about a twentieth of a second.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geo import deadline
from geo.errors import BadRequest, Unavailable
from geo.texts import Text

SHORTEST, LONGEST = 12, 200
_FEWEST_DIFFERENT = 5
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A process computes one at a time: a flood of attempts takes neither its memory nor both cores.
_turn = BoundedSemaphore(1)
_PATIENCE_S = 3.0


def check(password: str, login: str) -> None:
    """Refuse a password that is easily guessed. Length counts, not kinds of signs (NIST SP 800-63B, 3.1.1.2).

    Raises:
        BadRequest: it is too short, too long, of a few signs only, or made of the login.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        problem = Text("Take {low} to {high} signs; a few words are easily remembered.", low=SHORTEST, high=LONGEST)
    elif len(set(password)) < _FEWEST_DIFFERENT:
        problem = Text("It repeats a few signs; take another one.")
    elif login in password.lower() and len(password) < SHORTEST + len(login):
        problem = Text("It is little more than the login; take another one.")
    else:
        return
    raise BadRequest(parameter="password", problem=problem)


def made_up() -> str:
    """A new random password of 96 bits, easily copied."""
    return secrets.token_urlsafe(12)


def hashed(password: str) -> str:
    """A password as it is kept.

    Raises:
        Unavailable: too many are being computed.
    """
    with _taking_turns():
        return _HASHER.hash(password)


def agrees(password: str, kept: str | None) -> bool:
    """Whether it is the password; nobody's (None) takes as long as somebody's.

    Raises:
        Unavailable: too many are being computed.
    """
    with _taking_turns():
        try:
            return _HASHER.verify(kept or _nobodys(), password[: LONGEST + 1]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_dated(kept: str) -> bool:
    """Whether it was kept with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


@contextmanager
def _taking_turns() -> Iterator[None]:
    if not _turn.acquire(timeout=min(_PATIENCE_S, deadline.left_s())):
        raise Unavailable
    try:
        yield
    finally:
        _turn.release()
