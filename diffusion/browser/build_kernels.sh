#!/usr/bin/env bash
# Make kernels.wasm, and fused_kernels.wasm for browsers that multiply and add in one instruction, from kernels.c.
# Needs clang and lld of one certain version, so that the same bytes come out everywhere: clang-16 and lld-16 of Debian.
# A folder may be given to write to; without, it is this one.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
to="${1:-$here}"
build() {
  "${CLANG:-clang-16}" --target=wasm32 -O3 -nostdlib -fno-builtin -Wl,--no-entry -Wl,--import-memory \
    -Wl,--export=__heap_base -Wl,-z,stack-size=65536 -Wl,--strip-all "$@" "$here/kernels.c"
}
build -msimd128 -o "$to/kernels.wasm"
build -msimd128 -mrelaxed-simd -o "$to/fused_kernels.wasm"
chmod -x "$to"/*kernels.wasm
