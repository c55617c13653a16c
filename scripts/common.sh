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

# fingerprint PATH...: a hash of the contents and names of files and folders, below the checkout, built ones left out.
fingerprint() {
    (cd "$ROOT" && find "$@" \( -name node_modules -o -name dist -o -path web/fonts \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

# done_before STAMP VALUE: whether the step that wrote the stamp ran with the same value.
done_before() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
