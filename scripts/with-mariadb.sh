#!/bin/sh
# Runs a command with a new MariaDB server, which is removed afterwards. LINEUP_TEST_MARIADB_URL has its address. If
# that variable is already set, that server is used, by its Unix socket. If no server can be installed, the command
# runs without one, and one line says so. In CI that is a failure, because the source is tested only there. A server
# that is installed, but does not start, is always a failure.
set -eu

case "${LINEUP_TEST_MARIADB_URL:-}" in
  '') ;;
  *'?socket='?* | *'&socket='?*) exec "$@" ;;
  *)
    echo 'with-mariadb: LINEUP_TEST_MARIADB_URL has no socket. Add it: ?socket=%2Frun%2Fmysqld%2Fmysqld.sock' >&2
    exit 1
    ;;
esac

# Debian keeps the server off the PATH of users.
find_server() { command -v mariadbd 2>/dev/null || { [ -x /usr/sbin/mariadbd ] && echo /usr/sbin/mariadbd; }; }

server_program=$(find_server || true)
if [ -z "$server_program" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'with-mariadb: installing MariaDB for the tests …' >&2
  # The core packages have the programs, and start no server.
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq mariadb-server-core mariadb-client-core) >/dev/null 2>&1 || true
  server_program=$(find_server || true)
fi
if [ -z "$server_program" ]; then
  if [ -n "${CI:-}" ]; then
    echo 'with-mariadb: MariaDB is not installed; CI needs it.' >&2
    exit 1
  fi
  echo 'with-mariadb: MariaDB is not installed; its tests are skipped.' >&2
  exec "$@"
fi

# A server that belongs to root could write everywhere.
as_owner=
owner=$(id -un)
if [ "$owner" = root ]; then
  owner=nobody
  as_owner="setpriv --reuid=$owner --regid=$(id -gn $owner) --clear-groups"
fi

home=$(mktemp -d "${TMPDIR:-/tmp}/lineup-mariadb.XXXXXX")
[ "$owner" = "$(id -un)" ] || chown "$owner" "$home"
server=
stop() {
  # The server is our child, so no other server is affected. It need not write anything to the disk.
  [ -z "$server" ] || { kill -KILL "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  rm -rf "$home"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck disable=SC2086
(cd "$home" && $as_owner mariadb-install-db --no-defaults --datadir="$home/data" --auth-root-authentication-method=normal \
  --skip-test-db --skip-log-bin --cross-bootstrap >"$home/log" 2>&1) || {
  cat "$home/log" >&2
  echo 'with-mariadb: MariaDB could not be set up (its words are above).' >&2
  exit 1
}
# A Unix socket in its own directory needs no port and has no conflicts. Durability is not tested here.
# shellcheck disable=SC2086
(cd "$home" && exec $as_owner "$server_program" --no-defaults --datadir="$home/data" --socket="$home/socket" --skip-networking \
  --pid-file="$home/pid" --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=256M \
  --skip-log-bin --performance-schema=OFF --character-set-server=utf8mb4 --max-connections=200 --secure-file-priv= \
  >"$home/log" 2>&1) &
server=$!

tries=0
until [ -S "$home/socket" ] && grep -q 'ready for connections' "$home/log"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 1200 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$home/log" >&2
    echo 'with-mariadb: MariaDB did not start (its words are above).' >&2
    exit 1
  fi
  sleep 0.1
done

LINEUP_TEST_MARIADB_URL="mysql://root@localhost/?socket=$(printf %s "$home/socket" | sed 's|/|%2F|g')"
export LINEUP_TEST_MARIADB_URL
"$@"
