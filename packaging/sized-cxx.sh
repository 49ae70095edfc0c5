#!/bin/sh
# The C++ compiler for a prebuild by g++: what is called once for many items (native/node, native/capi) is compiled for size, which is half
# of that at -O3, and native/core without its kernels as packaging/zig.mjs compiles it. prebuilds.mjs names the compiler in MEMORYVIEW_CXX.
for argument; do
  case $argument in
    */native/node/*.cc | */native/capi/*.cc) exec $MEMORYVIEW_CXX "$@" -Os ;;
    */native/core/kernels/*.cc | */native/core/byte_runs.cc) ;;
    */native/core/*.cc) exec $MEMORYVIEW_CXX "$@" -O2 ;;
  esac
done
exec $MEMORYVIEW_CXX "$@"
