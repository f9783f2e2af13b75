#!/bin/sh
# Measures how long a command runs, and how it ends, if the database does not
# respond: sh benches/waits.sh
#
# Installs missing programs and prints the table of docs/scaling.md in Markdown.
# Takes about six minutes. Fails if a command takes longer than its timeout plus
# 4 s, or if its report is wrong.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_everything

cargo test --locked --quiet --test process -- --ignored --exact --nocapture measured_waits::waits_are_measured
