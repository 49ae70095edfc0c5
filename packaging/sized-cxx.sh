#!/bin/sh
# The C++ compiler for a prebuild by g++. The glue (native/node, native/capi) is compiled for size, half of that at -O3. native/core without
# its kernels is compiled as by packaging/zig.mjs. prebuilds.mjs names the real compiler in MEMORYVIEW_CXX.
for argument; do
  case $argument in
    */native/node/*.cc | */native/capi/*.cc) exec $MEMORYVIEW_CXX "$@" -Os ;;
    */native/core/kernels/*.cc | */native/core/byte_runs.cc) ;;
    */native/core/*.cc) exec $MEMORYVIEW_CXX "$@" -O2 ;;
  esac
done
exec $MEMORYVIEW_CXX "$@"
