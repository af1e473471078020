#!/bin/sh
# Prints the PostgreSQL servers of this machine, one a line: the major version, and the directory of its programs. First
# those that are installed, the newest first: Debian keeps their programs off the PATH. Then those of
# ensure-postgres.sh. Each version once.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

directories() {
  ls -d /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -rV
  dirname "$(command -v initdb 2>/dev/null || echo .)"
  ls -d "$root"/build/postgres/*/bin 2>/dev/null | sort -rV
}

directories | while read -r directory; do
  [ -x "$directory/initdb" ] && [ -x "$directory/postgres" ] || continue
  version=$("$directory/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
  echo "$version $directory"
done | awk '!seen[$1]++'
