"""Work that runs once and ends: the two sides in turn, medians of their times."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

from bench import noise
from bench.cases import Aim, Bench, Line, Outcome, figure
from bench.measure import Taken
from bench.rounds import SPOILT

type Work = Callable[[], Taken]


def timed(
    bench: Bench,
    title: str,
    work: Mapping[str, Work],
    aims: Sequence[Aim],
    amount: tuple[float, str],
    content: Callable[[], str] = str,
) -> Outcome:
    """Do every work in turn, as many rounds as the run has; `amount` is how much each does, in a unit a second."""
    database = bench.town.database.place.pgdata
    taken: dict[str, list[Taken]] = {name: [] for name in work}
    noisy = dict.fromkeys(work, 0)
    for _ in range(bench.rounds):
        for name, one in work.items():
            before = noise.look(database)
            taken[name].append(one())
            noisy[name] += noise.foreign(before, noise.look(database)) > SPOILT
    wall = {name: statistics.median(one.wall_s for one in rounds) for name, rounds in taken.items()}
    wanted = {aim.peer: aim.factor for aim in aims}
    much, unit = amount
    lines = []
    for number, (name, rounds) in enumerate(taken.items()):
        cpu, peak = (statistics.median(getattr(one, what) for one in rounds) for what in ("cpu_s", "peak_mb"))
        speed = f"{figure(much / wall[name], 4)} {unit}"
        shown = f"{speed}, {wall[name]:.1f} s, processor {cpu:.1f} s, {peak:.0f} MB at the peak"
        ratio = wall[name] / wall["ours"] if number else None
        note = f"{noisy[name]} rounds disturbed by other programs" if noisy[name] else ""
        lines.append(Line(name, shown, ratio, wanted.get(name), note))
    lines += [Line(aim.peer, "left out", None, aim.factor) for aim in aims if aim.peer not in work]
    return Outcome(title, lines, content())
