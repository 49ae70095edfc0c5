#!/bin/sh
# Builds for arm64 on another processor: the addon as it is shipped (prebuilds/linux-arm64, or in the folder $1), and native/core
# with its own tests, which qemu's user mode runs. Debian: apt-get install g++-aarch64-linux-gnu qemu-user
#
# What it shows: the sources compile and link for arm64 without warnings; the core computes the same there, with a char that has no
# sign and arguments evaluated in another order. Not shown: the glue to Node, whose binary is not there, and real faults and memory
# ordering, for which qemu answers. Those are for the arm64 machines of .github/workflows/checks.yml.
#
# CC and CXX of the caller are for the caller's processor, so they are not used. stderr ends with the step that failed.
set -eu
cd "$(dirname "$0")/../.."
triplet=aarch64-linux-gnu
for tool in $triplet-g++ qemu-aarch64; do
  command -v $tool >/dev/null || { echo "arm64.sh: no $tool found; install g++-$triplet and qemu-user" >&2; exit 2; }
done
export CC=$triplet-gcc CXX=$triplet-g++ AR=$triplet-ar
step='the build of the addon'
trap 'status=$?; [ $status = 0 ] || echo "arm64.sh: $step ended with $status" >&2' EXIT
node packaging/prebuilds.mjs build --arch arm64 ${1:+--to "$1"}
step='native/core with its tests'
MEMORYVIEW_EMULATED=1 RUNNER="qemu-aarch64 -L /usr/$triplet" sh test/native/run.sh plain 20
