#!/bin/sh
# Runs all tests, and installs what they need.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_compiler
need_kill
need_postgres
need_mariadb
need_mail_server
need_faketime

exec cargo test --locked --no-fail-fast --workspace "$@"
