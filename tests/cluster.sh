#!/bin/sh
# Runs a Galera cluster of three MariaDB servers on this machine:
# sh tests/cluster.sh FOLDER [PORT]
#
# FOLDER must be missing or empty. Uses PORT and the eleven ports after it.
# Ctrl-C or the end of standard input stops the servers and keeps their data.
#
# Commands on standard input; each gets a response line:
#   kill N      kills a node with SIGKILL
#   stop N      shuts a node down
#   start N     starts a node without waiting until it is ready
#   first N     starts a node as the first one, if no other runs
#   ready N     waits until a node is ready
#   pause N     pauses the processes of a node
#   resume N    resumes them
set -eu
tests=$(cd "$(dirname "$0")" && pwd)
if [ $# = 0 ] || [ $# -gt 2 ]; then
    echo "error: the folder of the cluster is missing" >&2
    echo "hint: sh tests/cluster.sh FOLDER [PORT]" >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
first_port=${2:-23300}
. "$tests/servers/scripts/serving.sh"
. "$tests/servers/scripts/mariadb-data.sh"
galera=$(galera_library)
[ -n "$galera" ] || missing "Galera" galera-4
command -v rsync >/dev/null 2>&1 || missing "the program rsync" rsync
if [ -n "$(ls -A "$folder")" ]; then
    echo "error: the folder $folder is not empty" >&2
    echo "hint: name an empty or a missing folder" >&2
    exit 2
fi

# Four ports per node: SQL, group communication, and two kinds of state transfer.
port_of() {
    echo $((first_port + 4 * ($1 - 1) + $2))
}

# Short timeouts, so that the cluster evicts a missing node within seconds.
galera_settings() {
    group=$(port_of "$1" 1) catching_up=$(port_of "$1" 2) copying=$(port_of "$1" 3)
    options="gmcast.listen_addr=tcp://127.0.0.1:$group; base_port=$group; ist.recv_addr=127.0.0.1:$catching_up"
    options="$options; gcache.size=32M; evs.suspect_timeout=PT1S; evs.inactive_timeout=PT3S"
    options="$options; evs.inactive_check_period=PT0.2S; evs.keepalive_period=PT0.3S; evs.join_retrans_period=PT0.3S; gmcast.peer_timeout=PT1S"
    cat <<-END
	port = $(port_of "$1" 0)
	binlog-format = ROW
	innodb-autoinc-lock-mode = 2
	wsrep-on = ON
	wsrep-provider = $galera
	wsrep-provider-options = "$options"
	wsrep-cluster-name = invite
	wsrep-cluster-address = gcomm://127.0.0.1:$(port_of 1 1),127.0.0.1:$(port_of 2 1),127.0.0.1:$(port_of 3 1)
	wsrep-node-name = node$1
	wsrep-node-address = 127.0.0.1:$group
	wsrep-sst-method = rsync
	wsrep-sst-receive-address = 127.0.0.1:$copying
	END
}

# Starts a node: launch N OPTION...
launch() {
    node=$folder/node$1
    shift
    $unprivileged "$server" --defaults-file="$node/settings" "$@" >>"$node/log" 2>&1 </dev/null &
    echo $! >"$node/process"
}

# The position in the cluster's history of a node that was not shut down.
position() {
    $unprivileged "$server" --defaults-file="$folder/node$1/settings" --wsrep-recover 2>&1 |
        sed -n 's/.*Recovered position: *//p' | tail -n 1
}

is_ready() {
    [ "$(ask "$(port_of "$1" 0)" "SELECT @@datadir, group_concat(variable_value ORDER BY variable_name)
        FROM information_schema.global_status
        WHERE variable_name IN ('wsrep_local_state_comment', 'wsrep_ready')")" = "$folder/node$1/data/	Synced,ON" ]
}

# Executes one command on a node and responds: tell_node COMMAND N
tell_node() {
    node=$folder/node$2
    process=$(cat "$node/process")
    case "$1" in
    start)
        launch "$2" --wsrep-start-position="$(position "$2")"
        echo "done"
        ;;
    first)
        $unprivileged sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$node/data/grastate.dat"
        launch "$2" --wsrep-new-cluster --wsrep-start-position="$(position "$2")"
        echo "done"
        ;;
    ready) await "$process" "$node/log" is_ready "$2" ;;
    *)
        obey "$1"
        echo "$process" >"$node/process"
        ;;
    esac
}

finish() {
    for number in 3 2 1; do
        if [ -e "$folder/node$number/process" ]; then
            tell_node resume "$number" >/dev/null
            tell_node stop "$number" >/dev/null
        fi
    done
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' HUP PIPE TERM

make_folder
new_mariadb_data "$folder/data"
for number in 1 2 3; do
    node=$folder/node$number
    $unprivileged mkdir "$node"
    $unprivileged cp -R data "$node/data"
    { mariadb_settings "$node" durable && galera_settings "$number"; } >"$node/settings"
done
rm -r data

launch 1 --wsrep-new-cluster
for number in 1 2 3; do
    [ "$number" = 1 ] || launch "$number"
    outcome=$(tell_node ready "$number")
    [ "$outcome" = ready ] || break
done
if [ "$outcome" != ready ]; then
    tail -n 20 "$node/log" >&2
    echo "error: node $number of the cluster did not start" >&2
    echo "hint: see $node/log, or name another port than $first_port" >&2
    exit 1
fi
echo "mysql://$user:pencil%20sharpener@127.0.0.1:$(port_of 1 0),127.0.0.1:$(port_of 2 0),127.0.0.1:$(port_of 3 0)/invite"

if [ -t 0 ]; then
    echo "hint: Ctrl-C stops it; a line such as \`kill 2\` kills a node, \`start 2\` starts it again" >&2
fi

while read -r command number; do
    case "$number" in
    [123]) tell_node "$command" "$number" ;;
    *) echo "error: there is no node '$number'" >&2 ;;
    esac
done
