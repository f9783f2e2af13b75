#!/bin/sh
# Checks the spelling of all files; exceptions are in typos.toml.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_typos

"$typos"
