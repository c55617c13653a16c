"""What the first start says while the demo town is loaded."""

from threading import Event

from geo.texts import Text
from server import demo


def test_only_a_step_that_lasts_is_named(monkeypatch):
    monkeypatch.setattr(demo, "_TELL_EVERY_S", 0.01)
    said: list[str] = []
    heard = Event()

    def announce(text: Text) -> None:
        said.append(text.say("en"))
        heard.set()

    with demo._telling(announce) as tell:
        monkeypatch.setattr(demo, "_TELL_EVERY_S", 600)
        tell(Text("A step that is over at once"))
        monkeypatch.setattr(demo, "_TELL_EVERY_S", 0.01)
        tell(Text("A step that lasts"))
        assert heard.wait(60)

    assert said == ["A step that lasts"]


def test_features_are_counted_no_more_often_than_every_other_second(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(demo.time, "monotonic", iter([0.0, 1.0, 2.5, 2.5, 3.0]).__next__)

    with demo._telling(lambda text: said.append(text.say("en"))) as tell:
        for count in (100, 200, 300):
            tell(count)

    assert said == ["200 features…"]
