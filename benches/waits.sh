#!/bin/sh
# Measures how long a command takes to end, and how it ends, where a database keeps
# it waiting: sh benches/waits.sh
#
# Installs what that needs, and prints the table of docs/scaling.md in Markdown:
# about six minutes. It fails if a command takes longer than its timeout and 4 s, or
# reports what is not so.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_everything

cargo test --locked --quiet --test process -- --ignored --exact --nocapture measured_waits::waits_are_measured
