/**
 * Runs the runtime-neutral part of the suite, the same files, by vitest on each runtime that the library is meant for, prints what
 * came of it, and writes the table into README.md. The runtimes are those that test/lifetime/install-runtimes.sh installs.
 *
 *     npm run test:matrix [-- node22 bun …]     only these, and README.md stays as it is
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AREAS, countsOf, RUNTIMES, tableOf, withTable } from './table.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const installed = process.env.MEMORYVIEW_RUNTIMES || join(tmpdir(), 'memoryview-runtimes');
const vitest = 'node_modules/vitest/vitest.mjs';
const files = ['test/matrix/runtime.test.ts', ...AREAS.flatMap(({ paths }) => paths)];

/** Its binary, and the arguments by which it runs vitest itself rather than leave that to a Node on the PATH. */
function commandOf({ binary, name }) {
  const path = join(installed, 'node_modules', name === 'Node' ? `${binary}/bin/node` : `.bin/${binary}`);
  const before = { Node: [], Bun: ['--bun'], Deno: ['run', '--allow-all'] };
  return [path, ...before[name], vitest];
}

function runOn(runtime, folder) {
  const answer = join(folder, `${runtime.binary}.json`);
  const [path, ...args] = commandOf(runtime);
  if (!existsSync(path))
    throw new Error(`${runtime.binary} is not installed: sh test/lifetime/install-runtimes.sh`);
  const began = performance.now();
  const ran = spawnSync(path, [...args, 'run', ...files, '--reporter=./test/matrix/reporter.mjs'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 600_000,
    env: { ...process.env, MEMORYVIEW_MATRIX: answer, NODE_OPTIONS: '', NO_COLOR: '1' },
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  if (!existsSync(answer)) {
    throw new Error(
      `${runtime.binary} gave no result (${ran.signal ?? ran.status}):\n${ran.stdout}${ran.stderr}`,
    );
  }
  const result = JSON.parse(readFileSync(answer, 'utf8'));
  // Each worker tells what it runs on: a runner that hands its workers to another runtime would be seen here.
  const { name, version } = result.runtime ?? {};
  if (name !== runtime.name || Number(version?.split('.')[0]) !== runtime.major) {
    result.failures.push({ test: runtime.binary, message: `the tests ran on ${name} ${version}` });
  }
  if (ran.status !== 0 && result.failures.length === 0) {
    result.failures.push({ test: runtime.binary, message: `vitest ended with ${ran.signal ?? ran.status}` });
  }
  process.stdout.write(`${name} ${version}: ${seconds} s, ${result.failures.length} failed\n`);
  for (const { test, message } of result.failures)
    process.stdout.write(`  ${test}\n    ${message.replaceAll('\n', '\n    ')}\n`);
  return result;
}

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!RUNTIMES.some(({ binary }) => binary === name)) {
    throw new Error(
      `there is no runtime "${name}", expected ${RUNTIMES.map(({ binary }) => binary).join(', ')}`,
    );
  }
}
const chosen = RUNTIMES.filter(({ binary }) => wanted.length === 0 || wanted.includes(binary));
const folder = mkdtempSync(join(tmpdir(), 'memoryview-matrix-'));
try {
  const results = chosen.map((runtime) => runOn(runtime, folder));
  const table = tableOf(results);
  process.stdout.write(`\n${countsOf(results).join('\n')}\n\n${table}\n`);
  if (results.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
  else if (wanted.length === 0) {
    const path = join(root, 'README.md');
    writeFileSync(path, withTable(readFileSync(path, 'utf8'), table));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
