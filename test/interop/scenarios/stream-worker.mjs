// Workers end while C holds a stream that they made: moved out or at its address, before and after it has pulled a batch, and while it
// waits for one. Arguments: the compiled fixtures/validate.c; "moved", "placed" or "copied".
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { array, memory } from '../../../dist/index.js';
import { toArrowStream } from '../../../dist/interop/arrow.js';

const koffi = createRequire(import.meta.url)('koffi');
const library = koffi.load(isMainThread ? process.argv[2] : workerData.file);
const c = Object.fromEntries(
  [
    'intptr_t hold_stream(intptr_t, int)',
    'int hold_pull(intptr_t)',
    'const char *hold_said(intptr_t)',
    'int64_t hold_sum(intptr_t)',
    'void hold_end(intptr_t)',
    'intptr_t pull_start(intptr_t, int64_t, int)',
    'intptr_t pull_in_place(intptr_t, int64_t)',
    'void pull_join(intptr_t)',
    'int64_t pull_number(intptr_t, int)',
    'const char *pull_said(intptr_t)',
  ].map((prototype) => [/(\w+)\(/.exec(prototype)[1], library.func(prototype)]),
);

const batch = (i) => ({ x: array([i + 1, i + 1], 'i') });

const SOURCES = {
  array: () => [batch(0), batch(1), batch(2)],
  *generator() {
    for (let i = 0; ; i++) yield batch(i);
  },
  async *async() {
    for (let i = 0; i < 2; i++) yield batch(i);
    await new Promise(() => {});
  },
  async *never() {
    await new Promise(() => {});
  },
};

function inWorker() {
  const { source, where, waits, how } = workerData;
  const stream = toArrowStream(SOURCES[source]());
  globalThis.kept = stream;
  const start = where === 'moved' ? c.pull_start : c.pull_in_place;
  const held = waits
    ? start(stream.stream, 99, 0)
    : c.hold_stream(stream.stream, ['placed', 'moved', 'copied'].indexOf(where));
  parentPort.once('message', () => {
    if (how === 'exit') process.exit(0);
    if (how === 'throw') throw new Error('on purpose');
    if (how === 'busy') for (;;) array([1], 'i');
  });
  parentPort.postMessage(BigInt(held));
}

async function ended(worker, how) {
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage(null);
  if (how === 'busy') await new Promise((resolve) => setTimeout(resolve, 10));
  if (how === 'busy' || how === 'terminate') worker.terminate();
  await exit;
}

async function runOne(data) {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { ...data, file: process.argv[2] },
    stderr: true,
  });
  worker.on('error', () => {});
  const held = await new Promise((resolve) => worker.once('message', resolve));
  if (data.waits) {
    // Gives the thread the time to begin its wait; where it begins later, the answer is the same.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await ended(worker, data.how);
    c.pull_join(held);
    return `${c.pull_number(held, 0)} ${c.pull_number(held, 2)} ${c.pull_said(held)}`;
  }
  const before = [];
  for (let i = 0; i < data.out; i++) before.push(c.hold_pull(held));
  await ended(worker, data.how);
  const after = c.hold_pull(held);
  const answer = `${before} then ${after} ${after > 0 ? c.hold_said(held) : ''} sum ${c.hold_sum(held)}`;
  c.hold_end(held);
  return answer;
}

if (isMainThread) {
  const answers = {};
  const where = process.argv[3];
  const cases = ['array', 'generator', 'async'].flatMap((source) => [0, 1].map((out) => ({ source, out })));
  cases.push({ source: 'never', waits: true });
  for (const each of cases) {
    const key = each.waits ? 'waiting' : `${each.source}, ${each.out}`;
    answers[key] = {};
    for (const how of ['return', 'exit', 'throw', 'terminate', 'busy']) {
      const answer = await runOne({ ...each, where, how });
      answers[key][answer] = (answers[key][answer] ?? 0) + 1;
    }
  }
  const { blocks, bytes, pinned, inFlight } = memory.stats();
  console.log(JSON.stringify({ answers, blocks, bytes, pinned, inFlight }));
} else {
  inWorker();
}
