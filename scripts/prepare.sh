#!/bin/sh
# Installs dependencies and builds the kernel and the web app if they are missing or outdated. With --no-web it does
# not build the web app. With --omit=dev it does not install what only tests, checks and developers need (the
# devDependencies of package.json); what is there stays. It prints nothing if there is nothing to do, otherwise one
# line on stderr. The output of npm is shown only if it fails.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

quietly() {
  if ! out=$("$@" 2>&1); then
    printf '%s\n' "$out" >&2
    printf 'lineup: setting up failed (%s): see the lines above.\n' "$*" >&2
    exit 1
  fi
}

web=yes omit=
for argument; do
  case $argument in
    --no-web) web= ;;
    --omit=dev) omit=--omit=dev ;;
  esac
done
tools=node_modules/.bin/biome
[ ! -e $tools ] || omit=

if [ ! -x node_modules/node/bin/node ] || [ node_modules/.package-lock.json -ot package-lock.json ] ||
  [ -z "$omit" -a ! -e $tools ]; then
  echo 'lineup: first start, installing dependencies and building (about half a minute) …' >&2
  command -v npm >/dev/null || { echo 'lineup: npm is needed for the first start and was not found; install Node.js 20 or newer.' >&2; exit 1; }
  quietly npm ci --no-audit --no-fund --loglevel=error $omit
  if [ ! -x node_modules/node/bin/node ]; then
    echo 'lineup: its Node.js is not installed, because npm is set to run no install scripts. Run "npm rebuild node --ignore-scripts=false" here, and start again.' >&2
    exit 2
  fi
  touch node_modules/.package-lock.json
fi

# build/kernel.wasm is written last.
kernel=
if [ ! -f build/column.wasm ] || [ ! -f build/json-field.wasm ] || [ ! -f build/text-vector.wasm ] ||
  [ ! -f build/fingerprints.wasm ] ||
  [ ! -f packages/identifiers/build/kernel.wasm ] || [ ! -f build/kernel.wasm ] ||
  [ -n "$(find src packages -newer build/kernel.wasm -name '*.as.ts' | head -n 1)" ]; then
  # At the same time as the web app, which does not need it.
  quietly "$root/scripts/build-kernel.sh" &
  kernel=$!
fi

# The build of the web app writes the page last. Without the build tools (in an installation) the page stays as
# installed.
if [ -n "$web" ] && [ -f node_modules/vite/bin/vite.js ]; then
  page=build/web/index.html
  if [ ! -f "$page" ] || [ -n "$(find web locales src/domain src/contracts src/endpoints src/i18n package-lock.json -newer "$page" -type f | head -n 1)" ]; then
    quietly "$root/scripts/build-web.sh"
  fi
fi
[ -z "$kernel" ] || wait "$kernel"
