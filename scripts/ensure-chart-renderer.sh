#!/bin/sh
# Builds the program that renders the Helm chart for its tests (test/helm/render) as build/chart-renderer. Debian has
# Go, the functions of Helm’s templates and Kubernetes’ own types, so neither helm nor a cluster is needed. As root, it
# installs them. Without them those tests are skipped: the summary says so. Prints nothing when nothing is missing.
set -eu
cd "$(dirname -- "$0")/.."

# A change of its sources builds it again.
version=$(cat test/helm/render/*.go "$0" | cksum | tr -d ' ')
[ "$(cat build/chart-renderer.version 2>/dev/null)" = "$version" ] && [ -x build/chart-renderer ] && exit 0

packages='golang-go golang-github-masterminds-sprig-dev golang-k8s-api-dev golang-k8s-sigs-yaml-dev golang-k8s-sigs-json-dev
  golang-github-xeipuuv-gojsonschema-dev'
sources=/usr/share/gocode
has_packages() {
  command -v go >/dev/null || return 1
  for package in k8s.io/api github.com/Masterminds/sprig github.com/xeipuuv/gojsonschema; do
    [ -d "$sources/src/$package" ] || return 1
  done
}
if ! has_packages && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'ensure-chart-renderer: installing Go and the types of Kubernetes for the tests …' >&2
  # shellcheck disable=SC2086
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages) \
    >/dev/null 2>&1 || true
fi
has_packages || exit 0

echo 'ensure-chart-renderer: building the renderer of the Helm chart for the tests …' >&2
mkdir -p build
work=$(mktemp -d build/chart-renderer.XXXXXX)
trap 'rm -rf "$work"' EXIT
# Only the types are needed: what encodes them for the network is most of their code, and would be most of the time.
{
  printf '{"Replace": {'
  find "$sources"/src/k8s.io/api -name 'generated.pb.go' -o -name 'zz_generated.*.go' -path '*/k8s.io/api/*' \
    -o -name 'types_swagger_doc_generated.go' -o -name 'register.go' -path '*/k8s.io/api/*' |
    sed 's/.*/"&": ""/' | paste -s -d , -
  printf '}}'
} >"$work/overlay.json"
# Nothing is downloaded, and no C compiler is used. Not optimized: it runs for a second.
if GO111MODULE=off GOPATH="$sources" GOFLAGS='' CGO_ENABLED=0 GOCACHE="$PWD/$work/cache" \
  go build -overlay "$work/overlay.json" -gcflags='all=-N -l -dwarf=false' -ldflags='-s -w' \
  -o "$work/renderer" ./test/helm/render; then
  mv "$work/renderer" build/chart-renderer
  echo "$version" >build/chart-renderer.version
fi
