#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Looks for the Debian packages of the given sections of mk/packages.txt and installs what is missing.
# Usage: mk/deps.sh [--quiet] SECTION...   Without root it prints the command and exits with 1.
# TENON_NO_DEPS=1 skips the look, for machines where the same tools come from elsewhere.
set -eu

here=$(dirname "$0")
quiet=0
if [ "${1:-}" = --quiet ]; then
    quiet=1
    shift
fi
if [ "${TENON_NO_DEPS:-0}" = 1 ]; then
    exit 0
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "deps: this is not a Debian system; install the equivalents of mk/packages.txt and set TENON_NO_DEPS=1" >&2
    exit 1
fi

wanted() {
    for section in "$@"; do
        awk -v s="$section" '!/^#/ && NF { n = split($1, a, ","); for (i = 1; i <= n; i++) if (a[i] == s) print $2 }' \
            "$here/packages.txt"
    done | sort -u
}

missing_of() {
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
    printf '%s\n' "$installed" | comm -13 - "$1"
}

list=$(mktemp)
lock=/run/lock/tenon-deps
trap 'rm -f "$list"' EXIT
wanted "$@" >"$list"
missing=$(missing_of "$list")
if [ -z "$missing" ]; then
    [ $quiet = 1 ] || echo "deps: all $(wc -l <"$list") packages for $* are installed"
    exit 0
fi
missing=$(echo $missing)
if [ "$(id -u)" != 0 ]; then
    echo "deps: missing for $*: $missing" >&2
    echo "deps: run as root:  apt-get update && apt-get install -y --no-install-recommends $missing" >&2
    exit 1
fi

# Two stamps of one build, or two builds, must not meet in apt.
if [ -d /run/lock ] && command -v flock >/dev/null 2>&1; then
    exec 9>"$lock"
    flock 9
    missing=$(missing_of "$list")
    [ -n "$missing" ] || exit 0
    missing=$(echo $missing)
fi

export DEBIAN_FRONTEND=noninteractive
for package in $missing; do
    echo "deps: installing $package ($(awk -v p="$package" '$2 == p { sub(/^[^ ]+ +[^ ]+ +/, ""); print; exit }' "$here/packages.txt"))"
done
log=$(mktemp)
trap 'rm -f "$list" "$log"' EXIT
install() {
    # shellcheck disable=SC2086 # a list of words
    apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install -y --no-install-recommends $missing >"$log" 2>&1
}
if ! install; then
    echo "deps: refreshing the package lists"
    apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update >"$log" 2>&1 || true
    if ! install; then
        tail -n 20 "$log" >&2
        for package in $missing; do
            if ! apt-cache show "$package" >/dev/null 2>&1; then
                echo "deps: '$package' is in none of this machine's package sources;" \
                    "Debian 12 has all of mk/packages.txt in main, updates and security: see /etc/apt/sources.list" >&2
            fi
        done
        echo "deps: could not install: $missing" >&2
        echo "deps: install it by hand, or set TENON_NO_DEPS=1 where the tools come from elsewhere" >&2
        exit 1
    fi
fi
still=$(missing_of "$list")
if [ -n "$still" ]; then
    echo "deps: apt-get ended well, but these are still missing:" $still >&2
    exit 1
fi
echo "deps: installed $missing"
