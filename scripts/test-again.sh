#!/bin/sh
# npm run test:again -- <file> --times N: installs what is missing, and runs a test file many times (scripts/again).
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh --no-web
export PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"
exec node scripts/again/main.ts "$@"
