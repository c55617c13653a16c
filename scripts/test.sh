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
say "Tests, in three parts side by side…"
# More than a third of the time they wait: for databases, browsers and whole installations that start and stop.
# Files directly in tests/integration start and stop whole installations; those of tests/integration/server share with
# tests/fuzz the one town that takes longest to start.
whole=(tests/integration/test_*.py)
served=tests/integration/server
said=$(mktemp -d)
python -m pytest tests/unit "$served" tests/fuzz >"$said/first" 2>&1 &
first=$!
python -m pytest tests/e2e "${whole[@]}" >"$said/second" 2>&1 &
second=$!
trap 'kill "$first" "$second" 2>/dev/null || true; rm -rf "$said"' EXIT
status=0
python -m pytest tests/integration --ignore="$served" "${whole[@]/#/--ignore=}" || status=$?
wait "$first" || status=$?
cat "$said/first"
wait "$second" || status=$?
cat "$said/second"
exit "$status"
