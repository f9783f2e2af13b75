#!/bin/sh
# Makes the account that cleanups run as, and its folders. Nothing is started:
# the timer is off until somebody turns it on.
set -e

systemd-sysusers invite.conf
[ -d /var/lib/invite ] || install -d -m 0750 -o invite -g invite /var/lib/invite
[ -d /etc/invite ] || install -d -m 0755 /etc/invite
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
