"""What a load says while it lasts."""

from __future__ import annotations

from geo.layers.progress import SpokenProgress
from geo.texts import Text


def test_a_log_gets_a_line_every_five_seconds_of_counting(capsys):
    moments = iter([0.0, 1.0, 5.0, 5.0, 9.0, 10.0, 10.0])
    progress = SpokenProgress("pl", lambda: next(moments))

    progress(Text("Loading {file}…", file="a.gml"))
    for count in (5000, 10_000, 15_000, 20_000):
        progress(count)

    assert capsys.readouterr().out.splitlines() == [
        "Wczytywanie a.gml…",
        "  jak dotąd 10000 obiektów…",
        "  jak dotąd 20000 obiektów…",
    ]


def test_a_count_that_begins_anew_begins_its_own_line_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = SpokenProgress("en")

    for count in (5000, 10_000, 5000):
        progress(count)
    progress.end_count()

    assert capsys.readouterr().err == "\r5000\r10000\n\r5000\n"
