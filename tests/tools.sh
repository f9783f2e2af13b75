# Functions that install the programs for builds and tests; sourced by other scripts.

# Everything that the tests need.
need_everything() {
    need_cargo
    need_compiler
    need_kill
    need_postgres
    need_pgbouncer
    need_mariadb
    need_mysql
    need_mail_server
    need_faketime
    need_file_checkers
    need_docs_tools
    need_terminal
}

# Everything that the benchmarks need.
need_everything_to_measure() {
    need_cargo
    need_compiler
    need_postgres
    need_mariadb
    need_shells
    need_client_libraries
}

need_cargo() {
    if ! command -v cargo >/dev/null 2>&1; then
        echo "error: cargo is missing" >&2
        echo "hint: install Rust 1.95 or newer: https://rustup.rs" >&2
        exit 1
    fi
}

# cargo-deny, which checks dependencies. Built once, outside the reach of `cargo clean`.
need_cargo_deny() {
    cargo_deny=$(command -v cargo-deny || :)
    if [ -z "$cargo_deny" ]; then
        kept=${XDG_CACHE_HOME:-$HOME/.cache}/invite-tests/cargo-deny
        cargo_deny=$kept/bin/cargo-deny
        if ! [ -x "$cargo_deny" ]; then
            echo "building cargo-deny, once, into $kept" >&2
            CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
                cargo install --quiet --locked --version '^0.20' --root "$kept" cargo-deny
        fi
    fi
}

# typos, which checks the spelling. Built once, outside the reach of `cargo clean`. The
# version is fixed: another one has another list of misspelt words.
need_typos() {
    version=1.52.0
    typos=$(command -v typos || :)
    if [ -z "$typos" ] || [ "$("$typos" --version)" != "typos-cli $version" ]; then
        kept=${XDG_CACHE_HOME:-$HOME/.cache}/invite-tests/typos-$version
        typos=$kept/bin/typos
        if ! [ -x "$typos" ]; then
            echo "building typos, once, into $kept" >&2
            CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
                cargo install --quiet --locked --version "=$version" --root "$kept" typos-cli
        fi
    fi
}

# The bundled SQLite is compiled from source.
need_compiler() {
    if ! command -v cc >/dev/null 2>&1; then
        install_or_end "a C compiler" gcc libc6-dev
    fi
}

# Screens and questions are tested in tmux, completions in bash.
need_terminal() {
    if ! { command -v tmux && command -v tput && command -v bash; } >/dev/null 2>&1; then
        install_or_end "tmux, tput or bash" tmux ncurses-bin bash
    fi
}

# The tests send signals and search for processes.
need_kill() {
    if ! { [ -x /bin/kill ] || [ -x /usr/bin/kill ]; } || ! command -v ps >/dev/null 2>&1; then
        install_or_end "the program kill or ps" procps
    fi
}

# The tests start servers as the user nobody.
need_postgres() {
    if [ -z "$(postgres_folder)" ]; then
        install_or_end "PostgreSQL's server" postgresql postgresql-client
    fi
    need_certificates
}

# Some tests connect to PostgreSQL through a pooler.
need_pgbouncer() {
    if [ -z "$(pgbouncer_program)" ]; then
        install_or_end "PgBouncer" pgbouncer
    fi
}

# Three servers form a cluster, whose state transfer uses rsync.
need_mariadb() {
    if [ -z "$(mariadb_program mariadbd mysqld)" ] ||
        [ -z "$(mariadb_program mariadb mysql)" ] ||
        [ -z "$(mariadb_program mariadb-install-db mysql_install_db)" ] ||
        [ -z "$(galera_library)" ] ||
        ! command -v rsync >/dev/null 2>&1 ||
        ! command -v socat >/dev/null 2>&1; then
        install_or_end "MariaDB's server, Galera, rsync or socat" mariadb-server mariadb-client galera-4 rsync socat
    fi
    need_certificates
}

# MySQL's own server, which Debian's stable suites lack. If none is installed, it is
# unpacked into a cache folder.
need_mysql() {
    if is_left_out mysql; then
        return
    fi
    if [ -z "$(mysql_program mysqld)" ] || [ -z "$(mysql_program mysql)" ]; then
        if ! sh tests/mysql.sh "$(mysql_folder)"; then
            echo "error: MySQL's server is missing, and it could not be unpacked into $(mysql_folder)" >&2
            echo "hint: install a mysqld and a mysql of MySQL, not of MariaDB, on the PATH," >&2
            echo "hint: or run the tests without MySQL: INVITE_TESTS_WITHOUT=mysql sh tests/run.sh" >&2
            exit 1
        fi
    fi
}

# Rejects a word in INVITE_TESTS_WITHOUT that names no optional server.
check_left_out() {
    for name in $(echo "${INVITE_TESTS_WITHOUT:-}" | tr , ' '); do
        if [ "$name" != mysql ]; then
            echo "error: INVITE_TESTS_WITHOUT=$INVITE_TESTS_WITHOUT: the tests cannot leave out '$name'" >&2
            echo "hint: INVITE_TESTS_WITHOUT=mysql leaves out MySQL" >&2
            exit 1
        fi
    done
}

# Succeeds if INVITE_TESTS_WITHOUT names the server: is_left_out NAME
is_left_out() {
    case " $(echo "${INVITE_TESTS_WITHOUT:-}" | tr , ' ') " in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
    esac
}

# The benchmarks compare with SQLite's shell and a Python script, and measure the
# memory of processes.
need_shells() {
    if ! command -v sqlite3 >/dev/null 2>&1 || ! [ -x /usr/bin/time ]; then
        install_or_end "the shell of SQLite or the program time" sqlite3 time
    fi
    if [ -z "$(driver_python)" ]; then
        install_or_end "a driver of PostgreSQL or MariaDB for Python" python3-psycopg2 python3-pymysql
    fi
}

# The benchmarks have C clients of SQLite and MariaDB.
need_client_libraries() {
    if ! { [ -e /usr/include/sqlite3.h ] && [ -e /usr/include/mariadb/mysql.h ]; }; then
        install_or_end "a library of SQLite or MariaDB for C" libsqlite3-dev libmariadb-dev
    fi
}

# Some tests send e-mails to a local server.
need_mail_server() {
    if [ -z "$(mail_python)" ]; then
        install_or_end "aiosmtpd, a mail server in Python," python3-aiosmtpd
    fi
    need_certificates
}

# The servers of the tests need a certificate.
need_certificates() {
    if ! command -v openssl >/dev/null 2>&1; then
        install_or_end "the program openssl" openssl
    fi
}

# Some tests run with another system time.
need_faketime() {
    if ! command -v faketime >/dev/null 2>&1; then
        install_or_end "the program faketime" faketime
    fi
}

# Some tests check scripts, manual pages and units with their distributors' tools.
need_file_checkers() {
    if ! command -v shellcheck >/dev/null 2>&1 || ! command -v mandoc >/dev/null 2>&1 ||
        ! command -v systemd-analyze >/dev/null 2>&1; then
        install_or_end "shellcheck, mandoc or systemd-analyze" shellcheck mandoc systemd
    fi
}

# Tools that check packages.
need_package_tools() {
    for program in dpkg-deb file lintian man promtool bash; do
        if ! command -v "$program" >/dev/null 2>&1; then
            install_or_end "$program" dpkg file lintian man-db prometheus bash
        fi
    done
}

# The tests run the commands of the documents unchanged.
need_docs_tools() {
    if ! command -v sqlite3 >/dev/null 2>&1 || ! command -v bash >/dev/null 2>&1; then
        install_or_end "the shell of SQLite" sqlite3
    fi
}

# Installs packages if possible, or names what is missing and exits:
# install_or_end WHAT PACKAGE...
install_or_end() {
    missing=$1
    shift
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "error: $missing is missing" >&2
        echo "hint: install it, on Debian with: apt-get install $*" >&2
        exit 1
    fi
    if ! install_without_services "$@"; then
        echo "error: $missing is missing, and installing it failed" >&2
        echo "hint: see what this prints: apt-get update && apt-get install $*" >&2
        exit 1
    fi
}

# A server package starts the server and creates its data unless a policy file
# prevents that. The file exists only during the installation.
install_without_services() (
    policy=/usr/sbin/policy-rc.d
    cluster=/etc/postgresql-common/createcluster.d/invite-tests.conf
    made=
    trap 'rm -f $made' EXIT
    trap 'exit 1' HUP INT TERM
    if ! [ -e "$policy" ]; then
        made=$policy
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    case "$*" in *postgresql*)
        made="$made $cluster"
        mkdir -p "$(dirname "$cluster")"
        echo "create_main_cluster = false" >"$cluster"
        ;;
    esac
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq &&
        apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >&2
)

# Prints the newest folder with PostgreSQL's server, or nothing.
postgres_folder() {
    {
        dirname "$(command -v initdb 2>/dev/null || echo none/none)"
        pg_config --bindir 2>/dev/null || true
        printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV
    } | while read -r programs; do
        if [ -x "$programs/initdb" ] && [ -x "$programs/postgres" ] && [ -x "$programs/psql" ]; then
            echo "$programs"
            break
        fi
    done
}

# Prints the path of PgBouncer, which Debian installs in the folder of system
# programs, or nothing.
pgbouncer_program() {
    PATH=$PATH:/usr/sbin:/usr/local/sbin command -v pgbouncer 2>/dev/null || true
}

# Prints the path of a MariaDB program by one of its names, or nothing.
mariadb_program() {
    for name in "$@"; do
        if PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec command -v "$name" 2>/dev/null; then
            return
        fi
    done
}

# Prints the folder into which MySQL is unpacked.
mysql_folder() {
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/invite-tests/mysql"
}

# Prints the path of a MySQL program by its name, never one of MariaDB with the
# same name, or nothing.
mysql_program() {
    program=$(PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec command -v "$1" 2>/dev/null) || program=
    if [ -z "$program" ] || "$program" --version 2>/dev/null | grep -qi mariadb; then
        program=$(mysql_folder)/bin/$1
    fi
    if [ -x "$program" ]; then
        echo "$program"
    fi
}

# Prints the version of the MySQL server that the tests use.
mysql_version() {
    "$(mysql_program mysqld)" --version | sed 's/.*Ver \([^ ]*\).*/\1/'
}

# Prints the path of the Galera library, or nothing.
galera_library() {
    for library in /usr/lib/galera/libgalera_smm.so /usr/lib*/galera-4/libgalera_smm.so; do
        if [ -e "$library" ]; then
            echo "$library"
            return
        fi
    done
}

# Prints a Python that has these modules, or nothing. Debian's Python has them from
# packages, and any user can run it.
python_with() {
    for python in /usr/bin/python3 python3; do
        if "$python" -c "import $1" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

# Prints a Python that has a mail server.
mail_python() {
    python_with aiosmtpd.smtp
}

# Prints a Python that has drivers of all engines.
driver_python() {
    python_with "psycopg2, pymysql, sqlite3"
}
