/**
 * The table of the runtime matrix: what is in it, how it is written, and where it stands in a document. A document gets ticks, since
 * counts change with every test; run.mjs, which fills it, prints the counts.
 */

import { REFUSED } from './refused.mjs';

/**
 * The runtimes, in the order of the rows: the name of the binary that is asked for, its own name, its major version. Those whose engine is
 * `javascript` run without the addon.
 */
export const RUNTIMES = [
  { binary: 'node20', name: 'Node', major: 20 },
  { binary: 'node22', name: 'Node', major: 22 },
  { binary: 'node24', name: 'Node', major: 24 },
  { binary: 'node26', name: 'Node', major: 26 },
  { binary: 'bun', name: 'Bun', major: 1 },
  { binary: 'deno', name: 'Deno', major: 2 },
  // The programs of documents are written for the package with its addon.
  { binary: 'no-addon', name: 'Node', major: 20, engine: 'javascript', without: ['documents'] },
  // Debian's, of whatever version; formats of other libraries and the programs of documents have no build for pages.
  {
    binary: 'chromium',
    name: 'Chromium',
    major: null,
    engine: 'javascript',
    without: ['interop', 'documents'],
  },
];

/**
 * The tests that mean the same on every runtime, by area. It leaves out tests that start processes of the suite's own Node (lifetime, whose
 * scenarios run on every runtime by themselves), and those of tools (types, the core's own, the oracle's generator).
 */
export const AREAS = [
  { name: 'format', paths: ['test/format/'] },
  { name: 'layout', paths: ['test/layout/'] },
  { name: 'memory', paths: ['test/memory/'] },
  {
    name: 'view',
    paths: ['test/view/', 'test/span/', 'test/bulk/', 'test/explain/', 'test/oracle/found.test.ts'],
  },
  {
    name: 'interop',
    paths: ['arrow', 'dlpack', 'exchange', 'liars', 'npy'].map((name) => `test/interop/${name}.test.ts`),
  },
  { name: 'documents', paths: ['test/readme.test.ts'] },
  { name: 'vectors', paths: ['test/contract/'] },
];

/** The area of a test file by its path from the repository's root; undefined if it is in none. */
export function areaOf(path) {
  return AREAS.find(({ paths }) => paths.some((prefix) => path.startsWith(prefix)))?.name;
}

const TICK = '✓';

/** The name of a runtime in a row. */
function labelOf({ name, version, engine }) {
  const label = `${name} ${version.split('.').slice(0, 2).join('.')}`;
  return engine === 'javascript' && name === 'Node' ? `${label}, no addon` : label;
}

/** What a document says of an area. */
function mark({ passed, failed }) {
  if (failed > 0) return `**${failed} failed**`;
  return passed > 0 ? TICK : 'none';
}

/**
 * Reasons of skipped tests that are not runtime-neutral: what they ask for exists only with the addon. All other skips count as tests that
 * did not pass, those without a reason and those of what a runtime's engine lacks among them.
 */
const OF_THE_ADDON = new Set([
  REFUSED,
  'files, shared memory and pointers need the system',
  'files need the system',
  // Threads.
  'a page has no thread pool',
  'the engine’s memory is copied on the calling thread',
  'the engine’s memory can’t leave its thread',
  'without the addon each thread counts its own memory',
  // Slabs, in which the addon's arenas allocate, and what guesses that memory is dead.
  'arenas use slabs only over native memory without guards',
  'arenas use slabs only over native memory',
  'only the garbage collector knows which of the engine’s memory is dead',
  // Other addons, by the C header.
  'native code can’t hold the engine’s memory',
  'needs other addons',
  // Whole areas, for which the row has "none".
  'formats of other libraries have no build for browsers',
  'runs the documentation’s programs in Node',
]);

/**
 * How many of the runtime-neutral tests passed on a runtime: of all that ran or were skipped, but for those that ask for the addon. Vectors
 * are left out, because there are more of them than of tests.
 *
 * @returns `{ passed, of, percent, addon }`: `percent` is rounded down to a tenth, `addon` counts the tests that are left out
 */
export function shareOf({ areas, skipped }) {
  const tests = AREAS.filter(({ name }) => name !== 'vectors').map(({ name }) => areas[name]);
  const passed = tests.reduce((sum, area) => sum + area.passed, 0);
  const failed = tests.reduce((sum, area) => sum + area.failed, 0);
  const addon = skipped.filter(({ reason }) => OF_THE_ADDON.has(reason)).length;
  const of = passed + failed + skipped.length - addon;
  return { passed, of, percent: Math.floor((1000 * passed) / Math.max(1, of)) / 10, addon };
}

/** The numbers of passed, failed and skipped tests on each runtime, as lines of text. */
export function countsOf(results) {
  return results.map((result) => {
    const { runtime, areas, skipped } = result;
    const counts = AREAS.map(({ name }) => {
      const area = areas[name];
      return `${name} ${area.passed}/${area.failed}/${area.skipped ?? 0}`;
    });
    const without = runtime.engine === 'javascript' ? ', no addon' : '';
    const { passed, of, percent, addon } = shareOf(result);
    const share = `${passed} of ${of} runtime-neutral tests passed, ${percent} %; ${addon} ask for the addon`;
    return `${runtime.name} ${runtime.version}${without}: ${share}; passed/failed/skipped: ${counts.join(', ')}, skipped ${skipped.length}`;
  });
}

function skippedCell(skipped) {
  if (skipped.length === 0) return 'none';
  const counts = new Map();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count}: ${reason}`).join('; ');
}

/** Writes the table; one result a row, as reporter.mjs makes them. */
export function tableOf(results) {
  const names = AREAS.map(({ name }) => name);
  const rows = results.map(({ runtime, areas, skipped }) => [
    labelOf(runtime),
    ...names.map((name) => mark(areas[name])),
    skippedCell(skipped),
  ]);
  const lines = [['runtime', ...names, 'skipped'], ['---', ...names.map(() => ':-:'), '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const BLOCK = /(<!-- matrix:begin -->\n)([\s\S]*?)(\n<!-- matrix:end -->)/;

/** The table that stands between the markers of a document; null where it has no markers. */
export function tableIn(document) {
  return BLOCK.exec(document)?.[2] ?? null;
}

/** The document with another table between its markers. */
export function withTable(document, table) {
  if (!BLOCK.test(document))
    throw new Error('the document has no <!-- matrix:begin --> and <!-- matrix:end -->');
  return document.replace(BLOCK, (_, begin, __, end) => `${begin}${table}${end}`);
}

/** The faults of a table: another form than that of {@link tableOf}, other runtimes, a failure. Empty if there is none. */
export function faultsOf(table) {
  const [head, rule, ...rows] = table.split('\n').map((line) => line.replace(/^\| | \|$/g, '').split(' | '));
  const [empty, dashes] = tableOf([]).split('\n');
  const faults = [];
  if (`| ${head.join(' | ')} |` !== empty) faults.push(`the heads are ${head.join(', ')}`);
  if (`| ${(rule ?? []).join(' | ')} |` !== dashes) faults.push('there is no rule under the heads');
  if (rows.length !== RUNTIMES.length) faults.push(`there are ${rows.length} rows`);
  rows.forEach(([runtime, ...cells], i) => {
    const expected = RUNTIMES[i];
    const [name, version] = (runtime ?? '').split(' ');
    const major = expected?.major ?? Number(version?.split('.')[0]);
    const bare =
      (runtime ?? '').endsWith(', no addon') === (expected?.engine === 'javascript' && name === 'Node');
    if (name !== expected?.name || Number.parseInt(version ?? '', 10) !== major || !bare) {
      faults.push(`row ${i + 1} is of ${runtime}, expected ${expected?.name} ${expected?.major}`);
    }
    const marks = AREAS.map((area) => (expected?.without?.includes(area.name) ? 'none' : TICK));
    const skipped = cells.pop() ?? '';
    if (!/^(none|\d+: .+)$/.test(skipped)) faults.push(`${runtime} says "${skipped}" of what it skipped`);
    if (cells.join() !== marks.join()) {
      faults.push(`${runtime} has ${cells.join(', ')}`);
    }
  });
  return faults;
}
