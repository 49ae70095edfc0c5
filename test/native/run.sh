#!/bin/sh
# Compiles native/core with its own tests, without Node, and runs them: plain, asan (with UBSan and LSan), tsan, or counted (gcov).
#
#     test/native/run.sh [plain|asan|tsan|counted] [rounds of the races] [file ...]
#     test/native/run.sh ledger          only ledger_test.cc; plain where no mode is named
#
# CXX names another compiler; where it builds for another processor, RUNNER is what runs its programs (see arm64.sh).
set -eu
cd "$(dirname "$0")/../.."
mode=plain
case ${1:-} in plain | asan | tsan | counted) mode=$1; shift ;; esac
case $mode in
  plain) flags="-O2" ;;
  asan) flags="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all" ;;
  tsan) flags="-O1 -fsanitize=thread" ;;
  counted) flags="-O0 --coverage -fprofile-update=atomic" ;;
esac
compiler=${CXX:-g++}
out=build/native/$mode-$(echo "$compiler" | tr -c 'a-zA-Z0-9+\n' -)
# Tests die by faults on purpose, and an emulator would write each core dump into the checkout.
ulimit -c 0
step=compiling
trap 'status=$?; [ $status = 0 ] || echo "run.sh: $step ended with $status" >&2' EXIT
make -s -j"$(getconf _NPROCESSORS_ONLN)" -f test/native/Makefile CXX="$compiler" OUT="$out" FLAGS="$flags" "$out/core-test"
step='core-test'
ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS=halt_on_error=1 ${RUNNER:-} "$out/core-test" "$@"
# Once more as on a processor without vector shuffles; few rounds, since only the kernels differ.
case " $* " in *[a-z]*) case " $* " in *" kernels "*) ;; *) exit ;; esac ;; esac
# And with every copy past the caches, and with none; on the same threads, so that TSan would see nothing else.
[ $mode = tsan ] || for bytes in 0 1000000000000; do
  step="the kernels with copies past the caches from $bytes bytes on"
  MEMORYVIEW_STREAM_FROM=$bytes ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS=halt_on_error=1 ${RUNNER:-} "$out/core-test" 3 kernels
done
step='the kernels of a processor without vector shuffles'
MEMORYVIEW_CPU=baseline ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS=halt_on_error=1 ${RUNNER:-} "$out/core-test" 3 kernels
