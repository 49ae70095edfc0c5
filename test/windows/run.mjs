/**
 * `npm run test:windows`: the prebuild for Windows x64 in Node 20, 22, 24 and 26 for Windows, by wine. It runs the runtime-neutral
 * tests and prints by area what passed, failed and was skipped, with each skip's reason.
 *
 *     npm run test:windows [-- 20 24] [test/view …]     only these Nodes, only these test files
 *     npm run test:windows -- --no-suite --fuzz 600     only what further.mjs has, with other times (seconds)
 *
 * Its folder, `MEMORYVIEW_WINDOWS` or memoryview-windows in the system's temporary folder, takes 2 GB and is kept for the next run.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { layOut } from '../matrix/platforms.mjs';
import { AREAS } from '../matrix/table.mjs';
import { COMPILED, coreTests, fuzz, stress, tarball } from './further.mjs';
import { missing, NODES, setUp, WINDOWS } from './wine.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The addons that tests of the exchange load. */
const ADDONS = [
  'examples/addon-producer/producer.c',
  'examples/addon-consumer/consumer.cc',
  'examples/addon-holder/holder.c',
  'test/interop/fixtures/liar.c',
];

/** A process each: other files of the folder need a system's own means (signals, mounts, limits, core dumps). */
const LIFETIMES = ['async-copy', 'exits', 'loops', 'two-copies'].map(
  (name) => `test/lifetime/${name}.test.ts`,
);

const place = process.env.MEMORYVIEW_WINDOWS || join(tmpdir(), 'memoryview-windows');

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: 'boolean', default: true },
    further: { type: 'boolean', default: false },
    stress: { type: 'string', default: '60' },
    fuzz: { type: 'string', default: '60' },
  },
  allowNegative: true,
});
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
compileForTests(join(place, 'suite/build/compiled'));
const run = setUp(place);

let failed = false;
for (const major of !values.suite ? [] : majors.length > 0 ? majors : Object.keys(NODES)) {
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

if (files.length === 0 || values.further) {
  const around = {
    root,
    place,
    run,
    headers: nodeHeaders(),
    node: nodeOf(majors[0] ?? '20'),
    nodes: nodesOf(majors),
  };
  coreTests(around);
  tarball(around);
  stress(around, Number(values.stress));
  fuzz(around, Number(values.fuzz));
}

/** The Nodes of these majors, or all, by major. */
function nodesOf(majors) {
  const wanted = majors.length > 0 ? majors : Object.keys(NODES);
  return Object.fromEntries(wanted.map((major) => [major, nodeOf(major)]));
}

/** Node as wine has it. */
function nodeOf(major) {
  return `Z:\\w\\node_modules\\${NODES[major]}\\bin\\node.exe`;
}

/** The C libraries and addons that tests load; they compile nothing under wine. */
function compileForTests(folder) {
  mkdirSync(folder, { recursive: true });
  const objects = join(root, 'build/zig/win32-x64');
  const include = ['-Inative/include', '-idirafter', nodeHeaders(), '-idirafter', '/usr/include'];
  const compile = (compiler, args) => {
    const { status } = spawnSync(
      `x86_64-w64-mingw32-${compiler}`,
      ['-O1', '-shared', '-static', ...include, ...args],
      {
        cwd: root,
        stdio: 'inherit',
      },
    );
    if (status !== 0) throw new Error('test:windows: a library of the tests was not compiled');
  };
  for (const name of ['arrows', 'tensors']) {
    compile('gcc', ['-std=gnu11', `test/interop/fixtures/${name}.c`, '-o', join(folder, `${name}.so`)]);
  }
  for (const source of ADDONS) {
    const isC = source.endsWith('.c');
    const name = basename(source).replace(/\.\w+$/, '.node');
    compile(isC ? 'gcc' : 'g++-posix', [
      ...[isC ? '-std=gnu11' : '-std=c++17', '-DNAPI_VERSION=9', '-DBUILDING_NODE_EXTENSION', source],
      ...[join(objects, 'packaging-delay_load.cc.o'), join(objects, 'libnode_delay.a'), '-ldelayimp'],
      ...['-lstdc++', '-o', join(folder, name)],
    ]);
  }
}

function suiteOn(major) {
  const answer = join(place, 'answer.json');
  rmSync(answer, { force: true });
  const all = files.length > 0 ? files : [...AREAS.flatMap(({ paths }) => paths), ...LIFETIMES];
  const { status, stdout, stderr } = run(
    [
      nodeOf(major),
      '--expose-gc',
      ...['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=1', '--reporter=./test/matrix/reporter.mjs'],
      // Node 26 ends a worker in which an ArrayBuffer is refused, as a test expects one to be.
      ...(major === '26' ? ['--pool=forks', '--execArgv=--expose-gc'] : []),
      ...['test/matrix/runtime.test.ts', ...all],
    ],
    {
      cwd: '/w/suite',
      env: {
        NO_COLOR: '1',
        MEMORYVIEW_ENGINE: 'native',
        MEMORYVIEW_MATRIX: 'Z:\\w\\answer.json',
        MEMORYVIEW_COMPILED: COMPILED,
      },
    },
  );
  if (!existsSync(answer)) throw new Error(`Node ${major} gave no result (${status}):\n${stdout}${stderr}`);
  return JSON.parse(readFileSync(answer, 'utf8'));
}

/** The folder of node_api.h. */
function nodeHeaders() {
  const { status, stdout } = spawnSync('sh', ['test/native/node-headers.sh'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('test:windows: no node_api.h found, set NODE_HEADERS to its folder');
  return stdout.trim();
}
