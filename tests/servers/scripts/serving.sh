# Shared functions of the scripts that run servers. The scripts set `tests` to the
# folder of the tests and `folder` to that of the servers.

. "$tests/tools.sh"
. "$tests/servers/scripts/processes.sh"

# The account that owns the databases of the tests, whose password has a space that
# a URL must escape, and the administrator account of the tests.
user=invite
password="pencil sharpener"
# shellcheck disable=SC2034 # for the scripts that read this in
admin=harness
# shellcheck disable=SC2034
admin_password=harness

# Maximum time until a server responds, in seconds.
seconds_to_start=60

# Servers refuse to run as root, so this prefix changes the account.
unprivileged=
if [ "$(id -u)" = 0 ]; then
    if command -v setpriv >/dev/null 2>&1; then
        unprivileged="setpriv --reuid=nobody --regid=$(id -g nobody) --clear-groups --"
    else
        unprivileged="runuser -u nobody --"
    fi
fi

# Enough open files for the 400 connections of the servers.
# shellcheck disable=SC3045 # a shell that has no such limit goes on without
ulimit -S -n 8192 2>/dev/null || true

# Creates the folder of the servers, owned by their account.
make_folder() {
    mkdir -p "$folder"
    if [ -n "$unprivileged" ]; then
        chown "nobody:$(id -g nobody)" "$folder"
        if ! $unprivileged test -x "$folder/."; then
            echo "error: the account nobody, which runs the servers, cannot enter $folder" >&2
            echo "hint: name a folder that all may reach, such as one in /tmp" >&2
            rmdir "$folder"
            exit 1
        fi
    fi
    cd "$folder"
    export HOME="$folder"
}

# missing WHAT PACKAGE
missing() {
    echo "error: $1 is missing" >&2
    echo "hint: install the package $2, or run: sh tests/run.sh" >&2
    exit 1
}

# Creates a certificate for this machine and the authority that signs it.
make_certificates() {
    command -v openssl >/dev/null 2>&1 || return 0
    # shellcheck disable=SC2016 # that shell expands it
    $unprivileged sh -euc '
        mkdir tls && cd tls && umask 077
        key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        openssl req -x509 $key -days 3650 -subj "/CN=authority of a test" -keyout authority.key -out ca.pem
        openssl req $key -subj /CN=localhost -keyout server.key -out server.request
        echo "subjectAltName = DNS:localhost, IP:127.0.0.1" >names
        openssl x509 -req -in server.request -days 3650 -extfile names \
            -CA ca.pem -CAkey authority.key -CAcreateserial -out server.pem
        chmod 644 ca.pem
    ' >>log 2>&1
}

# Prints the seconds for which the machine has run. Unlike the date, they do not jump when the
# machine was paused or its clock was set.
seconds_of_run() {
    cut -d. -f1 /proc/uptime 2>/dev/null || date +%s
}

# Prints the state of a server that was just started: `ready` if it responds, `taken`
# if it ended because its port is in use, `failed` if it ended otherwise, `late` if it
# does not respond in time. await PROCESS LOG QUESTION...
await() {
    process=$1
    log=$2
    shift 2
    end=$(($(seconds_of_run) + seconds_to_start))
    while runs "$process"; do
        if "$@" 2>/dev/null; then
            echo ready
            return
        fi
        if [ "$(seconds_of_run)" -gt "$end" ]; then
            echo late
            return
        fi
        sleep 0.05
    done
    if tail -n 20 "$log" | grep -q "Address already in use"; then
        echo taken
    else
        echo failed
    fi
}

# The process ID of the running server, or empty. The server is killed when the script exits.
process=
trap 'end_family "$process"' EXIT
trap 'exit 1' HUP INT PIPE TERM

# Executes the commands on standard input and responds to each with a line. The
# script defines `start PORT OPTION...` and `stop_signal`. serve OPTION...
serve() {
    while read -r command port; do
        case "$command" in
        start) start "$port" "$@" ;;
        *) obey "$command" ;;
        esac
    done
}

# The commands that every server accepts.
obey() {
    case "$1" in
    kill) end_family "$process" ;;
    stop) kill -s "$stop_signal" "$process" 2>/dev/null || true ;;
    pause) pause_family "$process" ;;
    resume) resume_family "$process" ;;
    *)
        echo "error: there is no command '$1'" >&2
        return
        ;;
    esac
    case "$1" in
    kill | stop)
        wait "$process" 2>/dev/null || true
        process=
        ;;
    esac
    echo done
}
