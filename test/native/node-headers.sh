#!/bin/sh
# Prints the folder of Node's headers: $NODE_HEADERS, else those beside the running node, else those that node-gyp downloaded.
set -eu
version=$(node -p process.versions.node)
for headers in "${NODE_HEADERS:-}" "$(dirname "$(command -v node)")/../include/node" /usr/include/node \
  "${XDG_CACHE_HOME:-$HOME/.cache}/node-gyp/$version/include/node"; do
  [ -n "$headers" ] && [ -f "$headers/node_api.h" ] && { echo "$headers"; exit; }
done
echo "$(basename "$0"): no node_api.h found, set NODE_HEADERS to its folder" >&2
exit 2
