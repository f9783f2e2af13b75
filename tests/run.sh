#!/bin/sh
# Installs the programs that the tests need, and runs all tests.
# INVITE_TESTS_WITHOUT=mysql runs them without MySQL, and the last line says so.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
check_left_out
need_everything

status=0
# Some ignored tests are not for here: parts of other tests, and measurements.
skipped="--skip helper_process --skip waits_are_measured"
if is_left_out mysql; then
    skipped="$skipped --skip ::mysql"
fi
case " $* " in
*" -- "*) ;;
*) set -- "$@" -- ;;
esac
# Most tests wait for servers and other processes.
cores=$(getconf _NPROCESSORS_ONLN)
if [ -z "${RUST_TEST_THREADS:-}" ] && [ "$cores" -lt 8 ]; then
    export RUST_TEST_THREADS=$((2 * cores))
fi
# shellcheck disable=SC2086
cargo test --locked --no-fail-fast --workspace "$@" --include-ignored $skipped || status=$?
if is_left_out mysql; then
    echo "note: nothing was tested on MySQL (INVITE_TESTS_WITHOUT=$INVITE_TESTS_WITHOUT)" >&2
elif [ -n "$(mysql_program mysqld)" ]; then
    echo "note: tested on MySQL $(mysql_version)" >&2
fi
exit "$status"
