# Functions that run the examples of a system's document with the real binary;
# sourced by the scripts in this folder. Needs only a POSIX shell and its tools,
# and stops at the first failure.
#
# INVITE is the binary [default: target/debug/invite]. INVITE_DATABASE_URL is the
# database, which must be empty [default: a new SQLite file, deleted afterwards].
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
invite=${INVITE:-$root/target/debug/invite}
[ -x "$invite" ] || {
    echo "no binary at $invite: run cargo build, or set INVITE" >&2
    exit 2
}
work=${TMPDIR:-/tmp}
work=${work%/}/invite-play.$$
(umask 077 && mkdir "$work")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# Ignore the user's configuration and database.
export HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work"
"$invite" migrate -q >"$work/out"

document=
words=
doing=

# document TEXT: names the document of the examples that follow.
document() {
    document=$1
    printf '\n== %s\n' "$document"
}

# example TEXT: names the next example or rule as in the document.
example() {
    words=$1
    printf '\n# %s\n' "$words"
}

# same EXPECTED GOT [WHAT]: fails unless both are equal.
same() {
    [ "$1" = "$2" ] || differs "$1" "$2" "${3:-}"
}

# like PATTERN GOT [WHAT]: fails unless the text matches a shell pattern.
like() {
    # shellcheck disable=SC2254 # it is a pattern
    case $2 in
    $1) ;;
    *) differs "$1" "$2" "${3:-}" ;;
    esac
}

differs() {
    {
        printf '\ndocument: %s\nstep:     %s\ncommand:  %s\n' "$document" "$words" "$doing"
        [ -z "$3" ] || printf 'about:    %s\n' "$3"
        printf 'expected: %s\ngot:      %s\n' "$1" "$2"
        sed 's/^/stdout:   /' "$work/out"
        sed 's/^/stderr:   /' "$work/err"
    } >&2
    exit 1
}

# run ARGUMENT...: runs the binary with JSON output; `$code` is its exit code.
run() {
    doing="invite $*"
    printf '$ %s\n' "$doing"
    code=0
    "$invite" "$@" -o json >"$work/out" 2>"$work/err" </dev/null || code=$?
    flatten <"$work/out" >"$work/out.fields"
    flatten <"$work/err" >"$work/err.fields"
}

# does ARGUMENT...: runs a command that must succeed.
does() {
    run "$@"
    same 0 "$code" 'exit code'
}

# fails EXIT STATUS REASON ARGUMENT...: runs a command that must be refused, with
# the HTTP status of the document.
fails() {
    expected=$1 status=$2 reason=$3
    shift 3
    run "$@"
    same "$expected" "$code" 'exit code'
    same false "$(error success)" success
    same "$reason" "$(error reason)" reason
    same "$status" "$(error status)" 'HTTP status'
}

# prints ARGUMENT...: runs a command that must succeed, and keeps its text output for
# `says PATTERN`.
prints() {
    doing="invite $*"
    printf '$ %s\n' "$doing"
    code=0
    "$invite" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    same 0 "$code" 'exit code'
}

# says PATTERN: fails unless the text output contains the pattern.
says() {
    like "*$1*" "$(cat "$work/out" "$work/err")" 'what is shown'
}

# hides TEXT: fails if any output contains the text.
hides() {
    case $(cat "$work/out" "$work/err") in
    *"$1"*) differs "no $1" "it is there" 'a secret' ;;
    esac
}

# field PATH, error PATH: prints a value of the output, or of the error.
field() {
    value_of "$1" "$work/out.fields"
}

error() {
    value_of "$1" "$work/err.fields"
}

value_of() {
    path=$1 awk 'BEGIN { FS = "\t" } $1 == ENVIRON["path"] { print $2; found = 1; exit } END { if (!found) print "(no such field)" }' "$2"
}

# has PATH VALUE: fails unless a field of the output has this value.
has() {
    same "$2" "$(field "$1")" "$1"
}

# shaped PATH PATTERN: fails unless a field of the output matches the pattern.
shaped() {
    like "$2" "$(field "$1")" "$1"
}

# complains PATTERN: fails unless the error matches the pattern.
complains() {
    like "$1" "$(error error)" error
}

# has_not PATH: fails if the output has this field.
has_not() {
    same '(no such field)' "$(field "$1")" "$1"
}

# days FROM TO: prints the number of days between the dates of two times.
days() {
    printf '%s\n' "$1" "$2" | awk -F '[-T]' '
    # Day number, computed with years that begin in March.
    { year = $1 - ($2 < 3); month = ($2 + 9) % 12 }
    { day[NR] = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month + 2) / 5) + $3 }
    END { print day[2] - day[1] }'
}

# rows LIST: prints the number of records in a list of the output.
rows() {
    list=$1 awk 'BEGIN { FS = "[.\t]" } $1 == ENVIRON["list"] && !seen[$2]++ { count++ } END { print count + 0 }' \
        "$work/out.fields"
}

# eventually COMMAND...: retries until the command succeeds, for at most a minute.
eventually() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || differs "$*" 'not so within a minute' waiting
        sleep 1
    done
}

# has_result STATE CODE: succeeds if validate reports this state of the code.
has_result() {
    run validate "$2" && [ "$(field result)" = "$1" ]
}

# policy NAME LINE...: writes a configuration file that changes a policy, for rules
# that no option sets.
policy() {
    name=$1
    shift
    printf '[policy.%s]\n' "$name" >"$work/policy.toml"
    printf '%s\n' "$@" >>"$work/policy.toml"
}

# flatten: converts JSON on standard input to lines of path and value: invites.0.code.
flatten() {
    awk '
    { text = text $0 "\n" }
    function blank() { while (index(" \t\r\n,:", substr(text, at, 1)) && at <= size) at++ }
    function string(    c, s) {
        at++
        while ((c = substr(text, at, 1)) != "\"" && at <= size) {
            if (c == "\\") {
                at++
                c = substr(text, at, 1)
                if (c == "n" || c == "t" || c == "r") c = " "
            }
            s = s c
            at++
        }
        at++
        return s
    }
    function value(path,    c, key, count, s) {
        blank()
        c = substr(text, at, 1)
        if (c == "{") {
            at++
            for (blank(); substr(text, at, 1) != "}" && at <= size; blank()) {
                key = string()
                value(path == "" ? key : path "." key)
            }
            at++
        } else if (c == "[") {
            at++
            count = 0
            for (blank(); substr(text, at, 1) != "]" && at <= size; blank()) value(path "." count++)
            at++
        } else if (c == "\"") {
            print path "\t" string()
        } else {
            while (at <= size && !index("{}[],:\" \t\r\n", c = substr(text, at, 1))) { s = s c; at++ }
            # Skip lines that are not JSON.
            if (s == "") at++
            print path "\t" s
        }
    }
    END { at = 1; size = length(text); for (blank(); at <= size; blank()) value("") }'
}
