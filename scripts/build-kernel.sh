#!/bin/sh
# Compiles the AssemblyScript modules to build/*.wasm. Atomic: a half-written module is never left.
set -eu
cd "$(dirname -- "$0")/.."
mkdir -p build

compile() {
  source=$1 name=$2
  shift 2
  node_modules/node/bin/node node_modules/assemblyscript/bin/asc.js "$source" \
    --outFile "build/$name.$$.wasm" -O3 --noAssert --runtime stub --enable simd "$@"
  mv "build/$name.$$.wasm" "build/$name.wasm"
}

compile src/sources/files/column.as.ts column
compile packages/identifiers/src/kernel/kernel.as.ts kernel \
  --enable threads --importMemory --sharedMemory --initialMemory 2 --maximumMemory 65536
