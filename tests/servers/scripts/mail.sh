#!/bin/sh
# Runs a mail server for tests: sh mail.sh FOLDER OPTION...
#
# The options are those of mail.py. serving.sh has the commands on standard input.
set -eu
tests=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
shift
. "$tests/servers/scripts/serving.sh"

python=$(mail_python)
[ -n "$python" ] || missing "aiosmtpd, a mail server in Python," python3-aiosmtpd
stop_signal=TERM

make_folder
make_certificates
$unprivileged mkdir mail
export MAIL_USER="$user" MAIL_PASSWORD="$password"

# Another server may use the port, so the server writes its address here.
answers() {
    [ "$(cat ready)" = "$port" ]
}

start() {
    port=$1
    shift
    rm -f ready
    # The program may be in a folder that only the owner of the tests can read.
    $unprivileged "$python" - "$port" "$@" <"$tests/servers/scripts/mail.py" >>log 2>&1 &
    process=$!
    await "$process" log answers
}

serve "$@"
