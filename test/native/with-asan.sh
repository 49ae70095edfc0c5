#!/bin/sh
# Builds the addon with AddressSanitizer and UBSan into build/native/asan-addon and runs a command with it, by default the quick tests
# and then those of the gate, but for files that do not load this addon (vitest.gate.config.ts names them):
#   test/native/with-asan.sh
#   test/native/with-asan.sh npx vitest run test/memory
#   test/native/with-asan.sh node --expose-gc test/lifetime/stress.mjs 60
# MEMORYVIEW_ADDON is the file that src/load-addon.ts loads in place of the local build.
set -eu
cd "$(dirname "$0")/../.."
headers=$(sh test/native/node-headers.sh)
[ $# -gt 0 ] || set -- sh -c 'npx vitest run && npx vitest run --config vitest.gate.config.ts'
compiler=${CXX:-g++}
out=build/native/asan-addon
flags="-O1 -fPIC -fno-omit-frame-pointer -fvisibility=hidden -fsanitize=address,undefined -fno-sanitize-recover=undefined"
node="-DNAPI_VERSION=9 -DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS -DNODE_GYP_MODULE_NAME=memoryview -DBUILDING_NODE_EXTENSION
  -isystem $headers -isystem node_modules/node-addon-api -Inative/include"
make -s -j"$(getconf _NPROCESSORS_ONLN)" -f test/native/Makefile CXX="$compiler" OUT=$out FLAGS="$(echo $flags $node)" $out/memoryview.node
MEMORYVIEW_ADDON="$PWD/$out/memoryview.node" MEMORYVIEW_SANITIZED=1 \
  LD_PRELOAD="$($compiler -print-file-name=libasan.so)" \
  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
  "$@"
