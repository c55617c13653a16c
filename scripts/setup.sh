#!/usr/bin/env bash
# Prepares a checkout: system packages, .venv, web/dist. Usage: scripts/setup.sh run|check|test|clients
# Each step leaves a stamp of what it was made from; a second run with nothing new does nothing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
purpose=${1:-run}
export PIP_DISABLE_PIP_VERSION_CHECK=1 npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
pip() { "$VENV/bin/python" -m pip "$@"; }

prepare_python() {
    local locks=(requirements.lock) wanted python
    [ "$purpose" = run ] || locks=(requirements-dev.lock)
    wanted="$(fingerprint requirements.lock pyproject.toml requirements-build.lock) $ROOT"
    [ "$purpose" = run ] || wanted="$wanted $(fingerprint requirements-dev.lock)"
    # What was installed for the tests serves for running too.
    if [ -x "$VENV/bin/geo" ] && { done_before "$VENV/.stamp" "$wanted" ||
        { [ "$purpose" = run ] && [[ $(cat "$VENV/.stamp" 2>/dev/null) == "$wanted "* ]]; }; }; then
        return
    fi
    if ! "$VENV/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        python=$("$ROOT/scripts/python.sh")
        say "Making the virtual environment with $python…"
        "$python" -m venv --clear "$VENV"
    fi
    rm -f "$VENV/.stamp"
    slowly "Installing what builds Python packages…" pip install -q --require-hashes -r "$ROOT/requirements-build.lock"
    slowly "Installing the Python packages (about a minute at the first time)…" \
        pip install -q --require-hashes -r "$ROOT/${locks[0]}"
    slowly "Installing the geoportal itself…" pip install -q --no-deps --no-build-isolation --config-settings editable_mode=compat -e "$ROOT"
    printf '%s' "$wanted" >"$VENV/.stamp"
}

find_node() {
    node_suits && return
    # The node that a package of Python's brings.
    export PATH="$VENV/bin:$PATH"
    node_suits && return
    slowly "No Node 20.19, 22.12 or newer was found; installing one into .venv…" \
        pip install -q --require-hashes -r "$ROOT/requirements-node.lock"
    hash -r
    node_suits || stop "Node could not be installed. Install Node 24 and start again."
}

prepare_web() {
    local packages sources
    [ -f "$ROOT/web/package-lock.json" ] || return 0
    packages=$(fingerprint web/package.json web/package-lock.json)
    sources=$(fingerprint web)
    if done_before "$ROOT/web/dist/.stamp" "$sources" &&
        { [ "$purpose" = run ] || done_before "$ROOT/web/node_modules/.stamp" "$packages"; }; then
        return
    fi
    find_node
    if ! done_before "$ROOT/web/node_modules/.stamp" "$packages"; then
        slowly "Installing the packages of the map…" env -C "$ROOT/web" npm ci
        printf '%s' "$packages" >"$ROOT/web/node_modules/.stamp"
    fi
    slowly "Building the map…" env -C "$ROOT/web" npm run build
    printf '%s' "$sources" >"$ROOT/web/dist/.stamp"
}

if [ -n "${GEO_DATABASE_URL:-}" ] && [ "$purpose" = run ]; then
    "$ROOT/scripts/system.sh" app
else
    "$ROOT/scripts/system.sh" "$purpose"
fi
prepare_python
prepare_web
