"""What is unpacked and kept on the disk while a PRG file is read, and how far the reading is."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_prg import ALL, address, locality, street

from geo.errors import Unreadable
from geo.layers.reader import open_file, unpacked
from tests.fixtures.gml import PRGAD, collection
from tests.fixtures.prg_big import write


def test_a_big_file_is_streamed_with_true_lines(tmp_path):
    path = tmp_path / "big.gml"
    write(5000, path)
    with open_file(path) as source:
        last = None
        count = 0
        for feature in source.features(["prg.address"]):
            count, last = count + 1, feature

    assert count == source.counts["prg.address"] == 5000
    assert source.synthetic
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "AD_PunktAdresowy" in lines[last.line - 1]
    assert last.line > 65_535
    assert last.fields["ulica"].startswith("Świętej Łucji")
    assert last.findings == []


def test_a_zipped_file_leaves_nothing_behind(tmp_path, given):
    given("a.gml", collection(locality(), PRGAD, "p"))
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(tmp_path / "a.gml", "deep/a.gml")
    with open_file(packed) as source:
        folders = [folder.name for folder in source.folders]
        names = [feature.fields["nazwa"] for feature in source.features(ALL)]

    assert names == ["Wymyślin"]
    assert source.file == "a.zip/deep/a.gml"
    assert folders
    assert not any(Path(folder).exists() for folder in folders)


def packed(tmp_path):
    """An archive of a small register."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.gml", collection(locality() + street() + address(), PRGAD, "p"))
    return path


def test_what_waits_on_disk_waits_where_the_load_says_and_goes_with_it(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    with open_file(packed(tmp_path), scratch=scratch) as source:
        during = sorted(path.name for folder in scratch.iterdir() for path in folder.iterdir())
        folders = source.folders

    assert (during, len(folders)) == (["data.gml", "items"], 0)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("pack", [True, False])
def test_a_register_for_which_there_is_no_room_is_refused_before_it_is_read(given, tmp_path, monkeypatch, pack):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    text = collection(locality() + street() + address(), PRGAD, "p")
    path = packed(tmp_path) if pack else given("a.gml", text)
    monkeypatch.setattr(unpacked.shutil, "disk_usage", lambda _: SimpleNamespace(free=100))

    with pytest.raises(Unreadable, match="are free"):
        open_file(path, scratch=scratch)

    assert list(scratch.iterdir()) == []


def test_a_register_that_is_parsed_before_it_is_read_tells_how_far_that_is(tmp_path):
    path = tmp_path / "big.gml"
    write(12_000, path)
    heard = []

    with open_file(path, progress=heard.append):
        pass

    assert heard[:2] == [5000, 10_000]
