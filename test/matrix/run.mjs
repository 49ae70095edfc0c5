/**
 * Runs the runtime-neutral part of the suite by vitest, the same files on each supported runtime. It prints the results and writes the
 * table into README.md. test/lifetime/install-runtimes.sh installs the runtimes.
 *
 *     npm run test:matrix [-- node22 bun …]     only these, and README.md stays as it is
 *
 * `no-addon` is Node 20 without the addon, `chromium` is Debian's, for which the files are bundled as for a page.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInChromium } from './chromium/run.mjs';
import { AREAS, countsOf, RUNTIMES, shareOf, tableOf, withTable } from './table.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const installed = process.env.MEMORYVIEW_RUNTIMES || join(tmpdir(), 'memoryview-runtimes');
const vitest = 'node_modules/vitest/vitest.mjs';
/** The least share of the runtime-neutral tests that has to pass, in per cent. */
const LEAST = 99;

/** The files for a runtime; without the addon no other addons offer their memory. */
function filesFor({ without = [], engine }) {
  const paths = AREAS.filter(({ name }) => !without.includes(name)).flatMap((area) => area.paths);
  const all = ['test/matrix/runtime.test.ts', ...paths];
  return engine === 'javascript' ? all.filter((path) => path !== 'test/interop/exchange.test.ts') : all;
}

/** Its binary, and the arguments by which it runs vitest itself rather than leave that to a Node on the PATH. */
function commandOf({ binary: asked, name }) {
  const binary = asked === 'no-addon' ? 'node20' : asked;
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
  const bare = runtime.engine === 'javascript';
  const options = bare ? ['--config=test/matrix/no-addon.config.ts'] : [];
  const without = bare ? { MEMORYVIEW_ENGINE: 'javascript', MEMORYVIEW_NO_EXTERNAL: '1' } : {};
  const ran = spawnSync(
    path,
    [...args, 'run', ...filesFor(runtime), '--reporter=./test/matrix/reporter.mjs', ...options],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: 1_200_000,
      env: { ...process.env, ...without, MEMORYVIEW_MATRIX: answer, NODE_OPTIONS: '', NO_COLOR: '1' },
    },
  );
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
  // A refused test has failed for vitest.
  if (ran.status !== 0 && result.failures.length === 0 && !bare) {
    result.failures.push({ test: runtime.binary, message: `vitest ended with ${ran.signal ?? ran.status}` });
  }
  if (bare) result.runtime.engine = 'javascript';
  report(result, seconds);
  return result;
}

async function runChromium() {
  const began = performance.now();
  const result = await runInChromium();
  report(result, ((performance.now() - began) / 1000).toFixed(0));
  return result;
}

function report({ runtime: { name, version } = {}, failures }, seconds) {
  process.stdout.write(`${name} ${version}: ${seconds} s, ${failures.length} failed\n`);
  for (const { test, message } of failures)
    process.stdout.write(`  ${test}\n    ${message.replaceAll('\n', '\n    ')}\n`);
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
  const results = [];
  for (const runtime of chosen) {
    results.push(runtime.binary === 'chromium' ? await runChromium() : runOn(runtime, folder));
  }
  const table = tableOf(results);
  process.stdout.write(`\n${countsOf(results).join('\n')}\n\n${table}\n`);
  const isFaulty = (result) => result.failures.length > 0 || shareOf(result).percent < LEAST;
  if (results.some(isFaulty)) process.exitCode = 1;
  else if (wanted.length === 0) {
    const path = join(root, 'README.md');
    writeFileSync(path, withTable(readFileSync(path, 'utf8'), table));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
