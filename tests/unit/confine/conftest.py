"""A file that is given to children, and a child that a module shares."""

import pytest
from children import started


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    path = tmp_path_factory.mktemp("given") / "roads.gml"
    path.write_text("what was given", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def child(given):
    with started(given) as running:
        yield running
