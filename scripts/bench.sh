#!/bin/sh
# npm run bench: every benchmark, side by side with another tool in the same run. Arguments: names of single ones, and
# --rows N (default 5000000). Needs python3 for some of the comparisons, and its psycopg for one; without them those rows are left
# out.
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh
exec ./scripts/with-postgres.sh node_modules/node/bin/node benchmarks/main.ts "$@"
