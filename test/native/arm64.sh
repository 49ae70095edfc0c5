#!/bin/sh
# Builds for arm64 on another processor: the addon as it is shipped (prebuilds/linux-arm64, or in the folder $1), and native/core
# with its own tests, which qemu's user mode runs. Debian: apt-get install g++-aarch64-linux-gnu qemu-user
#
# What it shows: the sources compile and link for arm64 without warnings; the core computes the same there, with a char that has no
# sign and arguments evaluated in another order. Not shown: the glue to Node, whose binary is not there, and real faults and memory
# ordering, for which qemu answers. Those are for the arm64 machines of .github/workflows/checks.yml.
set -eu
cd "$(dirname "$0")/../.."
triplet=aarch64-linux-gnu
for tool in $triplet-g++ qemu-aarch64; do
  command -v $tool >/dev/null || { echo "arm64.sh: no $tool found; install g++-$triplet and qemu-user" >&2; exit 2; }
done
node packaging/prebuilds.mjs build --arch arm64 ${1:+--to "$1"}
CXX=$triplet-g++ MEMORYVIEW_EMULATED=1 RUNNER="qemu-aarch64 -L /usr/$triplet" sh test/native/run.sh plain 20
