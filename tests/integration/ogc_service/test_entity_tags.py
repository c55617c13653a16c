"""An entity tag names one body: it changes with whatever changes the answer, and with nothing else under way."""

from dataclasses import replace

import pytest
from publishing import addresses, make_app, publish

from geo import editions
from geo.catalog import Catalog
from geo.deps import Deps
from geo.ogc import fingerprint

ITEMS = "/ogc/collections/addresses/items"


class MovesMeanwhile:
    """A catalog that somebody publishes to between two questions of one request."""

    def __init__(self, *seen: Catalog) -> None:
        self.seen = list(seen)

    def __call__(self) -> Catalog:
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]


@pytest.mark.parametrize("path", ["", "/schema", "/tiles", "/tiles/WebMercatorQuad", "?f=html"])
def test_a_publication_during_a_request_never_puts_the_old_body_under_the_new_tag(fresh_deps: Deps, path: str):
    address = f"/ogc/collections/addresses{path}"
    publish(fresh_deps, "addresses", addresses(3))
    old = fresh_deps.catalog()
    publish(fresh_deps, "addresses", addresses(50))
    new = fresh_deps.catalog()
    before, during, after = (
        make_app(replace(fresh_deps, catalog=MovesMeanwhile(*seen))).test_client().get(address)
        for seen in ([old], [old, new], [new])
    )

    assert before.headers["ETag"] != after.headers["ETag"]
    assert (during.headers["ETag"], during.data) in [(one.headers["ETag"], one.data) for one in (before, after)]


def test_an_edition_that_is_public_again_has_another_tag_with_its_new_time(fresh_deps: Deps):
    client = make_app(fresh_deps).test_client()
    publish(fresh_deps, "addresses", addresses(3))
    with fresh_deps.database.transaction() as connection:
        connection.execute("UPDATE geo.edition SET published_at = published_at - interval '1 hour'")
        editions.announce(connection)
    first = client.get(ITEMS)
    publish(fresh_deps, "addresses", addresses(5))
    with fresh_deps.database.transaction() as connection:
        editions.rollback(connection, "addresses")

    again = client.get(ITEMS, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 200
    assert again.json["timeStamp"] != first.json["timeStamp"]
    assert again.headers["ETag"] != first.headers["ETag"]


def test_another_program_has_other_tags(fresh_deps: Deps, monkeypatch: pytest.MonkeyPatch):
    held = make_app(fresh_deps).test_client().get("/ogc")

    monkeypatch.setattr(fingerprint, "of_program", lambda: "another")
    answer = make_app(fresh_deps).test_client().get("/ogc", headers={"If-None-Match": held.headers["ETag"]})

    assert answer.status_code == 200
