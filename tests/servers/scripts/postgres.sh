#!/bin/sh
# Runs a PostgreSQL server for tests: sh postgres.sh FOLDER SETTINGS OPTION...
#
# SETTINGS is `durable`, `fast`, or `standby` with the port of the primary server
# as first option; the options go to the server. serving.sh has the commands on
# standard input.
set -eu
tests=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
settings=$2
shift 2
. "$tests/servers/scripts/serving.sh"
programs=$(postgres_folder)
[ -n "$programs" ] || missing "PostgreSQL's server" postgresql

make_folder
data=$folder/data
echo "$admin_password" >password

# A collation of a language, to detect code that relies on byte order.
new_data() {
    $unprivileged "$programs/initdb" -D "$data" --username="$admin" --pwfile=password --auth=scram-sha-256 \
        --encoding=UTF8 --no-sync --no-instructions "$@" >>log 2>&1
}

# Copies the data of a primary server and configures replication: copy_data PORT
copy_data() {
    PGPASSWORD=$admin_password $unprivileged "$programs/pg_basebackup" --pgdata=data --write-recovery-conf \
        --checkpoint=fast --no-sync \
        --dbname="host=127.0.0.1 port=$1 user=$admin application_name=standby connect_timeout=5" >>log 2>&1
    # The copied data contains the accounts.
    touch made
}

if [ "$settings" = standby ]; then
    copy_data "$1"
    shift
else
    new_data --locale=C --locale-provider=icu --icu-locale=en-US || new_data --locale=C
fi

make_certificates
{
    # An unusual time zone, to detect code that relies on it.
    cat <<-END
	listen_addresses = '127.0.0.1'
	unix_socket_directories = ''
	timezone = '<+0545>-05:45'
	max_connections = 400
	shared_buffers = 32MB
	dynamic_shared_memory_type = mmap
	END
    if [ -e tls/ca.pem ]; then
        cat <<-END
		ssl = on
		ssl_cert_file = '$folder/tls/server.pem'
		ssl_key_file = '$folder/tls/server.key'
		END
    fi
    if [ "$settings" = fast ]; then
        cat <<-END
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		wal_level = minimal
		max_wal_senders = 0
		max_wal_size = 4GB
		checkpoint_timeout = 1h
		END
    fi
} | $unprivileged tee -a "$data/postgresql.conf" >/dev/null

ask() {
    PGPASSWORD=$admin_password PGOPTIONS="-c default_transaction_read_only=off" "$programs/psql" -XAtq \
        "host=127.0.0.1 port=$port user=$admin dbname=postgres sslmode=disable connect_timeout=5" -c "$1"
}

# Another server may use the port, so the response identifies this one.
answers() {
    [ "$(ask "SHOW data_directory")" = "$data" ]
}

start() {
    port=$1
    shift
    $unprivileged "$programs/postgres" -D "$data" -p "$port" "$@" >>log 2>&1 </dev/null &
    process=$!
    outcome=$(await "$process" log answers)
    if [ "$outcome" = ready ] && ! [ -e made ]; then
        ask "CREATE ROLE $user LOGIN PASSWORD '$password'"
        touch made
    fi
    echo "$outcome"
}

# Fast shutdown: ends the sessions, then the server.
stop_signal=INT
serve "$@"
