#!/bin/sh
# Builds the Debian package, unpacks it, and runs its contents as after an
# installation: sh tests/package.sh
# Uses an existing release build, or makes one, which takes minutes.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
need_cargo
need_compiler
need_package_tools

# Maximum size of the binary in bytes.
most=$((15 * 1024 * 1024))

target=${CARGO_TARGET_DIR:-target}
tools=$target/tools
if ! [ -x "$tools/bin/cargo-deb" ]; then
    cargo install cargo-deb --locked --root "$tools" --target-dir "$tools/target"
fi
cargo build --release --locked

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$tools/bin/cargo-deb" deb --no-build --locked --output "$work/"
# A new machine has none of the caller's configuration.
export HOME="$work/home"
unset XDG_DATA_HOME XDG_CONFIG_HOME INVITE_DATABASE_URL INVITE_PROFILE CREDENTIALS_DIRECTORY
mkdir "$HOME" "$work/root" "$work/control"

# step TEXT: names the step that follows, for error messages.
doing=
step() {
    doing=$1
    echo "package: $1"
}

# same EXPECTED GOT: fails unless both are equal.
same() {
    [ "$1" = "$2" ] || fail "expected: $1" "got:      $2"
}

# has TEXT WORDS: fails unless the text contains the words.
has() {
    case $1 in
    *"$2"*) ;;
    *) fail "expected: ...$2..." "got:      $1" ;;
    esac
}

fail() {
    {
        echo "error: package check failed: $doing"
        printf '%s\n' "$@"
    } >&2
    exit 1
}

step 'the package can be unpacked'
package=$(echo "$work"/*.deb)
dpkg-deb -x "$package" "$work/root"
dpkg-deb -e "$package" "$work/control"
root=$work/root
invite=$root/usr/bin/invite

step 'the binary is stripped and within its size limit'
size=$(stat -c %s "$invite")
[ "$size" -le "$most" ] || fail "the binary has $size bytes, and may have $most"
has "$(file -b "$invite")" ', stripped'

step 'the binary has the version of the package'
version=$(dpkg-deb -f "$package" Version)
same "invite ${version%-*}" "$("$invite" -V)"
has "$("$invite" --version)" "invite ${version%-*} ("
has "$(head -n 1 contrib/debian/changelog)" "($version)"

step 'the binary creates codes'
"$invite" space import examples/spaces.csv -q
"$invite" backfill -q -o code >"$work/codes"
same 2 "$(wc -l <"$work/codes")"
"$invite" validate "$(head -n 1 "$work/codes")" >"$work/out"

step 'every manual page is readable and compressed'
same "$(find man -type f | wc -l)" "$(find "$root/usr/share/man" -name '*.gz' | wc -l)"
find "$root/usr/share/man" -name '*.gz' | while read -r page; do
    man --warnings -l "$page" >"$work/out" 2>"$work/err"
    [ -s "$work/out" ] || fail "nothing is shown of $page"
    same '' "$(cat "$work/err")"
done

step 'the completions work'
# Some completion scripts are static, some call the binary.
# shellcheck disable=SC2016 # that shell expands it
completed=$(PATH="$root/usr/bin:$PATH" bash -uc '
    . "$1"
    function=$(complete -p invite | sed "s/.* -F \([^ ]*\) .*/\1/")
    COMP_WORDS=(invite backf) COMP_CWORD=1 COMP_TYPE=9
    "$function" invite backf invite
    echo ${COMPREPLY[@]}
' bash "$root/usr/share/bash-completion/completions/invite")
same backfill "$completed"
has "$(head -n 1 "$root/usr/share/zsh/vendor-completions/_invite")" '#compdef invite'
has "$(cat "$root/usr/share/fish/vendor_completions.d/invite.fish")" 'complete '

step 'the units name installed programs and are not started'
for unit in service timer; do
    cmp "contrib/systemd/invite-cleanup.$unit" "$root/usr/lib/systemd/system/invite-cleanup.$unit"
done
line=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/invite-cleanup.service")
[ -x "$root${line%% *}" ] || fail "there is no ${line%% *}"
if grep -hE 'deb-systemd-invoke|systemctl' "$work/control/postinst" | grep -vE 'daemon-reload|try-restart'; then
    fail 'postinst starts something'
fi
if grep -n 'deb-systemd-helper enable' "$work/control/postinst" | grep -v '^[0-9]*:		' ; then
    fail 'postinst turns something on'
fi
same /etc/cron.d/invite "$(cat "$work/control/conffiles")"
same "$(cat contrib/cron.d/invite)" "$(cat "$root/etc/cron.d/invite")"

step 'the example configuration is that of the repository'
cmp contrib/config.toml.example "$root/usr/share/doc/invite/examples/config.toml"

step 'promtool accepts the rules and the metrics'
promtool check rules "$root/usr/share/doc/invite/prometheus/invite.rules.yml" >"$work/out"
promtool test rules tests/contrib/invite.rules.test.yml >"$work/out"
"$invite" cleanup -q --metrics-file "$work/invite.prom"
promtool check metrics <"$work/invite.prom"

step 'lintian reports nothing'
# The package closes no Debian bug, because it is in no Debian archive.
same '' "$(lintian --allow-root --suppress-tags initial-upload-closes-no-bugs "$package")"

echo "package: all checks of ${version} passed: $(stat -c %s "$package") bytes, the binary $size"
