#!/bin/sh
# Has a Chromium for the end-to-end tests at /usr/bin/chromium, or where LINEUP_CHROMIUM says. Where none can be had those tests
# are left out, which one line says; with CI set that is a failure.
set -eu

browser=${LINEUP_CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$browser" ] && [ -z "${LINEUP_CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'ensure-browser: installing Chromium for the tests …' >&2
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium) >/dev/null 2>&1 || true
fi
if [ ! -x "$browser" ]; then
  echo "ensure-browser: there is no Chromium at $browser; leaving the browser tests out." >&2
  [ -z "${CI:-}" ] || exit 1
fi
