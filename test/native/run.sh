#!/bin/sh
# Compiles native/core with its own tests, without Node, and runs them: plain, asan (with UBSan and LSan) or tsan.
# Usage: test/native/run.sh [plain|asan|tsan] [rounds of the race]
# CXX names another compiler; where it builds for another processor, RUNNER is what runs its programs (see arm64.sh).
set -eu
cd "$(dirname "$0")/../.."
mode=${1:-plain}
case $mode in
  plain) flags="-O2" ;;
  asan) flags="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all" ;;
  tsan) flags="-O1 -fsanitize=thread" ;;
  *) echo "run.sh: mode \"$mode\" given, expected plain, asan or tsan" >&2; exit 2 ;;
esac
case $(uname) in Darwin) foreign=linux ;; *) foreign=darwin ;; esac
sources=$(ls native/core/*.cc native/core/kernels/*.cc | grep -v "_$foreign\.cc")
mkdir -p build
out=build/core-test-$mode${RUNNER:+-${CXX##*/}}
# shellcheck disable=SC2086
${CXX:-g++} -std=c++20 -g -Wall -Wextra -Wpedantic -Werror $flags -o "$out" \
  test/native/*_test.cc $sources -lpthread
ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS=halt_on_error=1 ${RUNNER:-} "$out" "${2:-300}"
# Once more as on a processor without vector shuffles; few rounds, since only the kernels differ.
MEMORYVIEW_CPU=baseline ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS=halt_on_error=1 ${RUNNER:-} "$out" 3
