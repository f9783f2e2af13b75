#!/bin/sh
# Checks the licences, sources and known faults of all dependencies.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_cargo_deny

"$cargo_deny" deny check licenses bans sources
# The database of advisories comes from the network, which a build machine may
# not reach: the run says so, and does not take it for a clean result.
if "$cargo_deny" deny fetch db >/dev/null 2>&1; then
    "$cargo_deny" deny check --disable-fetch advisories
else
    echo "note: the advisory database cannot be downloaded; advisories were not checked" >&2
fi
