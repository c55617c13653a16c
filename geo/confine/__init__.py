"""A task in a child process that can read the files it is given: no network, no other file, no program.

What offices and strangers hand in is parsed by large libraries. A fault in one of them shall cost a refusal, not the
server. So a task runs in a fresh interpreter without our environment, behind the walls of `geo.confine.walls`, and
speaks through a pipe in frames that are parsed, never unpickled (`geo.confine.frames`).

    with confine.started("geo.layers.reader.served:begin", {"data": path}, file="roads.gml") as child:
        for message in child.ask("features", {"kinds": ["prg.address"]}):
            ...

Several children may read one file at once, each with its own arguments; each streams while the others are being
listened to, as far as its pipe holds. Every child dies with this process, and when its block ends.
"""

from geo.confine.child import Say
from geo.confine.endings import BrokenOff, Killed
from geo.confine.frames import Garbled, Json, Message
from geo.confine.limits import Limits
from geo.confine.process import Child, started
from geo.confine.view import View

__all__ = ["BrokenOff", "Child", "Garbled", "Json", "Killed", "Limits", "Message", "Say", "View", "started"]
