#!/bin/sh
# npm run build: the kernel, the web app, JavaScript with type declarations for users of the package, and the page of
# the manual.
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh
export PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"
rm -rf dist
# npm run check has checked the types; that takes five times as long.
tsc -p tsconfig.build.json --noCheck
node scripts/bundle-telemetry.ts dist/src/telemetry
node src/cli/main.ts man > dist/lineup.1
