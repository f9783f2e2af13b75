# Plays the examples of a system's document through the real binary: the words
# that the scripts in this folder are written in. It needs nothing but a POSIX
# shell and its tools, and stops at the first thing that is not as it should be.
#
# INVITE names the binary (target/debug/invite without it); INVITE_DATABASE_URL
# the database, which must hold nothing yet (a new SQLite file without it, which
# is deleted afterwards).
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

# Nobody's own configuration and database.
export HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work"
"$invite" migrate -q >"$work/out"

document=
words=
doing=

# document WORDS: which document is played from here on.
document() {
    document=$1
    printf '\n== %s\n' "$document"
}

# example WORDS: the next example or rule, in the document's words.
example() {
    words=$1
    printf '\n# %s\n' "$words"
}

# same EXPECTED GOT [WHAT]: stops unless the two are the same.
same() {
    [ "$1" = "$2" ] || differs "$1" "$2" "${3:-}"
}

# like PATTERN GOT [WHAT]: stops unless the text has the shape of a shell pattern.
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

# run ARGUMENT...: the binary, its answer as JSON; `$code` is its exit code.
run() {
    doing="invite $*"
    printf '$ %s\n' "$doing"
    code=0
    "$invite" "$@" -o json >"$work/out" 2>"$work/err" </dev/null || code=$?
    flatten <"$work/out" >"$work/out.fields"
    flatten <"$work/err" >"$work/err.fields"
}

# does ARGUMENT...: runs what has to go well.
does() {
    run "$@"
    same 0 "$code" 'exit code'
}

# fails EXIT STATUS REASON ARGUMENT...: runs what has to be refused, with the
# HTTP status of the document.
fails() {
    expected=$1 status=$2 reason=$3
    shift 3
    run "$@"
    same "$expected" "$code" 'exit code'
    same false "$(error success)" success
    same "$reason" "$(error reason)" reason
    same "$status" "$(error status)" 'HTTP status'
}

# told ARGUMENT...: runs what has to go well, and keeps what people see; `says
# PATTERN` looks at it.
told() {
    doing="invite $*"
    printf '$ %s\n' "$doing"
    code=0
    "$invite" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    same 0 "$code" 'exit code'
}

# says PATTERN: what people were told holds this.
says() {
    like "*$1*" "$(cat "$work/out" "$work/err")" 'what is shown'
}

# hides TEXT: what was written holds this nowhere.
hides() {
    case $(cat "$work/out" "$work/err") in
    *"$1"*) differs "no $1" "it is there" 'a secret' ;;
    esac
}

# field PATH, error PATH: a value of the answer, or of the error, as text.
field() {
    value_of "$1" "$work/out.fields"
}

error() {
    value_of "$1" "$work/err.fields"
}

value_of() {
    path=$1 awk 'BEGIN { FS = "\t" } $1 == ENVIRON["path"] { print $2; found = 1; exit } END { if (!found) print "(no such field)" }' "$2"
}

# has PATH VALUE: a field of the answer is this.
has() {
    same "$2" "$(field "$1")" "$1"
}

# shaped PATH PATTERN: a field of the answer has this shape.
shaped() {
    like "$2" "$(field "$1")" "$1"
}

# complains PATTERN: the error says this.
complains() {
    like "$1" "$(error error)" error
}

# has_not PATH: the answer has no such field.
has_not() {
    same '(no such field)' "$(field "$1")" "$1"
}

# days FROM TO: how many days lie between the dates of two instants.
days() {
    printf '%s\n' "$1" "$2" | awk -F '[-T]' '
    # Days of the calendar, by a year that begins in March.
    { year = $1 - ($2 < 3); month = ($2 + 9) % 12 }
    { day[NR] = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month + 2) / 5) + $3 }
    END { print day[2] - day[1] }'
}

# rows LIST: how many records a list of the answer has.
rows() {
    list=$1 awk 'BEGIN { FS = "[.\t]" } $1 == ENVIRON["list"] && !seen[$2]++ { count++ } END { print count + 0 }' \
        "$work/out.fields"
}

# eventually COMMAND...: waits until the command goes well, for a minute at most.
eventually() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || differs "$*" 'not so within a minute' waiting
        sleep 1
    done
}

# is_in_state STATE CODE: whether validate sees a code in this state.
is_in_state() {
    run validate "$2" && [ "$(field state)" = "$1" ]
}

# policy NAME LINE...: a configuration file that changes a rule, for what no
# option says.
policy() {
    name=$1
    shift
    printf '[policy.%s]\n' "$name" >"$work/policy.toml"
    printf '%s\n' "$@" >>"$work/policy.toml"
}

# flatten: JSON on standard input, as lines of a path and a value: invites.0.code.
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
            # What is no JSON is passed over.
            if (s == "") at++
            print path "\t" s
        }
    }
    END { at = 1; size = length(text); for (blank(); at <= size; blank()) value("") }'
}
