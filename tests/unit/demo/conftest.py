"""A small town, made once: a twentieth of the real size still has every kind of thing in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data.demo.__main__ import SEED, make_demo
from data.demo.model import Town
from data.demo.town import build_town

SCALE = 0.05


def silent(what: str) -> None:
    """Say nothing."""
    del what


@pytest.fixture(scope="session")
def town() -> Town:
    return build_town(SEED, SCALE, silent)


@pytest.fixture(scope="session")
def make_files() -> Callable[..., None]:
    def make(out: Path, seed: int = SEED, scale: float = SCALE) -> None:
        make_demo(out, seed, scale, silent)

    return make


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, make_files: Callable[..., None]) -> Path:
    out = tmp_path_factory.mktemp("demo")
    make_files(out)
    return out
