#!/bin/sh
# Unpacks a MySQL server for the tests into FOLDER: sh tests/mysql.sh FOLDER
#
# Only Debian's unstable suite has MySQL, and its programs need a newer C library
# than a stable machine has. Therefore the packages are not installed but unpacked
# with their libraries, and the programs in FOLDER/bin run with these. The mirror
# is that of the machine's apt configuration.
set -eu
folder=$1
work=$folder.new

# Dependencies of the packages that an unpacked program does not need.
left_out='^(debconf|perl|dpkg|adduser|passwd|init-system-helpers|sysvinit|systemd|libpam|libdb[0-9])'

# All test runs of a user share the folder; the first run creates it.
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock -w 900 9
if [ -x "$folder/bin/mysqld" ]; then
    exit 0
fi

# shellcheck disable=SC2016 # apt-get expands it
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
    awk '$1 ~ /\/debian\/?$/ { print $1; exit }')
if [ -z "$mirror" ]; then
    echo "error: no Debian mirror in the sources of apt, from which MySQL is downloaded" >&2
    exit 1
fi
echo "note: unpacking MySQL from $mirror (unstable) into $folder" >&2

rm -rf "$work"
mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/packages" "$work/root" "$work/bin"
echo "deb $mirror sid main" >"$work/apt/sources.list"

# A separate apt configuration, to keep the machine's lists, cache and sources.
apt() {
    program=$1
    shift
    "$program" -q -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

apt apt-get update >&2
apt apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances mysql-server-core mysql-client-core |
    grep '^[a-z0-9]' | sed 's/:any$//' | sort -u | grep -Ev "$left_out" >"$work/names"
(
    cd "$work/packages"
    # Each name is one word.
    # shellcheck disable=SC2046
    apt apt-get download $(cat "$work/names") >&2
    for package in *.deb; do
        dpkg -x "$package" "$work/root"
    done
)

loader=$(cd "$work/root" && echo usr/lib/*/ld-linux*.so.*)
libraries=$folder/root/$(dirname "$loader"):$folder/root/usr/lib/mysql/private

# launcher PROGRAM FILE OPTION...: inserts the options after the first option of
# the call, which must be `--no-defaults`, and before the others, which win.
launcher() {
    program=$1
    file=$2
    shift 2
    [ -x "$work/root/$file" ]
    cat >"$work/bin/$program" <<-END_OF_LAUNCHER
	#!/bin/sh
	first=\${1:---help}
	[ "\$#" = 0 ] || shift
	exec "$folder/root/$loader" --library-path "$libraries" "$folder/root/$file" "\$first" $* "\$@"
	END_OF_LAUNCHER
    chmod 755 "$work/bin/$program"
}
launcher mysqld usr/sbin/mysqld --lc-messages-dir="'$folder/root/usr/share/mysql'" \
    --character-sets-dir="'$folder/root/usr/share/mysql/charsets'" --plugin-dir="'$folder/root/usr/lib/mysql/plugin'"
launcher mysql usr/bin/mysql --character-sets-dir="'$folder/root/usr/share/mysql/charsets'"

rm -rf "$work/apt" "$work/packages" "$folder"
mv "$work" "$folder"
