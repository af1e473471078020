#!/bin/sh
# npm test: installs what is missing, then runs every check and every test. Arguments go to Vitest. With a file as
# argument, only that file runs, and only what it needs is started (test/setup).
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh --no-web
export PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"
[ $# -gt 0 ] || npm run --silent check
exec vitest run "$@"
