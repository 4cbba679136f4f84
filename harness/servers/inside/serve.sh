#!/bin/sh
# Process 1's only child in a dbtls server container, or a plain local process where DBTLS_ROOT names a folder that
# `seed.sh` has filled: owns the server process, takes one verb a line on stdin.
#   fresh     kill the server, lay its data directory anew from the seed, start it
#   restart   stop the server cleanly, start it again on the same data
# It answers with lines that begin `dbtls:`; the server's own log goes to the same output. End of input (the harness is
# gone, however it died) ends the server, and with it the container. `timeout` around this script bounds its life.
set -u
# One stream: an engine keeps no order between two, and what the server says last must come before `dbtls: exited`.
exec 2>&1

root=${DBTLS_ROOT:-/dbtls}
data=$root/data

fact() { sed -n "s/^$1=//p" "$root/facts"; }

server=$(fact server)
libraries=$(fact libraries)

mkfifo "$root/begun"

halt() {
    if [ -n "${keeper:-}" ]; then
        kill -s "$1" "$pid" 2>/dev/null
        wait "$keeper"
        keeper=
    fi
}

start() {
    {
        env ${libraries:+"LD_LIBRARY_PATH=$libraries"} "$server" --defaults-file="$root/etc/my.cnf" </dev/null &
        echo $! >"$root/begun"
        wait $!
        echo "dbtls: exited $?"
    } &
    keeper=$!
    read -r pid <"$root/begun"
}

echo "dbtls: ready $(tr '\n' ' ' <"$root/facts")"
while read -r verb; do
    case $verb in
        fresh)
            halt KILL
            rm -rf "$data"/* "$data"/.[!.]*
            cp -a "$root/seed/." "$data/"
            [ "$(id -u)" != 0 ] || chown "$(fact uid)" "$data"
            echo "dbtls: starting"
            start ;;
        restart)
            halt TERM
            echo "dbtls: starting"
            start ;;
    esac
done
halt KILL
