#!/bin/sh
# Runs all tests, and installs what they need.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_everything

exec cargo test --locked --no-fail-fast --workspace "$@"
