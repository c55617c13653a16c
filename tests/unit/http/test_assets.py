"""The files of the front end are sent as small as the client can take them, and no others are."""

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from geo import settings
from geo.http import assets
from geo.http.frontend import Frontend

ROOT = Path(__file__).parents[3]


@pytest.fixture
def ask(tmp_path):
    folder = tmp_path / "dist" / "assets"
    folder.mkdir(parents=True)
    for name in (
        "main-D0Sc_d-t.js",
        "main-D0Sc_d-t.js.br",
        "main-D0Sc_d-t.js.gz",
        "favicon.svg",
        "favicon-32.png",
        "town-map.js",
    ):
        (folder / name).write_text(name, encoding="utf-8")
    (tmp_path / "dist" / "secret.json").write_text("{}", encoding="utf-8")

    files = assets.built(folder)

    def ask_(name, accepted):
        with Flask(__name__).test_request_context(headers={"Accept-Encoding": accepted}):
            response = assets.asset(folder, files, name)
            response.direct_passthrough = False
            return response

    return ask_


@pytest.mark.parametrize(
    ("accepted", "sent", "encoding"),
    [
        ("gzip, br", "main-D0Sc_d-t.js.br", "br"),
        ("gzip", "main-D0Sc_d-t.js.gz", "gzip"),
        ("br;q=0, gzip", "main-D0Sc_d-t.js.gz", "gzip"),
        ("", "main-D0Sc_d-t.js", None),
    ],
)
def test_the_smallest_that_the_client_takes_is_sent(ask, accepted, sent, encoding):
    response = ask("main-D0Sc_d-t.js", accepted)

    assert response.get_data(as_text=True) == sent
    assert response.headers.get("Content-Encoding") == encoding
    assert response.mimetype == "text/javascript"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["favicon.svg", "favicon-32.png", "town-map.js"])
def test_a_name_without_a_hash_is_not_kept_for_ever(ask, name):
    assert "immutable" not in ask(name, "br").headers["Cache-Control"]


@pytest.mark.parametrize("name", ["../secret.json", "none.js", "", "..", "a" * 300, "a" * 5000, "a\0b"])
def test_nothing_else_is_sent(ask, name):
    with pytest.raises(NotFound):
        ask(name, "br")


def test_a_folder_without_a_build_has_no_files(tmp_path):
    assert assets.built(tmp_path / "none") == frozenset()


def test_only_the_address_with_its_version_keeps_the_palette_for_ever():
    version = assets.palette_version()
    kept = {}

    for query in (f"?v={version}", "?v=of-before", ""):
        with Flask(__name__).test_request_context(f"/styles/palette.css{query}"):
            first = assets.colours()
            kept[query] = first.headers["Cache-Control"]
    with Flask(__name__).test_request_context(headers={"If-None-Match": first.headers["ETag"]}):
        again = assets.colours()

    assert kept == {f"?v={version}": assets.FOREVER, "?v=of-before": "no-cache", "": "no-cache"}
    assert again.status_code == 304


def test_what_browsers_and_crawlers_ask_of_every_host_is_answered(tmp_path, monkeypatch):
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    monkeypatch.setattr(assets.frontend, "of", lambda _: Frontend(tmp_path, None, (), (), {}))
    app = Flask(__name__)
    app.register_blueprint(assets.blueprint(settings.load({}, ROOT)))

    icon, robots = (app.test_client().get(address) for address in ("/favicon.ico", "/robots.txt"))

    assert (icon.status_code, icon.mimetype, icon.text) == (200, "image/svg+xml", "<svg/>")
    assert (robots.status_code, robots.mimetype) == (200, "text/plain")
    assert "Disallow: /api/\n" in robots.text
