#!/bin/sh
# Builds the addon with AddressSanitizer and UBSan into build/asan/ and runs a command with it, by default the whole test suite:
#   test/native/with-asan.sh
#   test/native/with-asan.sh npx vitest run test/memory
#   test/native/with-asan.sh node --expose-gc test/lifetime/stress.mjs 60
# MEMORYVIEW_ADDON is the file that src/load-addon.ts loads in place of the local build. Node's headers are those beside the
# running node, else those that node-gyp downloaded.
set -eu
cd "$(dirname "$0")/../.."
version=$(node -p process.versions.node)
for headers in "${NODE_HEADERS:-}" "$(dirname "$(command -v node)")/../include/node" /usr/include/node \
  "${XDG_CACHE_HOME:-$HOME/.cache}/node-gyp/$version/include/node"; do
  [ -n "$headers" ] && [ -f "$headers/node_api.h" ] && break
done
[ -f "$headers/node_api.h" ] || { echo "with-asan.sh: no node_api.h found, set NODE_HEADERS to its folder" >&2; exit 2; }
[ $# -gt 0 ] || set -- npx vitest run
mkdir -p build/asan
# shellcheck disable=SC2046
${CXX:-g++} -std=c++20 -g -O1 -fPIC -shared -fno-omit-frame-pointer -fvisibility=hidden \
  -fsanitize=address,undefined -fno-sanitize-recover=undefined -Wall -Wextra -Wpedantic -Werror \
  -DNAPI_VERSION=9 -DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS -DNODE_GYP_MODULE_NAME=memoryview -DBUILDING_NODE_EXTENSION -isystem "$headers" -isystem node_modules/node-addon-api -Inative/include \
  -Wl,-z,nodelete -o build/asan/memoryview.node $(find native -name '*.cc' ! -name '*_darwin.cc' | sort) -ldl -lpthread
MEMORYVIEW_ADDON="$PWD/build/asan/memoryview.node" MEMORYVIEW_SANITIZED=1 \
  LD_PRELOAD="$(${CXX:-g++} -print-file-name=libasan.so)" \
  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
  "$@"
