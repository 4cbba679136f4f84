#!/bin/sh
# Sees to it that a container engine answers, and that builds find what they need on this host.
# An engine that runs is used as it is. As root on Debian or Ubuntu, what is missing is installed: whoever sits at a
# terminal is asked first (YES=1: not), elsewhere it is said.
# With `--wanted` an engine is not needed: published binaries run as plain processes too.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh

engine_is=needed
[ "${1:-}" != --wanted ] || engine_is=wanted
log=/var/log/dbtls-dockerd.log

answers() {
    .venv/bin/python -c 'import docker; docker.from_env(timeout=5).ping()' >/dev/null 2>&1
}

start_engine() {
    if ! command -v dockerd >/dev/null 2>&1; then
        need "a container engine" docker.io iptables ca-certificates
    fi
    if answers; then
        return
    fi
    if ! agreed "no container engine answers: start dockerd (it stays; its log: $log)?"; then
        fail "no container engine answers" "start one, or point DOCKER_HOST at one"
    fi
    echo "dbtls: starting dockerd (its log: $log)" >&2
    # Published ports by the kernel alone: a proxy process would take a fifth of what a load has, at both ends' cost.
    setsid dockerd --userland-proxy=false >"$log" 2>&1 </dev/null &
    engine=$!
    waited=0
    until answers; do
        waited=$((waited + 1))
        if ! kill -0 "$engine" 2>/dev/null || [ "$waited" -gt 120 ]; then
            tail -n 15 "$log" >&2
            fail "dockerd does not start" "see $log"
        fi
        sleep 0.5
    done
}

go_on_without() {
    [ "$engine_is" = wanted ] || exit 2
    echo "dbtls: going on without a container engine" >&2
}

if ! answers; then
    if [ -n "${DOCKER_HOST:-}" ]; then
        fail "the container engine at DOCKER_HOST=$DOCKER_HOST does not answer" "start it, or unset DOCKER_HOST"
    elif may_install; then
        # Each in a shell of its own, which a failure ends with its message.
        (start_engine) || go_on_without
    else
        (fail "no container engine answers" "start one (Docker), let this user reach it, or point DOCKER_HOST at one") ||
            go_on_without
    fi
fi

# Without these some builds is not available; a user who may not install goes on without them and is told by the run.
if may_install; then
    command -v debootstrap >/dev/null 2>&1 || [ -x /usr/sbin/debootstrap ] || want "debootstrap (base images where no registry answers)" debootstrap
    command -v mvn >/dev/null 2>&1 || want "Maven (published server binaries)" maven
    command -v openssl >/dev/null 2>&1 || want "openssl (it reads our certificates in the tests)" openssl
    command -v javac >/dev/null 2>&1 || want "a JDK (its keytool reads our key stores, and JDBC drivers run on it, in the tests)" default-jdk-headless
fi
