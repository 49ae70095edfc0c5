/**
 * `npm run dev`: watches the TypeScript. At each save it builds dist, checks the types, and runs the tests that import the changed files.
 * Arguments go to vitest: `npm run dev -- test/view`. After a change in native/, run `npm run build:addon` in another terminal.
 */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** Lets an editor that writes a file in several steps finish (ms). */
const SETTLED = 200;

function start(args, stdin = 'ignore') {
  return spawn(process.execPath, args, { cwd: root, stdio: [stdin, 'inherit', 'inherit'] });
}

/** The path of a file in an installed package. */
function inPackage(name, file) {
  return join(dirname(require.resolve(`${name}/package.json`)), file);
}

let building = null;
let changed = false;

/** One build at a time; a change during a build starts another one. */
function buildDist() {
  changed = building !== null;
  if (changed) return;
  building = start(['build.mjs']);
  building.once('exit', () => {
    building = null;
    if (changed) buildDist();
  });
}

let timer;
const sources = watch(join(root, 'src'), { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(buildDist, SETTLED);
});
buildDist();

const types = ['-p', 'tsconfig.json', '--noEmit', '--watch', '--preserveWatchOutput'];
const children = [
  start([inPackage('typescript', 'bin/tsc'), ...types]),
  // Vitest alone reads the keyboard.
  start([inPackage('vitest', 'vitest.mjs'), 'watch', ...process.argv.slice(2)], 'inherit'),
];

function stop() {
  sources.close();
  clearTimeout(timer);
  for (const child of children) child.kill();
}
for (const child of children) child.once('exit', stop);
process.once('SIGINT', stop).once('SIGTERM', stop);
