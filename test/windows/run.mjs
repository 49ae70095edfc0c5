/**
 * `npm run test:windows`: the prebuild for Windows x64 in Node 20, 22, 24 and 26 for Windows, by wine. It runs the runtime-neutral
 * tests and prints by area what passed, failed and was skipped, with each skip's reason.
 *
 *     npm run test:windows [-- 20 24] [test/view …]     only these Nodes, only these test files
 *
 * Its folder, `MEMORYVIEW_WINDOWS` or memoryview-windows in the system's temporary folder, takes 2 GB and is kept for the next run.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layOut } from '../matrix/platforms.mjs';
import { AREAS } from '../matrix/table.mjs';
import { missing, NODES, setUp, WINDOWS } from './wine.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const place = process.env.MEMORYVIEW_WINDOWS || join(tmpdir(), 'memoryview-windows');

const wanted = process.argv.slice(2);
const majors = wanted.filter((word) => word in NODES);
const files = wanted.filter((word) => !(word in NODES));
const lacking = missing();
if (lacking !== '') throw new Error(`test:windows: ${lacking}`);

mkdirSync(place, { recursive: true });
const built = spawnSync(
  process.execPath,
  ['packaging/prebuilds.mjs', 'build', 'win32-x64', '--to', 'build/prebuilds'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (built.status !== 0) throw new Error('test:windows: the prebuild was not built');
layOut(place, WINDOWS);
mkdirSync(join(place, 'suite/prebuilds/win32-x64'), { recursive: true });
copyFileSync(
  join(root, 'build/prebuilds/win32-x64/memoryview.node'),
  join(place, 'suite/prebuilds/win32-x64/memoryview.node'),
);
const run = setUp(place);

let failed = false;
for (const major of majors.length > 0 ? majors : Object.keys(NODES)) {
  const began = performance.now();
  const result = suiteOn(major);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const { runtime, areas, skipped, failures } = result;
  console.log(`Node ${runtime?.version} for Windows by wine, ${seconds} s`);
  for (const [name, area] of Object.entries(areas)) {
    console.log(`  ${name}: ${area.passed} passed, ${area.failed} failed, ${area.skipped} skipped`);
  }
  for (const { test, message } of failures) {
    console.log(`  failed: ${test}\n    ${message.replaceAll('\n', '\n    ')}`);
  }
  const reasons = new Map();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  for (const [reason, count] of reasons) console.log(`  ${count} skipped: ${reason}`);
  failed ||= failures.length > 0 || Object.values(areas).every(({ passed }) => passed === 0);
}
process.exitCode = failed ? 1 : 0;

function suiteOn(major) {
  const answer = join(place, 'answer.json');
  rmSync(answer, { force: true });
  const node = `Z:\\w\\node_modules\\${NODES[major]}\\bin\\node.exe`;
  const all = files.length > 0 ? files : AREAS.flatMap(({ paths }) => paths);
  const { status, stdout, stderr } = run(
    [
      node,
      ...['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=1', '--reporter=./test/matrix/reporter.mjs'],
      ...['test/matrix/runtime.test.ts', ...all],
    ],
    {
      cwd: '/w/suite',
      env: { NO_COLOR: '1', MEMORYVIEW_ENGINE: 'native', MEMORYVIEW_MATRIX: 'Z:\\w\\answer.json' },
    },
  );
  if (!existsSync(answer)) throw new Error(`Node ${major} gave no result (${status}):\n${stdout}${stderr}`);
  return JSON.parse(readFileSync(answer, 'utf8'));
}
