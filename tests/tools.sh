# What building and testing need, for other scripts to read in.

need_cargo() {
    if ! command -v cargo >/dev/null 2>&1; then
        echo "error: cargo is missing" >&2
        echo "hint: install Rust 1.95 or newer: https://rustup.rs" >&2
        exit 1
    fi
}

# SQLite is built from its source, which is bundled.
need_compiler() {
    if command -v cc >/dev/null 2>&1; then
        return
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev
    else
        echo "error: a C compiler is missing" >&2
        echo "hint: install one, such as the package gcc with the C library's headers" >&2
        exit 1
    fi
}

# The tests send signals with it.
need_kill() {
    if [ -x /bin/kill ] || [ -x /usr/bin/kill ]; then
        return
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends procps
    else
        echo "error: the program kill is missing" >&2
        echo "hint: install it, such as the package procps" >&2
        exit 1
    fi
}
