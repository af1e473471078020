#!/bin/sh
# npm run build: the kernel, the web app, and JavaScript with type declarations for users of the package.
set -eu
cd "$(dirname -- "$0")/.."
./scripts/prepare.sh
export PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"
rm -rf dist
tsc -p tsconfig.build.json
