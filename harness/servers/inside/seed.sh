#!/bin/sh
# Runs once for each server, in its image while that is made or beside an unpacked distribution: finds the server,
# whatever the layout, initialises a small data directory under $root/seed, and leaves what `serve.sh` needs:
#   $root/facts    vendor=… version=… server=… uid=… library=…    (one line each)
#                  libraries=…    folders, with colons between them, of shared libraries that it does not find itself
#   $root/small.cnf    options that keep the server small and find its own files
# DBTLS_ROOT    the folder of all this, if not /dbtls
# DBTLS_SEARCH    the folder below which the server is, if it is not installed
# DBTLS_USER    who the server runs as where this script runs as root, if not mysql
# The sizes and options are measured facts: shared FACTS, "Cost".
set -eu

root=${DBTLS_ROOT:-/dbtls}
user=${DBTLS_USER:-mysql}

find_server() {
    if [ -n "${DBTLS_SEARCH:-}" ]; then
        readlink -f "$(find "$DBTLS_SEARCH" -type f \( -name mariadbd -o -name mysqld \) -perm -u+x | head -n 1)"
        return
    fi
    for name in mariadbd mysqld; do
        for dir in $(echo "$PATH" | tr ':' ' ') /usr/sbin /usr/libexec /opt/*/bin /opt/*/libexec /usr/local/*/bin; do
            if [ -f "$dir/$name" ] && [ -x "$dir/$name" ]; then readlink -f "$dir/$name"; return; fi
        done
    done
    find / -xdev -type f \( -name mariadbd -o -name mysqld \) -perm -u+x 2>/dev/null | head -n 1
}

# The folders of the distribution that hold a library which the server needs and does not find.
find_libraries() {
    found=
    for dir in "$basedir/libs" "$basedir/lib/private" "$basedir/lib"; do
        for library in $(ldd "$server" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p'); do
            if [ -e "$dir/$library" ]; then found=$found${found:+:}$dir; break; fi
        done
    done
    echo "$found"
}

run_server() { env ${libraries:+"LD_LIBRARY_PATH=$libraries"} "$server" "$@"; }

server=$(find_server) || server=
if [ -z "$server" ]; then
    echo "dbtls: no mariadbd or mysqld below ${DBTLS_SEARCH:-/}" >&2
    exit 64
fi
basedir=$(dirname "$(dirname "$server")")
libraries=$(find_libraries)
banner=$(run_server --no-defaults --version 2>/dev/null) || {
    echo "dbtls: $server does not run here:" >&2
    run_server --no-defaults --version >&2 || true
    exit 66
}
version=$(echo "$banner" | sed -n 's/.*Ver \([0-9][0-9.]*\).*/\1/p')
case $banner in
    *MariaDB*) vendor=mariadb ;;
    # Debian builds MySQL without its name in the banner.
    *MySQL* | *Percona* | *"(Debian)"*) vendor=mysql ;;
    *) vendor= ;;
esac
if [ -z "$vendor" ] || [ -z "$version" ]; then
    echo "dbtls: $server is of no vendor that is known here (MySQL, MariaDB, Percona): $banner" >&2
    exit 68
fi
case $vendor-$version in
    # MySQL before 5.7 is made as MariaDB is: it has no --initialize.
    mariadb-* | mysql-5.[0-6].*) bootstrapped=yes ;;
    *) bootstrapped= ;;
esac
major=${version%%.*}

share=
for dir in "$basedir/share" "$basedir/share/mariadb" "$basedir/share/mysql"; do
    if [ -f "$dir/english/errmsg.sys" ]; then share=$dir; break; fi
done
if [ -z "$share" ] && [ -z "${DBTLS_SEARCH:-}" ]; then
    messages=$(find / -xdev -path '*/english/errmsg.sys' 2>/dev/null | head -n 1)
    [ -z "$messages" ] || share=$(dirname "$(dirname "$messages")")
fi

if [ "$(id -u)" != 0 ]; then
    user=
elif ! id "$user" >/dev/null 2>&1; then
    if [ -n "${DBTLS_ROOT:-}" ]; then
        echo "dbtls: there is no user $user to run the server as" >&2
        exit 67
    fi
    echo "$user:x:3306:3306::/nonexistent:/bin/false" >>/etc/passwd
    echo "$user:x:3306:" >>/etc/group
fi

mkdir -p "$root/seed" "$root/data" "$root/etc"
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
    elif [ -n "$bootstrapped" ]; then
        echo 'skip-innodb
default-storage-engine=MyISAM
default-tmp-storage-engine=MyISAM
performance-schema=OFF'
    elif [ "$major" -ge 8 ]; then
        echo 'innodb-autoextend-increment=1
performance-schema=OFF
disable-log-bin
mysqlx=OFF
innodb-flush-log-at-trx-commit=0
innodb-doublewrite=0
innodb-flush-method=nosync
innodb-buffer-pool-size=16M
loose-innodb-log-file-size=4M
loose-innodb-redo-log-capacity=8M'
    else
        echo 'innodb-log-file-size=4M
innodb-data-file-path=ibdata1:5M:autoextend
innodb-autoextend-increment=1
performance-schema=OFF
innodb-flush-log-at-trx-commit=0
innodb-doublewrite=0'
    fi
} >"$root/small.cnf"

if [ -n "$bootstrapped" ]; then
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
    mkdir -p "$root/seed/mysql"
    [ -z "$user" ] || chown -R "$user" "$root/seed"
    {
        echo 'use mysql;'
        # MySQL 5.6 has its performance tables among the system tables.
        for part in system_tables performance_tables system_tables_data; do
            [ ! -f "${scripts}_$part.sql" ] || cat "${scripts}_$part.sql"
        done
        # An anonymous account on localhost answers before a named one from anywhere, and makes good cases fail (1045).
        # Some have root without a password at the loopback addresses too, and at the name of the host they are made on.
        accounts=user
        if grep -q global_priv "${scripts}_system_tables.sql"; then accounts=global_priv; fi
        echo "delete from mysql.$accounts where user='' or user='root' and host<>'localhost';"
        echo "delete from mysql.proxies_priv where host<>'localhost';"
    } | run_server --defaults-file="$root/small.cnf" --bootstrap ${user:+"--user=$user"} --datadir="$root/seed"
    rm -f "$root"/seed/aria_log*
else
    [ -z "$user" ] || chown -R "$user" "$root/seed"
    run_server --defaults-file="$root/small.cnf" --initialize-insecure ${user:+"--user=$user"} \
        --datadir="$root/seed" --log-error-verbosity=1
    # Every server made from the seed gets an identity and certificates of its own.
    rm -f "$root/seed/auto.cnf" "$root"/seed/*.pem
fi

# Many servers do not name their TLS library: one that is linked in does, else its own file. MySQL's yaSSL tells none.
export LC_ALL=C
library=$(grep -E -a -o -m 1 '([Yy]a|[Ww]olf)SSL [0-9]+\.[0-9.]*[0-9]' "$server" | head -n 1 | sed 's/^Y/y/; s/^W/w/')
if [ -z "$library" ]; then
    libcrypto=$(ldd "$server" 2>/dev/null | sed -n 's/.*libcrypto[^ ]* => \([^ ]*\).*/\1/p')
    library=$(grep -a -o -m 1 'OpenSSL [0-9]\.[0-9]\.[0-9]*[a-z]* ' "${libcrypto:-$server}" | head -n 1)
fi
if [ -z "$library" ] && grep -q -a TaoCrypt "$server"; then library=yaSSL; fi

{
    printf 'vendor=%s\nversion=%s\nserver=%s\nuid=%s\n' "$vendor" "$version" "$server" "$(id -u ${user:+"$user"})"
    printf 'library=%s\n' "$(echo "${library% }" | tr ' ' _)"
    [ -z "$libraries" ] || printf 'libraries=%s\n' "$libraries"
} >"$root/facts"
