#!/bin/sh
# Compiles the AssemblyScript modules, all at once, because each compilation uses one core. Atomic: there is never a
# half-written module.
set -eu
cd "$(dirname -- "$0")/.."
mkdir -p build packages/identifiers/build

compile() {
  source=$1 module=$2
  shift 2
  node_modules/node/bin/node node_modules/assemblyscript/bin/asc.js "$source" \
    --outFile "$module.$$.wasm" -O3 --noAssert --runtime stub --enable simd "$@"
  mv "$module.$$.wasm" "$module"
}

compilations=
for name in column json-field text-vector; do
  compile src/sources/files/$name.as.ts build/$name.wasm &
  compilations="$compilations $!"
done
compile src/export/turnover/fingerprints.as.ts build/fingerprints.wasm &
compilations="$compilations $!"
kernel=packages/identifiers/src/kernel/kernel.as.ts
# For the package @lineup/identifiers, because browsers allow shared memory only in isolated pages.
compile $kernel packages/identifiers/build/kernel.wasm --importMemory --initialMemory 2 --maximumMemory 65536 &
for compilation in $compilations $!; do wait "$compilation"; done
# Last: prepare.sh compares the sources with it.
compile $kernel build/kernel.wasm --enable threads --importMemory --sharedMemory --initialMemory 2 --maximumMemory 65536
