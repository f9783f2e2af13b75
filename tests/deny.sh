#!/bin/sh
# Checks the licenses, sources and known vulnerabilities of all dependencies.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_cargo_deny

"$cargo_deny" deny check licenses bans sources
# The advisory database is downloaded. If the network is not reachable, the run
# reports that instead of a clean result.
if "$cargo_deny" deny fetch db >/dev/null 2>&1; then
    "$cargo_deny" deny check --disable-fetch advisories
else
    echo "note: the advisory database cannot be downloaded; advisories were not checked" >&2
fi
