#!/bin/sh
# Installs a Chromium for the end-to-end tests in /usr/bin: its headless shell, which is cheaper, or the whole
# browser. LINEUP_CHROMIUM names another one. If none can be installed, those tests are skipped with one line; in CI
# that is a failure.
set -eu

shell=/usr/bin/chromium-headless-shell
whole=/usr/bin/chromium
if [ -n "${LINEUP_CHROMIUM:-}" ]; then shell=$LINEUP_CHROMIUM whole=$LINEUP_CHROMIUM; fi
if [ ! -x "$shell" ] && [ -z "${LINEUP_CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'ensure-browser: installing Chromium for the tests …' >&2
  export DEBIAN_FRONTEND=noninteractive
  (apt-get update -qq && { apt-get install -y -qq chromium-headless-shell || [ -x "$whole" ] || apt-get install -y -qq chromium; }) >/dev/null 2>&1 || true
fi
if [ ! -x "$shell" ] && [ ! -x "$whole" ]; then
  echo "ensure-browser: there is no Chromium at $shell; the browser tests are skipped." >&2
  [ -z "${CI:-}" ] || exit 1
fi
