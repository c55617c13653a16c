"""The doctor on the walls around readers of files from outside: each is tried, not believed."""

from __future__ import annotations

from geo.confine import BrokenOff, probe
from geo.texts import Text
from server.diagnosis import Check, advice, broken, fine

_OPEN = {
    "network": Text("A reader of files from outside can open connections: seccomp does not hold here."),
    "files": Text("A reader of files from outside can read other files too: Landlock does not hold here."),
    "processes": Text("A reader of files from outside can reach other processes: seccomp does not hold here."),
    "memory": Text("A reader of files from outside can take more memory than GEO_READER_MEMORY_MB."),
}


def check_walls() -> list[Check]:
    """What a confined child could do that it should not; one line where nothing."""
    try:
        passed = probe.passed()
    except BrokenOff as exc:
        return [broken(exc.text, Text("No file can be loaded before this is mended; the log says more."))]
    remedy = Text(
        "It needs Linux 5.13 or newer on x86-64 or ARM64, and in a container an engine that permits it"
        " (docs/security.md). Until then load only files whose sender you know."
    )
    found = [advice(text, remedy) for name, text in _OPEN.items() if name in passed]
    return found or [fine(Text("Files from outside are read behind walls: no network, no other file, limits."))]
