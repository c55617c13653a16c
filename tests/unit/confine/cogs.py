"""Conversions that were taken over: each leaves something else in the place of its COG."""

import os

from geo.confine import Message


def begin(view, _arguments):
    cog = view.work / "cog.tif"

    def convert(_told, say):
        say(Message({"pixels": 1}))
        kind = os.environ["COG"]
        if kind == "nothing":
            return
        if kind == "a folder":
            cog.mkdir()
            return
        cog.write_bytes(b"picture")
        if kind == "two names":
            os.link(cog, view.work / "second")

    return {"convert": convert}
