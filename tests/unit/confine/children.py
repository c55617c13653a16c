"""Children whose tasks try what they must not."""

import os
from pathlib import Path

from geo import confine

TASK = "tests.unit.confine.tasks:begin"


def started(path, arguments=None, **options):
    return confine.started(TASK, {"data": path}, arguments, file="roads.gml", **options)


def tried(child, name, value):
    (message,) = child.ask("attempt", [name, value])
    return message.head


def gone(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[2] == "Z"
