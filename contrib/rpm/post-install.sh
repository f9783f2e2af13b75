#!/bin/sh
# Creates the account that runs the cleanup, and its folders. The timer stays
# disabled until an administrator enables it.
set -e

systemd-sysusers invite.conf
[ -d /var/lib/invite ] || install -d -m 0750 -o invite -g invite /var/lib/invite
[ -d /etc/invite ] || install -d -m 0755 /etc/invite
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
