#!/bin/sh
# Runs a MariaDB server for tests: sh mariadb.sh FOLDER SETTINGS OPTION...
#
# SETTINGS is `durable` or `fast`; the options go to the server. serving.sh has the
# commands on standard input.
set -eu
tests=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
settings=$2
shift 2
. "$tests/servers/scripts/serving.sh"
. "$tests/servers/scripts/mariadb-data.sh"

make_folder
make_certificates
new_mariadb_data "$folder/data"
# shellcheck disable=SC2094 # a text and a file of the same name
mariadb_settings "$folder" "$settings" >settings

# Another server may use the port, so the response identifies this one.
answers() {
    [ "$(ask "$port" "SELECT @@datadir")" = "$folder/data/" ]
}

start() {
    port=$1
    shift
    $unprivileged "$server" --defaults-file="$folder/settings" --port="$port" "$@" >>log 2>&1 </dev/null &
    process=$!
    await "$process" log answers
}

serve "$@"
