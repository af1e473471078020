#!/bin/sh
# Compiles the AssemblyScript kernel to build/kernel.wasm. Atomic: a half-written module is never left.
set -eu
cd "$(dirname -- "$0")/.."
mkdir -p build
node_modules/node/bin/node node_modules/assemblyscript/bin/asc.js src/identifiers/kernel/kernel.as.ts \
  --outFile "build/kernel.$$.wasm" -O3 --noAssert --runtime stub --enable simd --enable bulk-memory --importMemory
mv "build/kernel.$$.wasm" build/kernel.wasm
