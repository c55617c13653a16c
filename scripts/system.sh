#!/usr/bin/env bash
# System packages: PostgreSQL with PostGIS, for the end-to-end tests Chromium, for the benches the load generator and
# the peers that Debian has, for `make test-clients` QGIS. Usage: scripts/system.sh run|check|test|bench|clients|app
# (check: what run needs, for only `test` opens a browser; app: with a database of one's own, without PostgreSQL).
# Installs what is missing with apt-get where it may; otherwise prints the one command to run and stops.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
purpose=${1:-run}

has_postgis() {
    local program version
    for program in /usr/lib/postgresql/*/bin/postgres; do
        version=$(basename "${program%/bin/postgres}")
        if [ -x "$program" ] && [ "$version" -ge 15 ] &&
            [ -e "/usr/share/postgresql/$version/extension/postgis.control" ]; then
            return 0
        fi
    done
    return 1
}

# The version of PostgreSQL that this distribution has PostGIS for.
postgres_version() {
    local known
    # shellcheck disable=SC1091 -- a file of the system
    known=$(. /etc/os-release && echo "$ID-$VERSION_ID")
    case $known in
    debian-12) echo 15 ;;
    debian-13) echo 17 ;;
    ubuntu-24.04) echo 16 ;;
    *) apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | sed -E 's/^postgresql-([0-9]+)-.*/\1/' | sort -n | tail -1 ;;
    esac
}

# Ubuntu's package chromium-browser is a note that there is a snap: only an answer counts.
has_chromium() {
    local name
    for name in chromium chromium-browser google-chrome; do
        "$name" --version >/dev/null 2>&1 && return 0
    done
    return 1
}

missing=()
if [ "$purpose" != app ] && ! has_postgis; then
    version=$(postgres_version)
    [ -n "$version" ] || stop "No package of PostgreSQL with PostGIS is known for this system." \
        "Install PostgreSQL 15 or newer with PostGIS by hand, or set GEO_DATABASE_URL, then start again."
    missing+=("postgresql-$version" "postgresql-$version-postgis-3")
fi
# rasterio's wheel brings everything but this.
[ -n "$(find /usr/lib /lib -name 'libexpat.so.1' -print -quit 2>/dev/null)" ] || missing+=(libexpat1)
# The interpreter that makes the virtual environment, where no other one is found (scripts/python.sh).
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
[ -d /usr/share/zoneinfo ] || missing+=(tzdata)
if [ "$purpose" = test ] && ! has_chromium; then
    # shellcheck disable=SC1091 -- a file of the system
    if [ "$(. /etc/os-release && echo "$ID")" = ubuntu ]; then
        stop "The end-to-end tests need Chromium. Ubuntu has it only as a snap:" \
            "    sudo snap install chromium" "Then start again."
    fi
    missing+=(chromium)
fi
if [ "$purpose" = bench ]; then
    command -v wrk >/dev/null || missing+=(wrk)
    command -v ogr2ogr >/dev/null || missing+=(gdal-bin)
    # nginx is not here: installed it would listen on port 80. bench/nginx.py unpacks its package.
    [ -x /usr/lib/cgi-bin/mapserv ] || missing+=(cgi-mapserver)
fi
if [ "$purpose" = clients ] && ! /usr/bin/python3 -c 'import qgis.core' 2>/dev/null; then
    missing+=(python3-qgis qgis-providers)
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    stop "These packages are missing: ${missing[*]}" "Install them with this command, then start again:" \
        "    sudo $ROOT/scripts/system.sh $purpose"
fi
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 \
        -o Acquire::Retries=3 "$@" || stop "apt-get $1 did not succeed; its messages stand above."
}
say "Installing system packages: ${missing[*]}"
apt update
if [[ ${missing[*]} == *postgresql-* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    # The package would start a cluster of its own, which nobody uses here: said before the server arrives.
    apt install --no-install-recommends postgresql-common
    echo "create_main_cluster = false" |
        "${as_root[@]}" tee -a /etc/postgresql-common/createcluster.conf >/dev/null
fi
apt install --no-install-recommends "${missing[@]}"
