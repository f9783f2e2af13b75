#!/bin/sh
# Runs a MySQL server for tests: sh mysql.sh FOLDER SETTINGS OPTION...
#
# SETTINGS is `durable` or `fast`; the options go to the server. serving.sh has the
# commands on standard input.
set -eu
tests=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
settings=$2
shift 2
. "$tests/servers/scripts/serving.sh"
server=$(mysql_program mysqld)
client=$(mysql_program mysql)
# shellcheck disable=SC2034 # serving.sh reads it
stop_signal=TERM
if [ -z "$server" ] || [ -z "$client" ]; then
    echo "error: MySQL's server is missing" >&2
    echo "hint: run: sh tests/run.sh (it unpacks one), or leave MySQL out: INVITE_TESTS_WITHOUT=mysql" >&2
    exit 1
fi

make_folder
make_certificates

# The unpacked programs may be readable by root only, so the server changes to the
# account nobody after it has loaded them. It reads its messages later, from a copy.
account=
messages=$(dirname "$(dirname "$server")")/root/usr/share/mysql
if [ -n "$unprivileged" ]; then
    account=--user=nobody
    if [ -d "$messages" ]; then
        cp -R "$messages" messages
        set -- --lc-messages-dir="$folder/messages" --character-sets-dir="$folder/messages/charsets" "$@"
    fi
fi

mysqld() {
    "$server" --no-defaults ${account:+"$account"} --datadir="$folder/data" --tmpdir="$folder/tmp" --socket="$folder/socket" \
        --pid-file="$folder/pid" --secure-file-priv=NULL --mysqlx=OFF --skip-name-resolve --log-error-verbosity=1 \
        --innodb-buffer-pool-size=64M --innodb-redo-log-capacity=64M --innodb-flush-method=fsync \
        --innodb-use-native-aio=0 --skip-log-bin "$@"
}

# The two accounts and the database of every new test server.
cat >first.sql <<END_OF_SQL
CREATE USER '$admin'@'%' IDENTIFIED BY '$admin_password';
GRANT ALL ON *.* TO '$admin'@'%' WITH GRANT OPTION;
CREATE USER '$user'@'%' IDENTIFIED BY '$password';
GRANT ALL ON \`invite%\`.* TO '$user'@'%';
CREATE DATABASE invite;
END_OF_SQL

$unprivileged mkdir tmp
mysqld --initialize-insecure --init-file="$folder/first.sql" --innodb-flush-log-at-trx-commit=0 \
    --innodb-doublewrite=OFF --auto-generate-certs=OFF >>log 2>&1 </dev/null

if [ "$settings" = fast ]; then
    set -- --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF "$@"
else
    set -- --innodb-flush-log-at-trx-commit=1 "$@"
fi
if [ -e tls/ca.pem ]; then
    set -- --ssl-ca="$folder/tls/ca.pem" --ssl-cert="$folder/tls/server.pem" --ssl-key="$folder/tls/server.key" "$@"
fi
# An unusual character set and time zone, to detect code that relies on them.
set -- --character-set-server=latin1 --default-time-zone=+05:45 --max-connections=400 --bind-address=127.0.0.1 "$@"

# ask USER PASSWORD SQL
ask() {
    MYSQL_PWD=$2 "$client" --no-defaults --protocol=tcp --host=127.0.0.1 --port="$port" --user="$1" \
        --get-server-public-key --connect-timeout=5 --batch --skip-column-names --execute="$3"
}

# Another server may use the port, so the response identifies this one. After the
# server has verified the password of a `caching_sha2_password` account once, this
# account can log in without TLS until the server restarts.
answers() {
    [ "$(ask "$admin" "$admin_password" "SELECT @@datadir")" = "$folder/data/" ] &&
        ask "$user" "$password" "DO 0"
}

start() {
    port=$1
    shift
    # A killed server leaves these files, and its process ID may be reused.
    rm -f socket socket.lock
    mysqld --port="$port" "$@" >>log 2>&1 </dev/null &
    process=$!
    await "$process" log answers
}

serve "$@"
