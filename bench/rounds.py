"""Several servers side by side: round by round in turn, the median of the rounds, spoilt rounds repeated."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import noise, wrk
from bench.servers import Server
from bench.wrk import Load

# The share of the machine that others may have had in a round.
SPOILT = 0.08


@dataclass(frozen=True)
class Round:
    """One load on one server, and the share of the machine that foreign processes had meanwhile."""

    load: Load
    foreign: float


@dataclass(frozen=True)
class Figures:
    """The medians of a server's rounds; `noisy` counts the rounds that stayed spoilt, `failed` the wrong answers."""

    per_second: float
    p50_ms: float
    p99_ms: float
    bytes_each: float
    failed: int = 0
    noisy: int = 0


@dataclass(frozen=True)
class Plan:
    """How much is measured: rounds of so many seconds, a disturbed one repeated so many times at most.

    `database` is the data directory of the server that counts as own.
    """

    rounds: int
    seconds: int
    repeats: int
    database: Path | None


def compare(plan: Plan, entrants: Mapping[Server, Sequence[str]]) -> dict[str, Figures]:
    """Measure servers on their lists of addresses; who begins changes from round to round."""
    servers = list(entrants)
    taken: dict[Server, list[Round]] = {server: [] for server in servers}
    # A first request of each kind: statements get prepared, files opened.
    begins = {server: wrk.run(server.port, entrants[server], 1).requests for server in servers}
    for number in range(plan.rounds):
        for server in [*servers[number % len(servers) :], *servers[: number % len(servers)]]:

            def measure(server: Server = server) -> Round:
                found = _round(plan, server, entrants[server], begins[server])
                begins[server] += found.load.requests
                return found

            taken[server].append(cleanest(measure, plan.repeats))
    return {server.name: figures(rounds) for server, rounds in taken.items()}


def cleanest(measure: Callable[[], Round], repeats: int) -> Round:
    """A round without foreign load; after some repeats the least spoilt one."""
    best = measure()
    for _ in range(repeats):
        if best.foreign <= SPOILT:
            break
        best = min(best, measure(), key=lambda found: found.foreign)
    return best


def figures(rounds: Sequence[Round]) -> Figures:
    """The medians, each of its own."""
    loads = [found.load for found in rounds]
    return Figures(
        per_second=statistics.median(load.per_second for load in loads),
        p50_ms=statistics.median(load.p50_ms for load in loads),
        p99_ms=statistics.median(load.p99_ms for load in loads),
        bytes_each=statistics.median(load.bytes_each for load in loads),
        failed=sum(load.failed for load in loads),
        noisy=sum(found.foreign > SPOILT for found in rounds),
    )


def _round(plan: Plan, server: Server, addresses: Sequence[str], begin: int) -> Round:
    noise.settle(plan.database)
    before = noise.look(plan.database)
    load = wrk.run(server.port, addresses, plan.seconds, begin % len(addresses))
    return Round(load, noise.foreign(before, noise.look(plan.database)))
