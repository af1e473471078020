#!/bin/sh
# npm test: installs what is missing, then runs every check and every test. Arguments go to Vitest. With a file as
# argument, only that file runs, and only what it needs is started (test/setup).
# Tests of PostgreSQL run on each server of the machine (test/setup/postgres-versions.ts).
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh --no-web
export PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"
if [ $# = 0 ]; then
  npm run --silent check
  ./scripts/ensure-postgres.sh
  ./scripts/ensure-chart-renderer.sh
fi
exec vitest run "$@"
