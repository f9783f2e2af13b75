#!/bin/sh
# Compares invite with the engines' own shells: sh benches/run.sh [OPTION...]
#
# Installs missing programs and prints tables in Markdown. `--help` lists the
# options; docs/performance.md explains the tables.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_everything_to_measure

exec cargo bench --locked --bench engines -- "$@"
