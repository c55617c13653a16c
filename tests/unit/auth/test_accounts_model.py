"""What a login, an e-mail address, a name and a role may be."""

import pytest

from geo.auth.model import Role, email_of, login_of, name_of, roles_of
from geo.errors import BadRequest


def test_a_login_is_kept_in_small_letters_without_blanks_around():
    assert login_of(" Anna.Nowak ") == "anna.nowak"


@pytest.mark.parametrize("bad", ["", "a", "łucja", "anna nowak", "-anna", "x" * 41, "a/b", "a\x00b", "<b>"])
def test_what_is_no_login_is_refused(bad):
    with pytest.raises(BadRequest, match="login"):
        login_of(bad)


@pytest.mark.parametrize("bad", ["", "anna", "anna@", "@town.pl", "a b@town.pl", "anna@town", "a@b.pl\nBcc: x@y.pl"])
def test_what_is_no_address_is_refused(bad):
    with pytest.raises(BadRequest):
        email_of(bad)


def test_a_name_is_one_line():
    assert name_of("  Anna\n Nowak ") == "Anna Nowak"
    for bad in ("", "  ", "x" * 201, "An\x07na"):
        with pytest.raises(BadRequest):
            name_of(bad)


def test_roles_are_named_and_at_least_one():
    assert roles_of(["admin", "moderator"]) == {Role.ADMIN, Role.MODERATOR}
    for bad in ([], ["mayor"], ["admin", ""]):
        with pytest.raises(BadRequest):
            roles_of(bad)
