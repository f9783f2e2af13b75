#!/bin/sh
# Runs PgBouncer in front of a PostgreSQL server, with the settings of
# docs/operations.md: sh pgbouncer.sh FOLDER SERVER_PORT POOL_SIZE DATABASE
#
# DATABASE is the database that it accepts; * means any. serving.sh has the commands
# on standard input.
set -eu
tests=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
server_port=$2
pool_size=$3
database=$4
shift 4
. "$tests/servers/scripts/serving.sh"
pooler=$(pgbouncer_program)
[ -n "$pooler" ] || missing "PgBouncer" pgbouncer
programs=$(postgres_folder)
[ -n "$programs" ] || missing "PostgreSQL's client" postgresql-client

make_folder
make_certificates
printf '"%s" "%s"\n' "$user" "$password" "$admin" "$admin_password" >accounts
chmod 644 accounts

# Prints the first block of settings below the heading.
documented() {
    awk '/^#+ PgBouncer/ { found = 1 } found && /^```ini$/ { inside = 1; next } inside && /^```$/ { exit } inside' \
        "$tests/../docs/operations.md"
}
[ -n "$(documented)" ] || { echo "error: docs/operations.md has no settings of PgBouncer" >&2 && exit 1; }

write_settings() {
    cat <<-END
	[databases]
	$database = host=127.0.0.1 port=$server_port
	END
    documented
    cat <<-END
	listen_addr = 127.0.0.1
	listen_port = $1
	unix_socket_dir =
	auth_type = scram-sha-256
	auth_file = $folder/accounts
	admin_users = $admin
	default_pool_size = $pool_size
	max_client_conn = 500
	log_connections = 0
	log_disconnections = 0
	END
    if [ -e tls/ca.pem ]; then
        cat <<-END
		client_tls_sslmode = allow
		client_tls_cert_file = $folder/tls/server.pem
		client_tls_key_file = $folder/tls/server.key
		END
    fi
}

# Another server may use the port, so the response identifies this one.
answers() {
    PGPASSWORD=$admin_password "$programs/psql" -XAtq \
        "host=127.0.0.1 port=$port user=$admin dbname=pgbouncer sslmode=disable connect_timeout=5" \
        -c "SHOW CONFIG" | grep -qF "$folder/accounts"
}

start() {
    port=$1
    write_settings "$port" >pgbouncer.ini
    chmod 644 pgbouncer.ini
    $unprivileged "$pooler" pgbouncer.ini >>log 2>&1 </dev/null &
    process=$!
    await "$process" log answers
}

stop_signal=INT
serve "$@"
