#!/bin/sh
# Prints the command that starts moto, a simulator of S3 by others, for the tests. Installs it where Debian's package
# manager can. Without it, prints nothing, and one line says so. In CI that is a failure.
set -eu

# One that does not start is none: the package of some systems leaves out what its server imports.
find_moto() { if moto_server --help >/dev/null 2>&1; then command -v moto_server; fi; }
found=$(find_moto)
if [ -z "$found" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'find-moto: installing moto for the tests …' >&2
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-moto python3-flask-cors) >/dev/null 2>&1 || true
  found=$(find_moto)
fi
if [ -z "$found" ]; then
  echo 'find-moto: moto is not installed; its tests are skipped.' >&2
  [ -z "${CI:-}" ] || exit 1
fi
echo "$found"
