#!/bin/sh
# Installs into a folder the libraries that run, at the versions of package-lock.json, and nothing else. Arguments: the folder, then
# npm's own, as --cpu=arm64 for another machine. With --list-only nothing is installed: the folder has the two lists of packages.
#
# `npm ci --omit=dev` would not do: it keeps development tools that a library names as its optional companions (better-auth:
# vitest, react). From lists without development tools, as a project has them that installs Lineup, npm leaves those out.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
folder=$1
shift
mkdir -p "$folder"
cp "$root/package.json" "$root/package-lock.json" "$root/.npmrc" "$folder"
cd "$folder"
# The image has a Node.js; the packages of this repository are compiled into dist.
npm pkg delete devDependencies scripts workspaces dependencies.node allowScripts
npm prune --package-lock-only --offline --ignore-scripts
[ "${1:-}" != --list-only ] || exit 0
# No library needs a script of its own to be run.
npm ci --ignore-scripts --no-audit --no-fund "$@"
