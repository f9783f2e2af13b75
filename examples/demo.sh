#!/bin/sh
# Builds invite, takes the sample spaces in, gives each that lacks one a code,
# and shows the codes. The database is the embedded one of your account.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_compiler

cargo build --release --locked
invite=target/release/invite

show() {
    printf '\n$ invite %s\n' "$*"
    "$invite" "$@"
}

show backfill --import examples/spaces.csv
show list
