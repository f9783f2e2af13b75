# Functions that find and end processes; sourced by other scripts. An empty process
# ID means no process and is ignored.
#
# Lists of processes are words; word splitting is intended.
# shellcheck disable=SC2046,SC2086,SC2116

# Lists a process and all its descendants.
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

# Repeats until all of them are stopped, because until then they can start more.
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

# Kills them and waits until they have ended.
end_family() {
    pause_family "$1"
    kill -s KILL $members 2>/dev/null || true
    while runs "$(echo $members)"; do
        sleep 0.01
    done
}

# Succeeds if any of these runs; zombies do not count.
runs() {
    ps -o stat= -p "$1" 2>/dev/null | grep -q '^[^Z]'
}
