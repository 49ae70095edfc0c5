#!/bin/sh
# Installs the runtimes that test/lifetime/runtimes.gate.test.ts runs its scenarios on, from their npm packages, into a folder
# outside the repository: $1, else $MEMORYVIEW_RUNTIMES, else memoryview-runtimes in the system's temporary folder.
set -eu
dir=${1:-${MEMORYVIEW_RUNTIMES:-${TMPDIR:-/tmp}/memoryview-runtimes}}
mkdir -p "$dir"
cd "$dir"
[ -f package.json ] || echo '{"private":true}' >package.json
npm install --no-audit --no-fund --foreground-scripts \
  node20@npm:node@20 node22@npm:node@22 node24@npm:node@24 node26@npm:node@26 bun@1 deno@2
for runtime in node20/bin/node node22/bin/node node24/bin/node node26/bin/node; do
  "$dir/node_modules/$runtime" --version
done
"$dir/node_modules/.bin/bun" --version
"$dir/node_modules/.bin/deno" --version
