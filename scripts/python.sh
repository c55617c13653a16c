#!/usr/bin/env bash
# Prints the path of a Python 3.12 or newer: on PATH, under pyenv, else brought by uv.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A name on PATH may be pyenv's shim of a version that is not chosen: only an answer counts. So does ensurepip,
# which Debian keeps in a package of its own.
suits() {
    "$1" -c 'import sys, ensurepip; assert sys.version_info[:2] in ((3, 12), (3, 13), (3, 14)); print(sys.executable)' 2>/dev/null
}

for name in python3.13 python3.14 python3.12 python3; do
    suits "$name" && exit 0
done
for minor in 13 14 12; do
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python; do
        [ -x "$candidate" ] && suits "$candidate" && exit 0
    done
done

uv="$ROOT/.venv-uv/bin/uv"
say "No Python 3.12 or newer was found; bringing one with uv…" >&2
if [ ! -x "$uv" ]; then
    python3 -m venv "$ROOT/.venv-uv" >&2
    "$ROOT/.venv-uv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes \
        -r "$ROOT/requirements-uv.lock" >&2
fi
if ! "$uv" python install 3.13 >&2; then
    for minor in 13 12; do
        if apt-cache show "python3.$minor-venv" >/dev/null 2>&1; then
            stop "uv could not bring Python. Install it with this command, then start again:" \
                "    sudo apt-get install python3.$minor-venv"
        fi
    done
    stop "uv could not bring Python; its message stands above. It comes from github.com: once that can be reached" \
        "(or UV_PYTHON_INSTALL_MIRROR names a mirror of it), start again. Or with pyenv (github.com/pyenv/pyenv):" \
        "    pyenv install 3.13"
fi
"$uv" python find --managed-python 3.13
