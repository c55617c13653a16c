"""The layer of one's own that docs/layers.md shows: its entry and its commands, as they stand on the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.running import ROOT, Installation, installation

LAYER = "addresses-sample"
_FILE = "sample_model2021.gml"


def file_of(shared_data: Path) -> Path:
    """The real PRG excerpt."""
    return shared_data / "addresses" / _FILE


def with_entry(folder: Path, **environ: str) -> Installation:
    """A geoportal without a demo town, whose registry has the page's entry; nothing is started yet."""
    found = re.search(r"```yaml\n(  addresses-sample:.*?)```", _page(), re.DOTALL)
    assert found is not None
    config = folder / "config"
    config.mkdir(parents=True)
    for file in (ROOT / "config").iterdir():
        content = file.read_text(encoding="utf-8")
        if file.name == "layers.yaml":
            content = content.replace("\nflights:", f"\n{found[1]}\nflights:")
        (config / file.name).write_text(content, encoding="utf-8")
    return installation(folder / "data", GEO_CONFIG_DIR=str(config), GEO_DEMO="0", **environ)


def load(ours: Installation, shared_data: Path) -> None:
    """Do what the page says, on a geoportal that runs."""
    found = re.search(r"```sh\n(geo layers load sample_model2021.*?)```", _page(), re.DOTALL)
    assert found is not None
    for line in found[1].strip().splitlines():
        command = shlex.split(line.replace(_FILE, str(file_of(shared_data))))[1:]
        outcome = ours.geo(*command)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def _page() -> str:
    return (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
