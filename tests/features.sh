#!/bin/sh
# Checks that the library builds for each engine alone and for all, without the crates of the
# command line and without exact versions: a backend shares its dependencies with the library.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_compiler

# check FEATURE[,FEATURE]...
check() {
    echo "features: $1" >&2
    cargo clippy --quiet --locked --lib --no-default-features --features "$1" -- -D warnings
    tree=$(cargo tree --locked --edges normal --prefix none --format '{p}' --no-default-features --features "$1")
    found=$(echo "$tree" | grep -E "^($2) v" || :)
    if [ -n "$found" ]; then
        echo "error: without their features, the library still depends on:" >&2
        echo "$found" >&2
        exit 1
    fi
}

cli='anyhow|clap|clap_complete|clap_mangen|comfy-table|console|crossterm|dialoguer|indicatif|qrcode|tracing-subscriber'
mail='lettre|minijinja'
check sqlite "$cli|$mail|sqlx-postgres|sqlx-mysql"
check postgres "$cli|$mail|sqlx-sqlite|libsqlite3-sys|sqlx-mysql"
check mysql "$cli|$mail|sqlx-sqlite|libsqlite3-sys|sqlx-postgres"
check sqlite,postgres,mysql "$cli|$mail"
check sqlite,postgres,mysql,mail "$cli"

# An exact version in a library prevents its dependents from choosing another one.
pinned=$(sed -n '/^\[dependencies\]/,/^\[/p' Cargo.toml | grep '"=' | grep -v 'optional = true' || :)
if [ -n "$pinned" ]; then
    echo "error: a dependency of every feature has an exact version: $pinned" >&2
    exit 1
fi
