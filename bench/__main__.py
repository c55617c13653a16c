"""Measures the geoportal beside its peers: `python -m bench`, or only some cases: `python -m bench items tiles`."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from bench import again, cog, growth, items, loading, memory, pictures, places, table, tiles, town, versions
from bench.cases import Bench, Case
from bench.contestants import LeftOut, martin
from bench.servers import Servers

# In the order of a run: memory last, for it starts every server afresh.
GROUPS = (items, tiles, again, pictures, loading, cog, memory, growth)
# Ten times the data take ten minutes to load.
ONLY_WHEN_ASKED = {"growth"}
PAGE = places.ROOT / "docs" / "performance.md"


def chosen(words: list[str]) -> list[Case]:
    """The cases that some words name, each a group or a case; all but the long ones without any.

    Raises:
        ValueError: a word names none.
    """
    known = [case for group in GROUPS for case in group.cases()]
    strange = set(words) - {case.group for case in known} - {case.name for case in known}
    if strange:
        groups = ", ".join(dict.fromkeys(case.group for case in known))
        names = ", ".join(dict.fromkeys(case.name for case in known))
        raise ValueError(f"there is no case {', '.join(sorted(strange))}; groups: {groups}; cases: {names}")
    if not words:
        return [case for case in known if case.group not in ONLY_WHEN_ASKED]
    return [case for case in known if {case.group, case.name} & set(words)]


def main() -> int:
    """Read the command line, measure, print, and write the table where asked; 1 when a case could not be measured."""
    # Servers run in sessions of their own: ended by a signal we still stop them on the way out.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("case", nargs="*", help="a case or a group of cases; all but growth without any")
    parser.add_argument("--seconds", type=int, default=3, help="length of a round (default: 3)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts (default: 3)")
    parser.add_argument("--repeats", type=int, default=2, help="of a round that other programs disturb (default: 2)")
    parser.add_argument("--port", type=int, default=8120, help="the first of some twenty ports (default: 8120)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    wanted = parser.parse_args()
    try:
        cases = chosen(wanted.case)
    except ValueError as wrong:
        parser.error(str(wrong))
    load_average = os.getloadavg()[0]
    if os.environ.get("PEERS") == "all":
        try:
            martin.build()
        except LeftOut as left_out:
            print(left_out)
    with town.ready() as where, Servers(wanted.port) as servers:
        bench = Bench(where, servers, wanted.rounds, wanted.seconds, wanted.repeats)
        conditions = versions.conditions(where, wanted.rounds, wanted.seconds, load_average)
        print(*conditions, "", sep="\n", flush=True)
        outcomes, failed = [], dict[str, str]()
        for case in cases:
            try:
                outcomes.append(case.run(bench))
            # One case that cannot be measured does not cost the others, which took twenty minutes.
            # Nor does a peer's page that is no JSON, or lacks what was asked for.
            except (RuntimeError, OSError, ValueError, LookupError) as failure:
                failed[case.name] = f"{case.name}: not measured, {type(failure).__name__}: {failure}"
                print(failed[case.name], end="\n\n", flush=True)
            else:
                print(table.said(outcomes[-1]), end="\n\n", flush=True)
    missing = {**bench.left_out, **failed}
    print(*missing.values(), sep="\n")
    if wanted.write:
        table.write(PAGE, table.markdown(outcomes, conditions, missing))
        print(f"The table stands in {PAGE.relative_to(places.ROOT)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
