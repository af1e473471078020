#!/bin/sh
# npm test: installs what is missing, then runs every check and every test, on PostgreSQL too. Arguments go to Vitest.
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh
export PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"
[ $# -gt 0 ] || npm run --silent check
./scripts/ensure-browser.sh
exec ./scripts/with-postgres.sh vitest run "$@"
