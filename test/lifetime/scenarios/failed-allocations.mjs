// Each operation with each of its C++ allocations failing once (fixtures/fail_allocation.cc), and once more with none. The answer: operations
// whose failure was not an error with the code, or that did not work afterwards; how many failures there were; what the ledger holds afterwards.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as mv from '../../../dist/index.js';
import { fromArrow, toArrow, toArrowStream } from '../../../dist/interop/arrow.js';
import { fromDLPack, toDLPack } from '../../../dist/interop/dlpack.js';
import { Arena, account, allocate, answer, attach, mapFile, settle, unshare } from './library.mjs';

const fd = openSync(process.env.MEMORYVIEW_FAIL, 'r+');
const order = new BigInt64Array(3);
const write = (fail) => {
  order.set([BigInt(fail), 0n, 0n]);
  writeSync(fd, order, 0, 24, 0);
};
const reached = () => {
  readSync(fd, order, 0, 24, 0);
  return order[2] === 1n;
};

const folder = mkdtempSync(join(tmpdir(), 'memoryview-failed-'));
const path = join(folder, 'file');
writeFileSync(path, Buffer.alloc(65536, 7));
const label = 'a label that is too long to lie inside of a string object';
const over = allocate(256, { label });
const view = over.view('d');
const other = mv.zeros([32]);
const mapping = mapFile(path, { mode: 'r+' });
const arena = new Arena();

const OPERATIONS = {
  'allocate, 8 bytes': () => allocate(8, { label }).release(),
  'allocate, 16 KiB': () => allocate(16384).release(),
  'allocate, 100 kB': () => allocate(100_000, { label }).release(),
  'allocate, dropped': () => void allocate(100_000, { label }),
  'allocate, each size of slot': () => {
    for (let nbytes = 64; nbytes <= 16384; nbytes *= 2) allocate(nbytes).release();
  },
  'an arena': () => {
    const scope = new Arena({ slabBytes: 4096 });
    scope.allocate(64, { label });
    scope.allocate(8192);
    scope.release();
  },
  'an array in an arena': () => void arena.zeros([4]),
  zeros: () => mv.zeros([100]).obj.release(),
  array: () => mv.array([1, 2, 3]).obj.release(),
  copy: () => void view.copy(),
  copyFrom: () => view.copyFrom(other),
  equals: () => view.equals(other),
  indexOf: () => view.indexOf(1),
  'share and attach': () => attach(over.share()),
  'share and unshare': () => unshare(over.share()),
  'share a view': () => unshare(view.toReadonly().share()),
  'attach memory that its sharer released': () => {
    const memory = allocate(100);
    try {
      const handle = memory.share();
      memory.release();
      attach(handle).release();
    } finally {
      memory.release();
    }
  },
  borrow: () => over.borrow(() => view.borrow(() => over.snapshot)),
  'a refused release': () => {
    const memory = allocate(100);
    try {
      memory.borrow(() => memory.release());
    } catch (error) {
      if (error.code !== 'ERR_EXPORTED') throw error;
    } finally {
      memory.release();
    }
  },
  'release with wait': async () => {
    const memory = allocate(100);
    let done = () => {};
    let borrowed;
    try {
      borrowed = memory.borrow(() => new Promise((resolve) => (done = resolve)));
      const released = memory.release({ wait: true });
      done();
      await released;
    } finally {
      done();
      await borrowed;
      memory.release();
    }
  },
  mapFile: () => mapFile(path, { onTruncated() {} }).release(),
  flush: () => mapping.flush(),
  flushAsync: () => mapping.flushAsync(),
  advise: () => mapping.advise('sequential'),
  'shared memory': () => {
    const shared = mv.SharedMemory.create({ size: 4096 });
    shared.unlink();
    shared.release();
  },
  'shared memory by name': () => {
    const shared = mv.SharedMemory.create({
      size: 4096,
      name: `memoryview-failed-allocation-${process.pid}`,
    });
    try {
      mv.SharedMemory.open(shared.name).release();
    } finally {
      shared.unlink();
      shared.release();
    }
  },
  'sealed memory': () => mv.SharedMemory.create({ size: 4096, anonymous: true }).release(),
  wrapPointer: () => {
    let ended = 0;
    mv.wrapPointer(over.address, 8, { release: () => ended++, label }).release();
    if (ended !== 1) throw new Error('the release function was not called');
  },
  copyAsync: () => view.copyAsync(),
  copyFromAsync: () => view.copyFromAsync(other),
  stats: () => account.stats(),
  snapshot: () => account.snapshot().length,
  trace: () => {
    account.trace(true);
    try {
      allocate(10).release();
    } finally {
      account.trace(false);
    }
  },
  reclaim: () => account.reclaim(),
  'memory that dies': async () => {
    for (let i = 0; i < 50; i++) allocate(2_000_000);
    globalThis.gc();
    await new Promise(setImmediate);
    allocate(10).release();
  },
  secret: () => allocate(100, { secret: true, label }).release(),
  'readFrom and writeTo': async () => {
    await view.writeTo(path);
    await view.readFrom(path);
  },
  'readFrom and writeTo, scattered': async () => {
    const halves = over.view('B').slice('::2');
    await halves.writeTo(path);
    await halves.readFrom(path);
  },
  'a part of a file': async () => {
    mapping.advise('willneed', 0, 4096);
    await mapping.flushAsync(0, 4096);
  },
  resize: () => {
    const grown = mapFile(path, { mode: 'r+' });
    try {
      grown.resize(131072);
      grown.resize(65536);
    } finally {
      grown.release();
    }
  },
  'an arena that starts over': () => {
    const scope = new Arena({ slabBytes: 4096 });
    try {
      scope.allocate(64, { label });
      scope.reset();
      scope.cString(label);
    } finally {
      scope.release();
    }
  },
  // What is pinned when one of these fails ends as garbage, so that each has memory of its own.
  lend: () => void allocate(100).lend(),
  'arrays that pin': () => {
    const pinned = mv.zeros([4]);
    pinned.asTypedArray({ pin: true });
    pinned.asDataView({ pin: true });
    pinned.asBuffer({ pin: true });
  },
  'an Arrow array': () => fromArrow(toArrow(mv.zeros([4]), { name: label })).release(),
  'an Arrow batch': () => {
    const codes = toArrow(mv.zeros([4], 'B'), { dictionary: ['a', label] });
    fromArrow(toArrow({ values: mv.zeros([4]), codes }, { metadata: { label } })).release();
  },
  'an Arrow stream': () => {
    for (const part of fromArrow(toArrowStream([{ x: mv.zeros([4]) }]))) part.release();
  },
  'an Arrow stream of a generator': async () => {
    try {
      for await (const part of fromArrow(toArrowStream(new Set([{ x: mv.zeros([4]) }])))) part.release();
    } catch (error) {
      // What the generator throws is the failure of the stream, which has no code of its own.
      if (!/heap is full|no room|refused/.test(error.message)) throw error;
      throw Object.assign(error, { code: 'ERR_OUT_OF_MEMORY' });
    }
  },
  'a tensor': () => fromDLPack(toDLPack(mv.zeros([4]))).obj.release(),
  'a dump': () => void `${over}${view}`,
};

const wrong = [];
let failures = 0;
const only = process.argv[2];
for (const [name, operation] of Object.entries(OPERATIONS)) {
  if (only !== undefined && name !== only) continue;
  // The first run makes what lasts, and warms up.
  await operation();
  for (let n = 1; ; n++) {
    if (process.argv[3]) console.error(name, n);
    write(n);
    let thrown = null;
    try {
      await operation();
    } catch (error) {
      thrown = error;
    }
    const failed = reached();
    write(0);
    if (thrown !== null && thrown.code !== 'ERR_OUT_OF_MEMORY') wrong.push(`${name}, ${n}: ${thrown.stack}`);
    try {
      await operation();
    } catch (error) {
      wrong.push(`${name}, after ${n}: ${error.stack}`);
      break;
    }
    if (!failed) break;
    failures++;
  }
}
over.release();
other.obj.release();
mapping.release();
arena.release();
await settle(12);
account.reclaim();
const { blocks, bytes, pinned, inFlight } = account.stats();
closeSync(fd);
rmSync(folder, { recursive: true });
answer({ wrong, left: { blocks, bytes, pinned, inFlight }, enough: failures > 100, failures });
