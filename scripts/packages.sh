# Sourced by the other scripts: installing what is missing, or saying what to do.

fail() {
    echo "error: $1" >&2
    echo "hint: $2" >&2
    exit 2
}

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# agreed QUESTION: whoever sits at a terminal is asked, unless YES is set (`make run YES=1`); else it is agreed.
agreed() {
    [ -z "${YES:-}" ] && [ -t 0 ] || return 0
    printf 'dbtls: %s [y/N] ' "$1" >&2
    read -r answer || answer=
    case $answer in [yY] | [yY][eE][sS]) return 0 ;; esac
    return 1
}

# need THING PACKAGE…: install the Debian packages for THING, asked or saying so; or fail with what to do.
need() {
    thing=$1
    shift
    if ! may_install || ! agreed "$thing is missing: install $* with apt-get?"; then
        fail "$thing is missing" "install it (on Debian or Ubuntu, as root: apt-get install $*)"
    fi
    install_packages "$@"
}

# want THING PACKAGE…: as need; whoever does not want it goes on without.
want() {
    thing=$1
    shift
    if agreed "$thing is missing: install $* with apt-get?"; then
        install_packages "$@"
    else
        echo "dbtls: going on without $thing" >&2
    fi
}

install_packages() {
    echo "dbtls: $thing is missing: installing $*" >&2
    output=$(mktemp)
    if [ -z "${package_lists_fresh:-}" ]; then
        apt-get update -qq >"$output" 2>&1 || true
        package_lists_fresh=yes
    fi
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >>"$output" 2>&1; then
        tail -n 15 "$output" >&2
        rm -f "$output"
        fail "$thing could not be installed" "see the lines above; install it by hand: apt-get install $*"
    fi
    rm -f "$output"
}
