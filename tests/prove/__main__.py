"""`python -m tests.prove`: stop the geoportal's work 200 times at steps drawn by lot, and look what became of it."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from server import cluster, migrate, postgres
from tests.prove.operations import OPERATIONS
from tests.prove.schedules import Proof, kill_at_once
from tests.prove.town import Place


def main() -> int:
    """Run the schedules; 1 when one of them lost, mixed or left something."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="the same seed draws the same schedules")
    parser.add_argument("--operation", action="append", choices=list(OPERATIONS), help="only this one; may be repeated")
    wanted = parser.parse_args()
    seed = random.randrange(1_000_000) if wanted.seed is None else wanted.seed  # noqa: S311
    # The cluster keeps PostgreSQL's own settings for what must survive: fsync, synchronous_commit, full_page_writes.
    with tempfile.TemporaryDirectory(prefix="geo-prove-") as folder, cluster.use(Path(folder) / "cluster") as running:
        migrate.upgrade(running.owner_dsn)
        place = Place(Path(folder) / "data", running.owner_dsn, running.public_dsn)
        proof = Proof(place, Path(folder), lambda: restart(running))
        try:
            return _prove(proof, wanted.schedules, seed, wanted.operation or list(OPERATIONS))
        finally:
            proof.town.close()
            cluster.remove(running)


def restart(running: cluster.Cluster) -> None:
    """End PostgreSQL at once, without a checkpoint, and start it again."""
    pid = postgres.server_pid(running.place)
    assert pid is not None
    kill_at_once(pid)
    cluster.ensure(running)


def _prove(proof: Proof, count: int, seed: int, names: list[str]) -> int:
    began, failed, stopped = time.monotonic(), 0, Counter[str]()
    proof.begin()
    proof.rehearse(names)
    distinct = {name: len(set(steps)) for name, steps in proof.steps.items()}
    print(f"steps: {', '.join(f'{name} {number}' for name, number in distinct.items())}; seed {seed}", flush=True)
    with proof.reading() as seen:
        for schedule in proof.drawn(seed):
            # Only those count in which something ended: a step is not taken each time.
            if failed + stopped.total() == count:
                break
            number = failed + stopped.total() + 1
            try:
                acted = proof.run(schedule)
            except AssertionError as wrong:
                failed += 1
                print(f"{number:4} WRONG {schedule}: {wrong}", flush=True)
                continue
            stopped[acted.ended] += acted.stopped
            print(
                f"{number if acted.stopped else '':>4} {schedule}{'' if acted.stopped else ': not come to'}", flush=True
            )
    for wrong in seen.wrong:
        print(f"     WRONG read: {wrong}")
    print(
        f"{count} schedules in {time.monotonic() - began:.0f} s, {failed} wrong;"
        f" the stopped process: {dict(stopped)}; {seen.answers} answers read of {len(seen.generations)} generations,"
        f" {len(seen.wrong)} wrong; seed {seed}"
    )
    return 1 if failed or seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
