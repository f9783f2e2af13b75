#!/bin/sh
# Builds invite, imports the sample spaces, creates a standing code for each space
# that lacks one, and lists the codes. The database is the embedded one of your
# account. A debug build compiles in a third of the time of a release build.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_compiler

cargo build --locked
invite=target/debug/invite

show() {
    printf '\n$ invite %s\n' "$*"
    "$invite" "$@"
}

show backfill --import examples/spaces.csv
show list
