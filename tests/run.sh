#!/bin/sh
# Installs the programs that the tests need, and runs all tests; with arguments, what
# `cargo test` selects by them.
# INVITE_TESTS_WITHOUT=mysql runs them without MySQL, and the last line says so.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
check_left_out
need_everything

# Some ignored tests are not for here: parts of other tests, and measurements.
skipped="--skip helper_process --skip waits_are_measured"
if is_left_out mysql; then
    skipped="$skipped --skip ::mysql"
fi
# Most tests wait for servers and other processes.
cores=$(getconf _NPROCESSORS_ONLN)
if [ -z "${RUST_TEST_THREADS:-}" ] && [ "$cores" -lt 8 ]; then
    export RUST_TEST_THREADS=$((2 * cores))
fi

# cargo_test OPTION... [-- OPTION...]
cargo_test() {
    case " $* " in
    *" -- "*) ;;
    *) set -- "$@" -- ;;
    esac
    # shellcheck disable=SC2086
    cargo test --locked --no-fail-fast --workspace "$@" --include-ignored $skipped
}

# Runs all tests. Those of the cluster mostly wait, for example until a killed node is expelled.
# They run concurrently with others that wait, and not with those that compute: a cluster expels a
# node that gets no processor time.
test_all() {
    waiting='' computing=''
    for main in tests/*/main.rs; do
        name=$(basename "$(dirname "$main")")
        case "$name" in
        cluster) ;;
        contrib | faults | mail | screens) waiting="$waiting --test $name" ;;
        *) computing="$computing --test $name" ;;
        esac
    done
    cargo_test --no-run || return
    output=$(mktemp)
    cargo_test --test cluster >"$output" 2>&1 &
    trap 'kill $! 2>/dev/null || :; rm -f "$output"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    result=0
    # shellcheck disable=SC2086
    cargo_test --test servers $waiting || result=$?
    wait $! || result=$?
    cat "$output"
    # shellcheck disable=SC2086
    cargo_test --lib --bins --examples $computing || result=$?
    cargo_test --doc || result=$?
    return "$result"
}

status=0
if [ $# = 0 ]; then
    test_all || status=$?
else
    cargo_test "$@" || status=$?
fi
if is_left_out mysql; then
    echo "note: nothing was tested on MySQL (INVITE_TESTS_WITHOUT=$INVITE_TESTS_WITHOUT)" >&2
elif [ -n "$(mysql_program mysqld)" ]; then
    echo "note: tested on MySQL $(mysql_version)" >&2
fi
exit "$status"
