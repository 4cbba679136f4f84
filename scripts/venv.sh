#!/bin/sh
# Makes .venv with exactly what requirements.lock pins. What the machine lacks for that is installed where we may
# (root on Debian or Ubuntu), saying so; elsewhere one message says what to do.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh

python=
for candidate in python3.11 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    fail "no Python 3.11 or later" "install one (\`apt-get install python3\` on Debian 12)"
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    need "Python's venv module" python3-venv
fi

rm -rf .venv
"$python" -m venv .venv
# --no-deps: pyjks names twofish, which needs a compiler and which JKS files never use; the lock is complete without it.
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
