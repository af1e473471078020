#!/bin/sh
# npm run dev: installs what is missing and starts the development servers.
# Arguments: --port N (0 takes any free port), --inspect.
set -eu
cd "$(dirname -- "$0")/.."
# The web app is served from its sources, so it is not built.
./scripts/prepare.sh --no-web
# As in the launcher: unchanged code is not compiled again when the server restarts.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/build/compile-cache}"
exec node_modules/node/bin/node scripts/dev/main.ts "$@"
