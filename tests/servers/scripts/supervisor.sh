#!/bin/sh
# Runs a script that runs servers, and ends them with the calling process:
# sh supervisor.sh SCRIPT ARGUMENT...
#
# The calling process holds standard input open. Its lines go to the script, which
# responds on standard output. When the process ends, even by SIGKILL, the input
# ends; then the servers are killed and their folder is removed.
set -eu
here=$(dirname "$0")
. "$here/processes.sh"

# Use memory if there is enough, because it is fastest.
base=${TMPDIR:-/tmp}
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 2000000 ]; then
    base=/dev/shm
fi
outer=$(mktemp -d "$base/invite-servers-XXXXXX")
chmod 755 "$outer"

# The caller may have ended already.
trap '' PIPE
echo "$outer" || true
trap - PIPE

script=$1
shift
mkfifo "$outer/commands"
sh "$script" "$outer/servers" "$@" <"$outer/commands" 2>"$outer/log" &
worker=$!
exec >/dev/null 3>"$outer/commands"

# A signal to the script's process group must not end this supervisor.
trap '' HUP INT TERM

# Keep the script's input open; without it, the script would end and leave its servers.
cat >&3 || true

# A killed PostgreSQL leaves shared memory: a segment that its data names, and while
# its data is created, a file.
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
