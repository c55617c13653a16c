"""`python -m bench` runs every bench, `python -m bench load` one of them."""

import argparse
import pkgutil
from importlib import import_module
from pathlib import Path

HELPERS = {"__main__", "measure"}


def main() -> None:
    """Read the command line and measure."""
    known = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    benches = [name for name in known if name not in HELPERS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("bench", nargs="*", metavar="BENCH", help=f"of {', '.join(benches)}; all without any")
    wanted = parser.parse_args().bench or benches
    if strange := set(wanted) - set(benches):
        parser.error(f"there is no bench {', '.join(sorted(strange))}; there are {', '.join(benches)}")
    for name in wanted:
        import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
