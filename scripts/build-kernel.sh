#!/bin/sh
# Compiles the AssemblyScript modules to build/*.wasm. Atomic: a half-written module is never left.
set -eu
cd "$(dirname -- "$0")/.."
mkdir -p build

compile() {
  node_modules/node/bin/node node_modules/assemblyscript/bin/asc.js "$1" \
    --outFile "build/$2.$$.wasm" -O3 --noAssert --runtime stub --enable simd
  mv "build/$2.$$.wasm" "build/$2.wasm"
}

compile src/sources/files/column.as.ts column
compile src/identifiers/kernel/kernel.as.ts kernel
