#!/bin/sh
# Process 1's only child in a dbtls server container: owns the server process, takes one verb a line on stdin.
#   fresh     kill the server, lay its data directory anew from the seed, start it
#   restart   stop the server cleanly, start it again on the same data
# It answers with lines that begin `dbtls:`; the server's own log goes to the same output. End of input (the harness is
# gone, however it died) ends the server, and with it the container. `timeout` around this script bounds its life.
set -u

data=/dbtls/data
server=$(sed -n 's/^server=//p' /dbtls/facts)

signal() { kill -s "$1" "$(cat /dbtls/pid)" 2>/dev/null; }

halt() {
    if [ -n "${keeper:-}" ]; then
        signal "$1"
        wait "$keeper"
        keeper=
    fi
}

start() {
    : >/dbtls/pid
    {
        "$server" --defaults-file=/dbtls/etc/my.cnf </dev/null &
        echo $! >/dbtls/pid
        wait $!
        echo "dbtls: exited $?"
    } &
    keeper=$!
    while [ ! -s /dbtls/pid ]; do :; done
}

echo "dbtls: ready $(tr '\n' ' ' </dbtls/facts)"
while read -r verb; do
    case $verb in
        fresh)
            halt KILL
            find "$data" -mindepth 1 -delete
            cp -a /dbtls/seed/. "$data/"
            chown mysql "$data"
            echo "dbtls: starting"
            start ;;
        restart)
            halt TERM
            echo "dbtls: starting"
            start ;;
    esac
done
halt KILL
