#!/bin/sh
# Runs the load and kill tests at full length and prints their figures, in about
# fifteen minutes. docs/scaling.md explains the figures.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_everything

export INVITE_SOAK_SECONDS="${INVITE_SOAK_SECONDS:-30}"
one_at_a_time="--include-ignored --nocapture --test-threads=1"

# shellcheck disable=SC2086
soak() {
    INVITE_SOAK_ROUNDS="$1" cargo test --locked --release --test "$2" -- $one_at_a_time "$3"
}

soak 1 faults hot_code
soak 5 faults killed_servers
soak 170 faults lost_commits
soak 20 faults migrations_at_once
soak 20 cluster migrations
soak 10 cluster killed_node
soak 10 cluster races

# How often 8 clients that guess for a day redeem a code, compared with the odds of
# `invite policy show director`: docs/threat-model.md.
# shellcheck disable=SC2086
INVITE_SOAK_DAYS=1000 cargo test --locked --release --test contract -- $one_at_a_time guesser_succeeds_with_printed_probability
