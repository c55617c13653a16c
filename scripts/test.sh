#!/usr/bin/env bash
# Every check there is, cheapest first; pytest's summary comes last. Usage: scripts/test.sh [quick]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"
export PATH="$VENV/bin:$PATH"

say "Format…" && ruff format --check --quiet .
say "Lint…" && ruff check --quiet .
say "Types…" && mypy
say "Import contracts…" && lint-imports --no-cache
if [ "${1:-}" = quick ]; then
    exec python -m pytest tests/unit
fi
if [ -f web/package-lock.json ]; then
    say "The map: types and tests…"
    (cd web && npm run --silent check)
fi
say "Tests, in two halves side by side…"
# More than a third of the time they wait: for databases, browsers and whole installations that start and stop.
# Files directly in tests/integration start and stop whole installations.
whole=(tests/integration/test_*.py)
rest=$(mktemp)
python -m pytest tests/unit tests/e2e tests/fuzz "${whole[@]}" >"$rest" 2>&1 &
other=$!
trap 'kill "$other" 2>/dev/null || true; rm -f "$rest"' EXIT
status=0
python -m pytest tests/integration "${whole[@]/#/--ignore=}" || status=$?
wait "$other" || status=$?
cat "$rest"
exit "$status"
