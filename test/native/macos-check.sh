#!/bin/sh
# Compiles the sources that binding.gyp gives macOS, on a system that is not one. Needs clang++ (CXX, else clang++-14).
#
#     test/native/macos-check.sh                          with the small headers of darwin/ over this system's
#     MACOS_INCLUDES=dir:dir test/native/macos-check.sh   with real ones: libc++'s, then Apple's
#
# What it shows, with the small headers: no source uses a name of <sys/mman.h>, <fcntl.h>, <dlfcn.h> and <sys/random.h> that macOS lacks, a
# header or an extension of Linux (__linux__ and _GNU_SOURCE are off, __APPLE__ is on); clang has no warning; and together the sources
# define all that they use of each other, so no function is left to a file of another system. With Apple's headers: that all
# names and types are macOS's, for arm64 and x64. Neither shows that it links there, or how it behaves: pages that are lost, shared
# memory and signals differ, and only the macOS machines of .github/workflows/checks.yml run it.
set -eu
cd "$(dirname "$0")/../.."
compiler=${CXX:-clang++-14}
command -v "$compiler" >/dev/null || { echo "macos-check.sh: no $compiler found; install clang-14 or set CXX" >&2; exit 2; }
headers=$(sh test/native/node-headers.sh)
sources=$(grep -o 'native/[a-z0-9_/]*\.cc' binding.gyp | grep -vE '(_linux|win32)\.cc')
flags="-std=c++20 -Wall -Wextra -Wpedantic -Werror -fvisibility=hidden -DNAPI_VERSION=9 -DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
  -DNODE_GYP_MODULE_NAME=memoryview -DBUILDING_NODE_EXTENSION -Inative/include"

if [ -n "${MACOS_INCLUDES:-}" ]; then
  includes=$(echo "$MACOS_INCLUDES" | tr ':' '\n' | sed 's/^/-isystem /')
  for arch in arm64 x86_64; do
    for source in $sources; do
      # shellcheck disable=SC2086
      $compiler --target=$arch-apple-macos11 $flags -nostdinc++ -nostdlibinc $includes -isystem "$headers" -isystem node_modules/node-addon-api -fsyntax-only "$source"
    done
  done
  echo "macos-check: all compile with the headers given, for arm64 and x64"
  exit
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
shape="-U__linux__ -U__linux -Ulinux -U__gnu_linux__ -U_GNU_SOURCE -D_DEFAULT_SOURCE -D__APPLE__ -D__MACH__
  -isystem test/native/darwin -include test/native/darwin/prelude.h -fPIC"
# As many at a time as there are processors; xargs fails where one of the compilers does.
# shellcheck disable=SC2086
for source in $sources; do echo "$source"; done | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' sh -c '
  out=$1 source=$2; shift 2
  exec "$@" -c -o "$out/$(echo "$source" | tr / -).o" "$source"' compile "$out" '{}' \
  $compiler $shape $flags -isystem "$headers" -isystem node_modules/node-addon-api
ld -r -o "$out/all" "$out"/*.o
left=$(nm -C --undefined-only "$out/all" | grep ' mv::' || true)
[ -z "$left" ] || { echo "macos-check: nothing defines for macOS:
$left" >&2; exit 1; }
echo "macos-check: all compile in macOS's shape, and nothing of theirs is left undefined"
