"""What every answer carries, and how errors leave."""

import logging
import os
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from geo import http, settings
from geo.errors import BadRequest, Misconfigured, Unavailable
from geo.settings import Settings
from geo.texts import Text

ROOT = Path(__file__).parents[3]


def read(**changes: object) -> Settings:
    return settings.load({}, ROOT).model_copy(update=changes)


def make_client(**changes: object) -> FlaskClient:
    known = read(**changes)
    app = Flask("x", static_folder=None)
    http.install(app, known)

    @app.get("/ogc/wrong")
    def wrong():
        raise BadRequest(parameter="limit", problem=Text("It stands twice."))

    @app.get("/ogc/halved")
    def halved():
        raise BadRequest(parameter="\ud800", problem=Text("It stands twice."))

    @app.get("/ogc/broken")
    def broken():
        raise RuntimeError("secret detail")

    @app.get("/ogc/misconfigured")
    def misconfigured():
        raise Misconfigured(where="/etc/secret", problem=Text("no"), remedy=Text("no"))

    @app.get("/busy")
    def busy():
        raise Unavailable

    @app.get("/where")
    def where():
        return {"base": http.base_url(request, known), "client": request.remote_addr}

    return app.test_client()


def test_a_wrong_parameter_is_a_problem_in_the_readers_language():
    client = make_client()

    polish = client.get("/ogc/wrong")
    english = client.get("/ogc/wrong?lang=en")

    assert polish.status_code == 400
    assert polish.content_type == "application/problem+json"
    assert polish.json["detail"].startswith("Parametr limit: ")
    assert english.json == {
        "type": "about:blank",
        "title": "The request is not understood",
        "status": 400,
        "detail": "Parameter limit: It stands twice.",
        "instance": "/ogc/wrong",
        "code": "invalid-parameter",
        "parameter": "limit",
    }


def test_a_browser_gets_a_page_that_links_accessibility_and_privacy():
    page = make_client().get("/ogc/wrong", headers={"Accept": "text/html,*/*;q=0.8"})

    assert page.mimetype == "text/html"
    assert "Parametr limit" in page.text
    assert 'href="/dostepnosc"' in page.text
    assert 'href="/prywatnosc"' in page.text


@pytest.mark.parametrize("path", ["/ogc/broken", "/ogc/misconfigured"])
def test_what_broke_is_logged_under_a_number_that_alone_reaches_the_client(path, caplog):
    with caplog.at_level(logging.ERROR):
        answer = make_client().get(path)

    number = answer.json["instance"].removeprefix("urn:uuid:")
    assert answer.status_code == 500
    assert number in answer.json["detail"]
    assert "secret" not in answer.text
    assert caplog.records[-1].id == number
    assert caplog.records[-1].exc_info


def test_a_busy_service_says_when_to_come_back():
    answer = make_client().get("/busy")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_security_headers_stand_on_every_answer_and_cors_only_on_public_data():
    client = make_client()

    for path in ("/where", "/ogc/wrong", "/nothing", "/assets/favicon.svg"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"]
        assert ("Access-Control-Allow-Origin" in headers) == path.startswith(("/ogc", "/assets"))


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mapa.example", "X-Forwarded-For": "203.0.113.9"}


def test_forwarded_headers_count_only_from_trusted_proxies():
    client = make_client(trusted_proxies=("10.0.0.1", "192.168.0.0/16"))

    trusted = client.get("/where", headers=FORWARDED, environ_base={"REMOTE_ADDR": "192.168.7.7"}).json
    stranger = client.get("/where", headers=FORWARDED, environ_base={"REMOTE_ADDR": "10.0.0.2"}).json
    nobody = make_client().get("/where", headers=FORWARDED).json

    assert trusted == {"base": "https://mapa.example", "client": "203.0.113.9"}
    assert stranger == {"base": "http://127.0.0.1:8080", "client": "10.0.0.2"}
    assert nobody["base"] == "http://127.0.0.1:8080"


def test_a_trusted_proxy_is_known_by_its_ipv4_address_at_a_socket_of_both_families():
    client = make_client(trusted_proxies=("10.0.0.1",))
    chain = {**FORWARDED, "X-Forwarded-For": "203.0.113.9, ::ffff:10.0.0.1"}

    trusted = client.get("/where", headers=chain, environ_base={"REMOTE_ADDR": "::ffff:10.0.0.1"}).json
    stranger = client.get("/where", headers=chain, environ_base={"REMOTE_ADDR": "::ffff:10.0.0.2"}).json

    assert trusted == {"base": "https://mapa.example", "client": "203.0.113.9"}
    assert stranger["base"] == "http://127.0.0.1:8080"


def test_the_public_url_wins_over_what_a_trusted_proxy_passes_on():
    client = make_client(public_url="https://gis.example/mapa/", trusted_proxies=("10.0.0.1",))

    answer = client.get("/where", headers=FORWARDED, environ_base={"REMOTE_ADDR": "10.0.0.1"}).json

    assert answer == {"base": "https://gis.example/mapa", "client": "203.0.113.9"}


@pytest.mark.parametrize(
    "host", ["evil.example/path", "a b", "<script>", "x" * 10 + "\r\nSet-Cookie", "evil.example, ", ""]
)
def test_a_broken_forwarded_host_is_not_believed(host):
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_HOST": host, "HTTP_X_FORWARDED_PROTO": "https"}
    client = make_client(trusted_proxies=("10.0.0.1",))

    assert client.get("/where", environ_overrides=environ).json["base"] == "http://127.0.0.1:8080"


def test_a_trusted_proxy_that_is_no_address_stops_the_start():
    with pytest.raises(Misconfigured) as caught:
        make_client(trusted_proxies=("proxy.local",))

    assert caught.value.values["where"] == "GEO_TRUSTED_PROXIES"


def test_templates_that_an_upgrade_replaces_do_not_reach_a_running_server(tmp_path):
    (tmp_path / "x.html").write_text("before", encoding="utf-8")
    known = read()
    with Flask("x").test_request_context("/"):
        before = http.pages.render("x.html", request, known, "pl", folders=[tmp_path])
        (tmp_path / "x.html").write_text("{{ nobody_gives_this }}", encoding="utf-8")
        os.utime(tmp_path / "x.html", (2e9, 2e9))

        assert http.pages.render("x.html", request, known, "pl", folders=[tmp_path]) == before == "before"


def test_an_error_that_quotes_half_a_letter_is_still_a_problem():
    client = make_client()

    for accept in ("application/json", "text/html"):
        answer = client.get("/ogc/halved", headers={"Accept": accept})

        assert answer.status_code == 400
        assert "?" in answer.text


def test_the_palette_is_kept_for_a_year_only_under_its_version():
    client = make_client()
    version = http.pages.assets.palette_version()

    kept, other, bare = (client.get(f"/styles/palette.css{query}") for query in (f"?v={version}", "?v=0", ""))
    again = client.get("/styles/palette.css", headers={"If-None-Match": bare.headers["ETag"]})

    assert "immutable" in kept.headers["Cache-Control"]
    assert [answer.headers["Cache-Control"] for answer in (other, bare, again)] == ["no-cache"] * 3
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/styles/palette.css?x=1").json["parameter"] == "x"
