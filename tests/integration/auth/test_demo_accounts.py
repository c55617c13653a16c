"""The demo town's accounts: made once, with passwords that open them, and never where others can reach them."""

import pytest

from server import demo_accounts
from server.database import Addresses


@pytest.fixture
def say(deps, database):
    """Prepares a start with other settings; what it said."""

    def say_(**settings):
        said = []
        ours = deps.settings.model_copy(update={"demo": True, **settings})
        demo_accounts.make_if_first(ours, Addresses(database.owner, database.public), said.append)
        return said

    return say_


def test_each_role_has_an_account_and_its_password_opens_it(say, browser):
    _, *told = say()

    assert len(told) == 4
    for text in told:
        page = browser()
        assert page.sign_in(text.values["login"], text.values["password"]).status_code == 303
        assert page.get("/staff/sessions").status_code == 200
    assert say() == [], "a second start makes nothing and says nothing"


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "gis.example"])  # noqa: S104 - compared, not bound
def test_none_is_made_where_others_can_sign_in(say, host, deps):
    (refused,) = say(host=host)

    assert "geo accounts add" in refused.say("en")
    with deps.database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM geo.account").fetchone() == (0,)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_loopback_is_this_machine(say, host):
    assert len(say(host=host)) == 5


def test_a_town_without_the_demo_gets_none(say):
    assert say(demo=False) == []
