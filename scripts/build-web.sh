#!/bin/sh
# Builds the web app to build/web, with compressed forms of its files. Atomic: a half-written build never replaces a
# complete one.
set -eu
cd "$(dirname -- "$0")/.."
next="build/web.$$"
trap 'rm -rf "$next"' EXIT
# Always the production version of React, also for tests.
export NODE_ENV=production
node_modules/node/bin/node node_modules/vite/bin/vite.js build --config web/vite.config.ts --outDir "../$next" --logLevel warn
node_modules/node/bin/node scripts/compress-web.ts "$next"
rm -rf build/web
mv "$next" build/web
