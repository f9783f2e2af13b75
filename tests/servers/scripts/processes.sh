# Finding and ending processes, for other scripts to read in. Where there is no
# process, its number is empty, and nothing happens.
#
# Lists of processes are words, and meant to be split into them.
# shellcheck disable=SC2046,SC2086,SC2116

# A process and all that it started.
family() {
    ps -A -o pid= -o ppid= | awk -v top="$1" '
        { parent[$1] = $2 }
        END {
            for (process in parent) {
                for (up = process; up != top && up in parent;) up = parent[up]
                if (up == top) print process
            }
        }' | sort
}

# Looks again until all of them are stopped: until then they may start more.
pause_family() {
    seen=
    members=$(family "$1")
    while [ "$members" != "$seen" ]; do
        kill -s STOP $members 2>/dev/null || true
        seen=$members
        members=$(family "$1")
    done
}

resume_family() {
    kill -s CONT $(family "$1") 2>/dev/null || true
}

# Kills them, and waits until they are gone.
end_family() {
    pause_family "$1"
    kill -s KILL $members 2>/dev/null || true
    while runs "$(echo $members)"; do
        sleep 0.01
    done
}

# Whether any of these runs; one that ended and was not waited for does not.
runs() {
    ps -o stat= -p "$1" 2>/dev/null | grep -q '^[^Z]'
}
