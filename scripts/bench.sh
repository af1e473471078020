#!/bin/sh
# npm run bench: every benchmark, compared with another tool in the same run. Arguments: names of benchmarks,
# --rows N (default 5000000), --rounds N (default 3). Some comparisons need python3, and two need its psycopg or
# MySQLdb. Without them those rows are left out. The exit code is 1 if two tools gave different results.
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh
# As the launcher does, for the processes that are measured.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/build/compile-cache}"
exec ./scripts/with-postgres.sh ./scripts/with-mariadb.sh node_modules/node/bin/node benchmarks/main.ts "$@"
