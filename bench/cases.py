"""What a case is, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench import rounds
from bench.contestants import LeftOut
from bench.contestants.mapserver import MapServer
from bench.contestants.martin import Martin
from bench.contestants.nginx import Nginx
from bench.contestants.ours import Ours
from bench.contestants.pygeoapi import Pygeoapi
from bench.contestants.tipg import Tipg
from bench.contestants.titiler import Titiler
from bench.rounds import Figures
from bench.servers import Server, Servers
from bench.town import Town


@dataclass(frozen=True)
class Aim:
    """What the issue wants: at least `factor` times the peer's figure."""

    peer: str
    factor: float


@dataclass(frozen=True)
class Line:
    """One contestant in one case; `ratio` is our figure divided by its."""

    who: str
    shown: str
    ratio: float | None = None
    aim: float | None = None
    note: str = ""
    # Of ours or its answers some were wrong or broken: the ratio decides nothing.
    failed: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached; None without an aim, without a figure, or where answers failed."""
        return None if self.aim is None or self.ratio is None or self.failed else self.ratio >= self.aim


@dataclass(frozen=True)
class Outcome:
    """A case measured: its lines, ours first, and what was found about the content."""

    title: str
    lines: Sequence[Line]
    content: str = ""


@dataclass
class Bench:
    """One run: the town, what is running, how much is measured, and who had to be left out."""

    town: Town
    servers: Servers
    rounds: int
    seconds: int
    repeats: int = 2
    left_out: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know everybody who can be asked for."""
        town = self.town
        self.contestants = {
            "ours": Ours(town, "bench.forgetful:create"),
            "ours, asked again": Ours(town),
            "tipg": Tipg(town),
            "pygeoapi": Pygeoapi(town),
            "MapServer": MapServer(town),
            "martin": Martin(town),
            "martin, cached": Martin(town, cache_mb=256),
            "titiler": Titiler(town),
            "nginx": Nginx(town.data_dir / "nginx"),
        }

    def server(self, name: str) -> Server | None:
        """A running contestant, started at its first use; None where it is left out, which is remembered.

        Raises:
            RuntimeError: our own server does not start.
        """
        if name in self.servers.running:
            return self.servers.running[name]
        if name in self.left_out:
            return None
        try:
            port = self.servers.port()
            return self.servers.start(name, port, self.contestants[name].launch(port))
        except (LeftOut, RuntimeError) as missing:
            if isinstance(self.contestants[name], Ours):
                raise
            self.left_out[name] = str(missing)
            print(missing, flush=True)
            return None

    def plan(self, factor: int = 1) -> rounds.Plan:
        """Rounds of the run's seconds, or of some times as many."""
        return rounds.Plan(self.rounds, self.seconds * factor, self.repeats, self.town.database.place.pgdata)


@dataclass(frozen=True)
class Case:
    """`run` measures it; `group` and `name` are what the command line takes."""

    group: str
    name: str
    run: Callable[[Bench], Outcome]


def compared(title: str, measured: Mapping[str, Figures], aims: Sequence[Aim], content: str = "") -> Outcome:
    """The outcome of figures by contestant, ours first."""
    ours = next(iter(measured.values()))
    wanted = {aim.peer: aim.factor for aim in aims}
    lines = []
    for number, (who, found) in enumerate(measured.items()):
        ratio = ours.per_second / found.per_second if number and found.per_second else None
        failed = bool(ours.failed or found.failed)
        lines.append(Line(who, shown(found), ratio, wanted.get(who), noted(found), failed))
    lines += [Line(aim.peer, "left out", None, aim.factor) for aim in aims if aim.peer not in measured]
    return Outcome(title, lines, content)


def shown(found: Figures) -> str:
    """Requests a second, median and slowest hundredth, size."""
    if not found.per_second:
        return "no good answer within the round" if found.failed else "no answer within the round"
    times = f"{figure(found.p50_ms, 3)}/{figure(found.p99_ms, 3)} ms"
    return f"{figure(found.per_second, 4)} req/s, {times}, {size(found.bytes_each)}"


def figure(value: float, digits: int) -> str:
    """A figure with so many significant digits, thousands apart, never as a power of ten."""
    return f"{float(f'{value:.{digits}g}'):,.9f}".rstrip("0").rstrip(".")


def size(number: float) -> str:
    """Bytes as people write them."""
    return f"{number / 1000:.1f} kB" if number < 1e6 else f"{number / 1e6:.2f} MB"


def noted(found: Figures) -> str:
    """What a reader must know of the rounds."""
    notes = [f"{found.failed} answers wrong or broken"] if found.failed else []
    notes += [f"{found.noisy} rounds disturbed by other programs"] if found.noisy else []
    return "; ".join(notes)
