"""Every route of the application, walked with every role and with none: a new one without a rule fails here."""

import re

import pytest

from geo.auth import Gate, Role
from geo.auth.gate import ALL_ROLES
from server.app import PUBLIC

PARTS = {"login": "moderator", "number": "1"}
WITH_KEY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@pytest.fixture
def gate(application, deps):
    """The gate of the application, to be asked for its rules."""
    made = Gate(deps, PUBLIC)
    made._app = application
    return made


def staff_routes(application, gate):
    """(path, method, roles) of each route that is not public."""
    for rule in application.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in PUBLIC:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: PARTS[part[1]], rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield path, method, gate.rule_of(rule.endpoint)


def test_every_route_has_a_rule(application, gate):
    without = [rule.endpoint for rule in application.url_map.iter_rules() if gate.rule_of(rule.endpoint) is None]

    assert without == []


def test_what_is_called_public_exists_and_lies_outside_the_staffs_paths(application):
    paths = [(rule.endpoint.split(".")[0], rule.rule) for rule in application.url_map.iter_rules()]

    assert {name for name, _ in paths} >= PUBLIC
    assert not [path for name, path in paths if name in PUBLIC and path.startswith("/staff")]


@pytest.mark.usefixtures("people")
def test_nobody_passes_a_staff_route_without_signing_in(application, gate, browser):
    nobody = browser()

    for path, method, roles in staff_routes(application, gate):
        if not roles:
            assert (path, method) in {("/staff", "GET"), ("/staff", "POST")}
            continue
        answer = nobody.client.open(path, method=method, headers={"Accept": "application/json"})
        assert answer.status_code == 401, (path, method)
        assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("role", Role)
def test_each_role_passes_where_a_rule_says_so_and_nowhere_else(role, application, gate, browser, people):
    somebody = browser(people[role])

    for path, method, roles in staff_routes(application, gate):
        if path == "/staff/sign-out" or not roles:
            continue
        fields = {"form_key": somebody.key()} if method in WITH_KEY else {}
        answer = somebody.client.open(path, method=method, data=fields, headers={"Accept": "application/json"})
        if role in roles:
            assert answer.status_code in {200, 303, 400, 404, 422}, (path, method)
        else:
            assert answer.status_code == 403, (path, method)
            assert answer.json["code"] == "role-needed"


def test_a_route_that_no_rule_names_lets_nobody_in(application, browser, people):
    application.view_functions["staff.unnamed"] = lambda: "secret"
    application.url_map._remap = True
    application.url_map.add(application.url_rule_class("/staff/unnamed", endpoint="staff.unnamed", methods={"GET"}))

    answer = browser(people["admin"]).get("/staff/unnamed")

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_whoever_got_a_password_changes_it_before_anything_else(application, gate, browser, people, deps):
    anna = browser(people["admin"])
    with deps.database.transaction() as connection:
        connection.execute("UPDATE geo.account SET must_change_password = true")

    for path, method, roles in staff_routes(application, gate):
        if path in {"/staff", "/staff/password", "/staff/sign-out"} or method != "GET" or Role.ADMIN not in roles:
            continue
        answer = anna.get(path)
        assert (answer.status_code, answer.headers["Location"][-15:]) == (303, "/staff/password"), (path, roles)


def test_everybody_who_is_signed_in_may_do_what_needs_no_role(gate):
    assert gate.rule_of("staff.sessions") == ALL_ROLES
