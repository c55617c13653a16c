"""Passwords: which are refused, how they are kept, and that nobody's costs as much as somebody's."""

import pytest

from geo.auth import passwords
from geo.errors import BadRequest, Unavailable


@pytest.mark.parametrize("good", ["trzy białe konie idą", "x7-Q!r9_Lm2p", "anna lubi koty i psy"])
def test_a_long_password_is_taken_whatever_it_is_made_of(good):
    passwords.check(good, "anna")


@pytest.mark.parametrize("bad", ["", "krótkie", "a" * 30, "abababababababab", "anna12345678", "x" * 201])
def test_a_password_that_is_easily_guessed_is_refused(bad):
    with pytest.raises(BadRequest):
        passwords.check(bad, "anna")


def test_what_is_kept_is_argon2id_and_never_twice_the_same():
    first, second = passwords.hashed("trzy białe konie"), passwords.hashed("trzy białe konie")

    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.agrees("trzy białe konie", first)
    assert not passwords.agrees("trzy białe koniE", first)
    assert not passwords.is_dated(first)


def test_nobodys_password_agrees_with_nothing():
    assert not passwords.agrees("", None)
    assert not passwords.agrees("trzy białe konie", None)
    assert not passwords.agrees("trzy białe konie", "damaged")


def test_made_up_passwords_differ_and_pass_the_rule():
    made = {passwords.made_up() for _ in range(50)}

    assert len(made) == 50
    for one in made:
        passwords.check(one, "anna")


def test_a_flood_of_attempts_is_refused_instead_of_computed_at_once(monkeypatch):
    monkeypatch.setattr(passwords, "_PATIENCE_S", 0.01)

    with passwords._taking_turns(), pytest.raises(Unavailable):
        passwords.agrees("trzy białe konie", None)
