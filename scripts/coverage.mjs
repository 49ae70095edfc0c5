/**
 * `npm run coverage`: the lines of src/ and native/ that the quick tests and the core's own tests reach. It prints the files below the aim,
 * with the reasons given here. Failed tests do not matter: `npm test` checks them, and here they run several times slower.
 *
 *     npm run coverage [-- test/memory]      of these tests only
 *     npm run coverage -- --all              prints all files
 *     npm run coverage -- --strict           fails where a file is below the aim without a reason
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** In percent of lines. */
const AIM = 90;

const ENGINE = 'runs without the addon only: npm run test:engine, and test/engine in a realm of its own';
const CHILD = 'its other lines run in child processes, whose counts are not collected';
const WINDOWS = 'its other lines run on Windows (npm run test:windows), or where the system refuses a call';
const PAGES = 'stands in for another module in the build for browsers only';
const REFUSED = 'its other lines run where the system refuses memory or a call, in child processes';

/** Why a file is below the aim. */
const REASONS = {
  'native/addon.cc': REFUSED,
  'native/capi/adopted_block.cc': REFUSED,
  'native/capi/arrow_import.cc': REFUSED,
  'native/core/fault_guard_posix.cc': CHILD,
  'native/core/file_memory.h': 'two lines that native exporters of mapped files ask for',
  'native/core/guard.cc':
    'the guard mode reports a fault and ends the process: test/lifetime/guard.test.ts, in child processes',
  'native/core/guard_posix.cc': CHILD,
  'native/core/new_or.h': REFUSED,
  'native/core/parallel.cc': 'its other lines run where the system refuses a thread',
  'native/core/secret_memory.cc': CHILD,
  'native/core/system_linux.cc': CHILD,
  'native/node/arrow_stream.cc': REFUSED,
  'native/node/arrow_values.h': REFUSED,
  'native/node/environment.cc': REFUSED,
  'native/node/environment_pins.cc': REFUSED,
  'native/node/foreign.cc': REFUSED,
  'native/node/raw.h': REFUSED,
  'src/binding.ts': `chooses the addon here; ${ENGINE}`,
  'src/c-library.ts':
    'its other lines run with musl, on other systems, or where the process can’t read its own binary',
  'src/engine/javascript.ts': ENGINE,
  'src/engine/web/buffer.ts': ENGINE,
  'src/engine/web/globals.ts': ENGINE,
  'src/engine/web/no-addon.ts': ENGINE,
  'src/engine/web/system.ts': ENGINE,
  'src/engine/web/util.ts': ENGINE,
  'src/interop/npy-target.ts': 'its other lines undo a file whose writing failed',
  'src/load-addon.ts': 'explains a failed load: test/package/load.test.ts, in child processes',
  'src/memory/allocate.ts': REFUSED,
  'src/memory/arrow-array.ts': REFUSED,
  'src/memory/arrow-structs.ts': REFUSED,
  'src/memory/engine-memory.ts': ENGINE,
  'src/memory/exported.ts': 'refuses a layout beyond 64 bits, which no view has',
  'src/memory/external.ts': `refuses what needs external ArrayBuffers; ${ENGINE}`,
  'src/memory/file-mapping.ts': WINDOWS,
  'src/memory/heap-full.ts': REFUSED,
  'src/memory/lending.ts':
    'its other lines run where other code has moved an ArrayBuffer, which Node can from 21 on',
  'src/memory/map-file.ts': WINDOWS,
  'src/memory/mapped-file.ts':
    'its other line runs where another thread releases the memory between two calls',
  'src/memory/pins.ts': 'its other lines run where another thread takes the last pin between two calls',
  'src/memory/secret.ts': REFUSED,
  'src/memory/shared-memory.ts': CHILD,
  'src/memory/slab.ts': REFUSED,
  'src/memory/turn.ts': 'warns once in a process: test/lifetime/loops.test.ts, in child processes',
  'src/code-folder.ts': 'its other line runs in bundles only',
  'src/view/native-exporter.ts': `its other lines lend memory that can't be pinned; ${ENGINE}`,
  'src/span/pin.ts':
    'its other lines run where another thread releases a row of an indirect view between two calls',
  'src/web/heap-room.ts': PAGES,
  'src/web/no-addons.ts': PAGES,
  'src/web/no-kernels.ts': PAGES,
  'src/web/no-listeners.ts': PAGES,
  'src/web/no-long-double.ts': PAGES,
  'src/web/no-marks.ts': PAGES,
  'src/web/no-slabs.ts': PAGES,
  'src/web/no-system.ts': PAGES,
  'src/web/no-turns.ts': PAGES,
  'src/web/nothing.ts': PAGES,
  'src/web/owners-here.ts': PAGES,
  'src/web/owners.ts': PAGES,
  'src/web/refused.ts': PAGES,
};

const CORE = join(root, 'build/native');
const args = process.argv.slice(2);
const filters = args.filter((arg) => !arg.startsWith('--'));

/** Files with an extension under a folder. */
function filesUnder(folder, extension) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(extension))
    .map((path) => join(folder, path));
}

function run(command, parameters, options = {}) {
  return spawnSync(command, parameters, { cwd: root, stdio: 'inherit', ...options });
}

// --- the tests, with counts ---------------------------------------------------------------------------------------------

const addon = execFileSync('sh', ['test/native/counted-addon.sh'], { cwd: root, encoding: 'utf8' }).trim();
for (const file of filesUnder(CORE, '.gcda')) rmSync(file);
if (run('sh', ['test/native/run.sh', 'counted', '20']).status !== 0) process.exit(1);
const summary = join(root, 'coverage/coverage-summary.json');
rmSync(summary, { force: true });
run('npx', ['vitest', 'run', '--config', 'vitest.coverage.config.ts', '--reporter=dot', ...filters], {
  env: { ...process.env, MEMORYVIEW_ADDON: addon },
});

// --- what they reached --------------------------------------------------------------------------------------------------

/** Lines of native/ by file: how often each ran, in the core's own tests or in the addon. */
function nativeLines() {
  const files = new Map();
  for (const counts of filesUnder(CORE, '.gcda')) {
    const text = execFileSync('gcov', ['--json-format', '--stdout', counts], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for (const { file, lines } of JSON.parse(text).files) {
      const path = relative(root, join(root, file));
      if (!path.startsWith('native/') || path.startsWith('native/include/')) continue;
      if (!files.has(path)) files.set(path, new Map());
      const known = files.get(path);
      for (const { line_number: line, count } of lines) known.set(line, (known.get(line) ?? 0) + count);
    }
  }
  return files;
}

const files = [];
for (const [path, { lines }] of Object.entries(JSON.parse(readFileSync(summary, 'utf8')))) {
  if (path !== 'total')
    files.push({ path: relative(root, path), covered: lines.covered, total: lines.total });
}
for (const [path, lines] of nativeLines()) {
  const covered = [...lines.values()].filter((count) => count > 0).length;
  files.push({ path, covered, total: lines.size });
}
files.sort((a, b) => (a.path < b.path ? -1 : 1));

const percent = ({ covered, total }) => (total === 0 ? 100 : (100 * covered) / total);
const line = (name, counts, note = '') =>
  console.log(
    `${percent(counts).toFixed(1).padStart(6)} %  ${String(counts.total).padStart(5)} lines  ${name}${note}`,
  );

console.log(`\ncoverage by lines; below ${AIM} %, and in all:`);
let wrong = 0;
for (const file of files) {
  const isBelow = percent(file) < AIM;
  const reason = Object.hasOwn(REASONS, file.path) ? REASONS[file.path] : undefined;
  if (isBelow && reason === undefined) wrong++;
  if (isBelow || args.includes('--all'))
    line(file.path, file, isBelow ? `: ${reason ?? 'no reason is given'}` : '');
}
for (const folder of ['src/', 'native/']) {
  const within = files.filter(({ path }) => path.startsWith(folder));
  const sum = (key) => within.reduce((total, file) => total + file[key], 0);
  line(folder, { covered: sum('covered'), total: sum('total') });
}
const stale = Object.keys(REASONS).filter((path) => !files.some((file) => file.path === path));
for (const path of stale) console.log(`scripts/coverage.mjs: gives a reason for ${path}, which is not there`);
if (args.includes('--strict') && wrong + stale.length > 0) process.exitCode = 1;
