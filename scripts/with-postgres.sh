#!/bin/sh
# Runs a command with a new PostgreSQL server, which is removed afterwards. LINEUP_TEST_DATABASE_URL has its address.
# It is the first server of postgres-servers.sh, or that of the version in LINEUP_TEST_POSTGRES_VERSION.
# If LINEUP_TEST_DATABASE_URL is already set, that server is used. If no server can be installed, the command runs
# without one, and one line says so. In CI that is a failure, because both databases must be tested there.
set -eu

if [ -n "${LINEUP_TEST_DATABASE_URL:-}" ]; then exec "$@"; fi

without() {
  if [ -n "${CI:-}" ]; then
    echo "with-postgres: $1; CI needs it." >&2
    exit 1
  fi
  echo "with-postgres: $1; testing only on PGlite." >&2
  shift
  # This shell, which would stop a server that does not answer, is replaced.
  [ -z "${home:-}" ] || stop
  exec "$@"
}

scripts=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
version=${LINEUP_TEST_POSTGRES_VERSION:-}
find_server() { "$scripts/postgres-servers.sh" | sed -n "s/^${version:-[0-9]*} //p" | head -n 1; }

bin=$(find_server || true)
if [ -z "$bin$version" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'with-postgres: installing PostgreSQL for the tests …' >&2
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql) >/dev/null 2>&1 || true
  bin=$(find_server || true)
fi
[ -n "$bin" ] || without 'PostgreSQL is not installed' "$@"

# A pooler for the tests that need one. Debian does not put it on the PATH of users.
find_pooler() { command -v pgbouncer 2>/dev/null || { [ ! -x /usr/sbin/pgbouncer ] || echo /usr/sbin/pgbouncer; }; }
pooler=$(find_pooler)
if [ -z "$pooler" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'with-postgres: installing PgBouncer for the tests …' >&2
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq pgbouncer) >/dev/null 2>&1 || true
  pooler=$(find_pooler)
fi
if [ -n "$pooler" ]; then
  export LINEUP_TEST_PGBOUNCER="$pooler"
elif [ -n "${CI:-}" ]; then
  echo 'with-postgres: PgBouncer is not installed; CI needs it.' >&2
  exit 1
else
  echo 'with-postgres: PgBouncer is not installed; its tests are skipped.' >&2
fi

# PostgreSQL refuses to run as root. Its package creates a user for it.
as_owner=
if [ "$(id -u)" = 0 ]; then
  id postgres >/dev/null 2>&1 || without 'PostgreSQL cannot run as root and there is no user "postgres"' "$@"
  as_owner='runuser -u postgres --'
fi

home=$(mktemp -d "${TMPDIR:-/tmp}/lineup-postgres.XXXXXX")
[ -z "$as_owner" ] || chown postgres "$home"
# The folder of the project may be closed to that user.
if ! $as_owner test -x "$bin/postgres"; then
  cp -R "$(dirname "$bin")" "$home/server"
  bin=$home/server/bin
fi
server=
stop() {
  # SIGINT: a fast shutdown that does not wait for clients. The server is our child, so no other server is affected.
  [ -z "$server" ] || { kill -INT "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  rm -rf "$home"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck disable=SC2086
(cd "$home" && $as_owner "$bin/initdb" -D "$home/data" -U lineup -A trust --no-sync -E UTF8 --locale=C >/dev/null)
# Members of the role needs_password (a test may create it) need a password.
{ echo 'local all +needs_password scram-sha-256'; cat "$home/data/pg_hba.conf"; } >"$home/pg_hba.conf"
cat "$home/pg_hba.conf" >"$home/data/pg_hba.conf"
# A Unix socket in its own directory needs no port and has no conflicts. Durability is not tested here.
# setpriv, not runuser: it becomes the server process, so the pid below is the server’s.
[ -z "$as_owner" ] || as_owner='setpriv --reuid=postgres --regid=postgres --init-groups'
# shellcheck disable=SC2086
(cd "$home" && exec $as_owner "$bin/postgres" -D "$home/data" -k "$home" -c listen_addresses= -c fsync=off \
  -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off -c jit=off \
  -c max_connections=200 >"$home/log" 2>&1) &
server=$!

tries=0
until [ "$(sed -n 8p "$home/data/postmaster.pid" 2>/dev/null | tr -d ' ')" = ready ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$home/log" >&2
    server_died='PostgreSQL did not start (its words are above)'
    without "$server_died" "$@"
  fi
  sleep 0.1
done

LINEUP_TEST_DATABASE_URL="postgres://lineup@localhost/postgres?host=$(printf %s "$home" | sed 's|/|%2F|g')"
export LINEUP_TEST_DATABASE_URL
export LINEUP_TEST_POSTGRES_BIN="$bin"
LINEUP_TEST_POSTGRES_VERSION=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
export LINEUP_TEST_POSTGRES_VERSION
"$@"
