# What the set-up scripts share: plain words, and stamps that make a second run do nothing.
# Sourced, never run; the caller has set -euo pipefail.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV="$ROOT/.venv"

say() { printf '%s\n' "$*"; }

# stop MESSAGE...: says what is wrong and what to do, and ends.
stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

# slowly WORDS COMMAND...: runs what takes its time: a dot every other second, its output only if it fails.
slowly() {
    local words=$1 begun=$SECONDS status=0
    shift
    output=$(mktemp)
    printf '%s' "$words"
    while sleep 2 >/dev/null 2>&1; do printf '.'; done &
    ticking=$!
    trap 'kill "$ticking" 2>/dev/null; rm -f "$output"' EXIT
    "$@" >"$output" 2>&1 || status=$?
    kill "$ticking" && wait "$ticking" 2>/dev/null || true
    printf ' %s s\n' "$((SECONDS - begun))"
    [ "$status" = 0 ] || cat "$output" >&2
    rm -f "$output"
    trap - EXIT
    return "$status"
}

# node_suits: whether PATH has npm and a Node that the front end's tools run on: 20.19, 22.12 or newer ones.
node_suits() {
    local version major minor
    command -v npm >/dev/null && version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    major=${version%%.*}
    minor=${version#*.}
    minor=${minor%%.*}
    case $major in
    20) [ "$minor" -ge 19 ] ;;
    22) [ "$minor" -ge 12 ] ;;
    # Odd versions live for half a year; the tools do not promise to run on them.
    *) [ "$major" -ge 24 ] ;;
    esac
}

# fingerprint PATH...: a hash of the contents and names of files and folders, below the checkout, built ones left out.
fingerprint() {
    (cd "$ROOT" && find "$@" \( -name node_modules -o -name dist -o -path web/fonts \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

# done_before STAMP VALUE: whether the step that wrote the stamp ran with the same value.
done_before() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
