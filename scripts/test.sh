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
say "Tests…"
rooms=()
for room in tests/unit tests/integration tests/e2e; do
    [ ! -d "$room" ] || rooms+=("$room")
done
exec python -m pytest "${rooms[@]}"
