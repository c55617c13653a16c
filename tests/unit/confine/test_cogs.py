import pytest

from geo.confine import BrokenOff, Limits
from geo.ortho import reading


@pytest.fixture
def convert(tmp_path, monkeypatch):
    """A conversion that leaves what is said; its child afterwards, and the target."""
    monkeypatch.setattr(reading, "TASK", "tests.unit.confine.cogs:begin")
    (tmp_path / "a.tif").touch()

    def converted(left):
        monkeypatch.setattr(reading, "ENVIRONMENT", {"COG": left})
        target = tmp_path / "target.tif"
        with reading.confined(tmp_path / "a.tif", None, tmp_path, Limits(), lambda: None) as read:
            read.convert(target, lambda *_: None)
            # Whoever made it writes to it no more.
            assert read._child.process.returncode is not None
        return target

    return converted


def test_a_cog_is_taken_when_its_maker_is_dead(convert):
    assert convert("a file").read_bytes() == b"picture"


@pytest.mark.parametrize("left", ["nothing", "a folder", "two names"])
def test_what_is_no_file_of_its_own_is_not_taken_as_a_cog(convert, left, tmp_path):
    with pytest.raises(BrokenOff, match="what no reader of ours says"):
        convert(left)

    assert not (tmp_path / "target.tif").exists()
