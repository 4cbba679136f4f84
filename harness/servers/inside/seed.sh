#!/bin/sh
# Runs once, inside a server image, while the seeded image is made: finds the server, whatever the image's layout,
# initialises a small data directory under /dbtls/seed, and leaves what `serve.sh` needs:
#   /dbtls/facts    vendor=… version=… server=… uid=… library=…    (one line each)
#   /dbtls/small.cnf    options that keep the server small and find its own files
# The sizes and options are measured facts: shared FACTS, "Cost".
set -eu

find_server() {
    for name in mariadbd mysqld; do
        for dir in $(echo "$PATH" | tr ':' ' ') /usr/sbin /usr/libexec /opt/*/bin /opt/*/libexec /usr/local/*/bin; do
            if [ -f "$dir/$name" ] && [ -x "$dir/$name" ]; then readlink -f "$dir/$name"; return; fi
        done
    done
    find / -xdev -type f \( -name mariadbd -o -name mysqld \) -perm -u+x 2>/dev/null | head -n 1
}

server=$(find_server)
if [ -z "$server" ]; then
    echo "dbtls: no mariadbd or mysqld in this image" >&2
    exit 64
fi
banner=$("$server" --no-defaults --version 2>/dev/null)
version=$(echo "$banner" | sed -n 's/.*Ver \([0-9][0-9.]*\).*/\1/p')
case $banner in
    *MariaDB*) vendor=mariadb ;;
    *) vendor=mysql ;;
esac
major=${version%%.*}
basedir=$(dirname "$(dirname "$server")")

share=
for dir in "$basedir/share" "$basedir/share/mariadb" "$basedir/share/mysql"; do
    if [ -f "$dir/english/errmsg.sys" ]; then share=$dir; break; fi
done

if ! id mysql >/dev/null 2>&1; then
    echo 'mysql:x:3306:3306::/nonexistent:/bin/false' >>/etc/passwd
    echo 'mysql:x:3306:' >>/etc/group
fi

mkdir -p /dbtls/seed /dbtls/data /dbtls/etc
{
    echo '[mysqld]'
    echo "basedir=$basedir"
    [ -z "$share" ] || echo "lc-messages-dir=$share"
    if [ "$vendor" = mariadb ]; then
        echo 'skip-innodb
default-storage-engine=Aria
aria-log-file-size=8M
performance-schema=OFF
key-buffer-size=1M
aria-pagecache-buffer-size=1M'
    elif [ "$major" -ge 8 ]; then
        echo 'innodb-autoextend-increment=1
performance-schema=OFF
disable-log-bin
mysqlx=OFF
innodb-flush-log-at-trx-commit=0
innodb-doublewrite=0
innodb-flush-method=nosync
innodb-buffer-pool-size=16M
loose-innodb-redo-log-capacity=8M'
    else
        echo 'innodb-log-file-size=1M
innodb-data-file-path=ibdata1:5M:autoextend
innodb-autoextend-increment=1
performance-schema=OFF
innodb-flush-log-at-trx-commit=0
innodb-doublewrite=0'
    fi
} >/dbtls/small.cnf

if [ "$vendor" = mariadb ]; then
    scripts=
    for dir in "$share" "$basedir/share/mariadb" "$basedir/share/mysql" "$basedir/share"; do
        for prefix in mariadb mysql; do
            if [ -f "$dir/${prefix}_system_tables.sql" ]; then scripts=$dir/$prefix; break 2; fi
        done
    done
    if [ -z "$scripts" ]; then
        echo "dbtls: $server has no system_tables.sql beside it" >&2
        exit 65
    fi
    mkdir -p /dbtls/seed/mysql
    chown -R mysql /dbtls/seed
    {
        echo 'use mysql;'
        cat "${scripts}_system_tables.sql" "${scripts}_performance_tables.sql" "${scripts}_system_tables_data.sql"
        # An anonymous account on localhost answers before a named one from anywhere, and makes good cases fail (1045).
        if grep -q global_priv "${scripts}_system_tables.sql"; then
            echo "delete from mysql.global_priv where user='';"
        else
            echo "delete from mysql.user where user='';"
        fi
    } | "$server" --defaults-file=/dbtls/small.cnf --bootstrap --user=mysql --datadir=/dbtls/seed
    rm -f /dbtls/seed/aria_log*
else
    chown -R mysql /dbtls/seed
    "$server" --defaults-file=/dbtls/small.cnf --initialize-insecure --user=mysql --datadir=/dbtls/seed --log-error-verbosity=1
    # Every server made from the seed gets an identity and certificates of its own.
    rm -f /dbtls/seed/auto.cnf /dbtls/seed/*.pem
fi

# Servers before MySQL 8.0.30 do not name their TLS library: its own file does.
libcrypto=$(ldd "$server" 2>/dev/null | sed -n 's/.*libcrypto[^ ]* => \([^ ]*\).*/\1/p')
library=$(grep -a -o -h -m 1 'OpenSSL [0-9]\.[0-9]\.[0-9]*[a-z]* ' "${libcrypto:-$server}" | head -n 1)

printf 'vendor=%s\nversion=%s\nserver=%s\nuid=%s\nlibrary=%s\n' "$vendor" "$version" "$server" "$(id -u mysql)" "$(echo "$library" | tr ' ' _)" \
    >/dbtls/facts
