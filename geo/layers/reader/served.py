"""The reader's half that lives in a confined child: opens the one file of its view, and says what stands in it."""

from __future__ import annotations

from collections.abc import Mapping

from geo.confine import Json, Message, Say, View
from geo.confine.child import Answer
from geo.layers.reader import open_file, wire
from geo.layers.reader.source import Source


def begin(view: View, arguments: Json) -> Mapping[str, Answer]:
    """What can be asked: `open` once, then `features` of some kinds, as often as wanted.

    `arguments`: `main`, the file's name in the view, and `file`, what messages call it.
    """
    opened: list[Source] = []

    def open_it(_: Json, say: Say) -> None:
        def tell(number: int) -> None:
            say(Message({"come": number}))

        source = open_file(view.file(arguments["main"]), arguments["file"], scratch=view.work, progress=tell)
        opened.append(source)
        say(Message({"source": _described(source)}))

    def features(kinds: Json, say: Say) -> None:
        (source,) = opened
        for batch in source.columns(kinds):
            for message in wire.messages(batch):
                say(message)
        say(Message({"closed": dict(source.closed), **_counted(source)}))

    return {"open": open_it, "features": features}


def _described(source: Source) -> Json:
    return {
        "file": source.file,
        "format": source.format,
        "kinds": sorted(source.kinds),
        "axis_rule": source.axis_rule,
        "synthetic": source.synthetic,
        **_counted(source),
    }


def _counted(source: Source) -> dict[str, Json]:
    return {
        "counts": dict(source.counts),
        "findings": [wire.finding_as_json(finding) for finding in source.findings],
    }
