#!/bin/sh
# Runs a script that runs servers, and lets none of it outlive the process
# that asked for it: sh guardian.sh SCRIPT ARGUMENT...
#
# Standard input is held open by that process. Its lines go to the script,
# which answers on standard output. However the process ends, even by SIGKILL,
# the input ends with it; then the servers are killed at once and their folder
# is removed.
set -eu
here=$(dirname "$0")
. "$here/processes.sh"

# Memory is the fastest place, where there is enough of it.
base=${TMPDIR:-/tmp}
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 2000000 ]; then
    base=/dev/shm
fi
outer=$(mktemp -d "$base/invite-servers-XXXXXX")
chmod 755 "$outer"

# Whoever asked may be gone by now.
trap '' PIPE
echo "$outer" || true
trap - PIPE

script=$1
shift
mkfifo "$outer/commands"
sh "$script" "$outer/servers" "$@" <"$outer/commands" 2>"$outer/log" &
worker=$!
exec >/dev/null 3>"$outer/commands"

# What ends the script's process group is not to end this watch over it.
trap '' HUP INT TERM

# The script's input stays open here, or it would end and leave its servers.
cat >&3 || true

# PostgreSQL leaves shared memory behind when it is killed: a piece which its
# data names, and while its data is being made, a file.
pause_family "$worker"
files=$(for process in $members; do cat "/proc/$process/maps" 2>/dev/null; done |
    awk '$6 ~ "^/dev/shm/PostgreSQL" { print $6 }' | sort -u)
end_family "$worker"
# shellcheck disable=SC2086 # one word each
rm -f $files
lock=$outer/servers/data/postmaster.pid
if [ -e "$lock" ]; then
    ipcrm -m "$(sed -n '7s/.* //p' "$lock")" 2>/dev/null || true
fi
rm -rf "$outer"
