#!/bin/sh
# Builds the addon so that it counts how often its lines run (gcov), and prints its path; npm run coverage reads the counts.
set -eu
cd "$(dirname "$0")/../.."
out=build/native/counted-addon
flags="-O0 -fPIC -fvisibility=hidden --coverage -fprofile-update=atomic"
node="-DNAPI_VERSION=9 -DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS -DNODE_GYP_MODULE_NAME=memoryview -DBUILDING_NODE_EXTENSION"
headers="-isystem $(sh test/native/node-headers.sh) -isystem node_modules/node-addon-api -Inative/include"
make -s -j"$(getconf _NPROCESSORS_ONLN)" -f test/native/Makefile CXX="${CXX:-g++}" OUT=$out EXTRA=test/native/counted/dump.cc \
  FLAGS="$flags $node $headers" $out/memoryview.node
echo "$PWD/$out/memoryview.node"
