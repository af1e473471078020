#!/bin/sh
# Installs the libraries of the running program into a folder, at the versions of package-lock.json, and nothing
# else. Arguments: the folder, then arguments for npm, such as --cpu=arm64 for another machine. With --list-only
# nothing is installed: the folder only gets the two lists of packages. With BIGQUERY=no in the environment, the
# libraries of Google are left out.
#
# `npm ci --omit=dev` is not enough: it keeps development tools that a library names as optional peers (better-auth:
# vitest, react). Without development tools in the lists, as in a project that installs Lineup, npm leaves these out.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
folder=$1
shift
mkdir -p "$folder"
cp "$root/package.json" "$root/package-lock.json" "$root/.npmrc" "$folder"
cd "$folder"
# The image has a Node.js. The packages of this repository are compiled into dist.
npm pkg delete devDependencies scripts workspaces dependencies.node allowScripts
[ "${BIGQUERY:-yes}" != no ] || npm pkg delete 'optionalDependencies[@google-cloud/bigquery-storage]' \
  'optionalDependencies[@grpc/grpc-js]' optionalDependencies.apache-arrow optionalDependencies.google-auth-library
# The only peers that nothing else needs are types, of mysql2.
npm prune --package-lock-only --offline --ignore-scripts --legacy-peer-deps
[ "${1:-}" != --list-only ] || exit 0
# No library needs its install script in order to run.
npm ci --ignore-scripts --no-audit --no-fund --legacy-peer-deps "$@"
# Half of the files is for people who develop: source maps, types, pages and tests of the libraries. Licences stay.
find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.tsbuildinfo' \
  -o -iname 'readme*.md' -o -iname 'changelog*' -o -iname 'history.md' \) -delete
for name in test tests docs doc examples example benchmarks benchmark website .github; do
  rm -rf node_modules/*/"$name" node_modules/@*/*/"$name" node_modules/*/node_modules/*/"$name"
done
# Builds for browsers and for old module systems, and extensions of PGlite.
rm -rf node_modules/luxon/build/amd node_modules/luxon/build/global node_modules/luxon/build/cjs-browser \
  node_modules/libphonenumber-js/bundle node_modules/apache-arrow/*.min.js node_modules/@electric-sql/pglite/dist/*.tar.gz
