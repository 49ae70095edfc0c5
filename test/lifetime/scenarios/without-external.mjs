// What a runtime without external ArrayBuffers has, and what it refuses: run with MEMORYVIEW_NO_EXTERNAL=1. One fact a name.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import {
  Arena,
  memory as account,
  allocate,
  array,
  attach,
  mapFile,
  memoryview,
  SharedMemory,
  wrapPointer,
  zeros,
} from '../../../dist/index.js';
import { fromArrow, toArrow } from '../../../dist/interop/arrow.js';
import { fromDLPack, toDLPack } from '../../../dist/interop/dlpack.js';
import { loadNpy, saveNpy } from '../../../dist/interop/npy.js';
import { answer, settle } from './library.mjs';

const told = (call) => {
  try {
    return `did not throw: ${call()}`;
  } catch (error) {
    return `${error.name} ${error.code}: ${error.message}`;
  }
};
const tellLater = async (call) => {
  try {
    return `did not throw: ${await call()}`;
  } catch (error) {
    return `${error.name} ${error.code}: ${error.message}`;
  }
};

if (isMainThread) {
  const facts = {};
  await tryAll(facts);
  await settle();
  const { blocks, pinned, inFlight, keptBytes } = account.stats();
  answer({ ...facts, left: { blocks, pinned, inFlight, keptBytes } });
} else {
  // Ends with memory in every state.
  zeros(1000);
  allocate(10).release();
  globalThis.kept = [allocate(100_000), zeros(3).borrow(() => new Promise(() => {}))];
}

async function tryAll(facts) {
  // The same memory, at any alignment that the engine can be brought to.
  facts.shapes = [];
  for (const alignment of [1, 8, 16, 64, 256, 4096]) {
    for (const nbytes of [0, 1, 7, 100, 4096, 100_000, 3_000_001]) {
      const memory = allocate(nbytes, { alignment });
      const bytes = new Uint8Array(memory.buffer);
      const view = memoryview(memory);
      const right =
        memory.address % BigInt(alignment) === 0n &&
        memory.address !== 0n &&
        memory.buffer.byteLength === nbytes &&
        bytes.length === nbytes &&
        bytes.byteOffset === 0 &&
        view.byteOffset === 0 &&
        (nbytes === 0 || view.address === memory.address) &&
        bytes.every((byte) => byte === 0) &&
        memory.kind === 'heap';
      bytes.fill(255);
      memory.release();
      if (!right || !memory.released || bytes.length !== 0) facts.shapes.push([alignment, nbytes]);
    }
  }
  facts.beyond = told(() => allocate(8, { alignment: 8192 }));
  facts.huge = told(() => allocate(2 ** 52));

  // Release, borrow, ledger.
  const memory = allocate(80_000, { label: 'samples' });
  const view = memory.view('d');
  view.fill(2);
  const typed = new Float64Array(memory.buffer);
  facts.seen = [typed[9999], view.get(9999)];
  facts.live = account.snapshot().map(({ kind, label, nbytes }) => [kind, label, nbytes]);
  facts.borrowed = memory.borrow(() => told(() => memory.release()));
  facts.share = told(() => memory.share());
  facts.shareView = told(() => view.share());
  facts.transfer = told(() => memory.buffer.resize(0));
  const waited = memory.borrow(() => Promise.resolve(3));
  await Promise.all([waited, memory.release({ wait: true })]);
  facts.released = [memory.released, typed.length, told(() => view.get(0)), told(() => memory.share())];
  facts.after = account.snapshot().length;

  // Shortened by the engine's own means, where it can be, the memory is gone as a whole.
  const paged = allocate(4096, { alignment: 4096 });
  const early = paged.view();
  if (paged.buffer.resizable) ArrayBuffer.prototype.resize.call(paged.buffer, 100);
  else structuredClone(paged.buffer, { transfer: [paged.buffer] });
  facts.shortened = [paged.released, early.released, told(() => early.get(0)), told(() => early.set(50, 1))];
  paged.release();
  facts.shortenedAfter = account.snapshot().filter(({ nbytes }) => nbytes === 4096).length;

  // Copies off the main thread, arenas, arrays.
  const source = zeros([1000, 300], 'd');
  source.slice('::7').fill(5);
  const copied = await source.copyAsync({ order: 'F' });
  facts.copied = [copied.equals(source), copied.obj.kind];
  const target = zeros([1000, 300], 'd');
  const copying = target.copyFromAsync(source);
  facts.pinned = told(() => target.obj.release());
  await copying;
  facts.copiedInto = target.equals(source);
  const lost = zeros(4_000_000, 'B');
  const losing = tellLater(() => lost.copyFromAsync(zeros(4_000_000, 'B')));
  structuredClone(lost.obj.buffer, { transfer: [lost.obj.buffer] });
  facts.lostWhileCopied = await losing;
  const arena = new Arena();
  const part = arena.array([1, 2, 3], 'i');
  facts.arena = [part.obj.kind, part.toArray(), Number(part.obj.address % 64n), account.stats().byKind.arena];
  arena.release();
  facts.arenaAfter = [part.released, account.stats().byKind.arena];
  facts.array = array(new Float32Array([1, 2])).toArray();

  // Dropped memory leaves the ledger, and is published, without a turn of the event loop.
  for (const each of [source, copied, target]) each.obj.release();
  const news = [];
  const listener = ({ id: _, ...message }) => news.push(message);
  subscribe('memoryview:allocate', listener);
  subscribe('memoryview:release', listener);
  account.trace(true);
  await settle();
  (() => {
    allocate(123_456, { label: 'dropped' });
  })();
  facts.traced = /without-external\.mjs/.test(account.snapshot().at(-1).stack ?? '');
  globalThis.gc();
  account.reclaim();
  facts.dropped = account.snapshot().filter(({ label }) => label === 'dropped').length;
  await settle();
  unsubscribe('memoryview:allocate', listener);
  unsubscribe('memoryview:release', listener);
  facts.news = news.filter(({ label }) => label === 'dropped');

  // What needs memory that the engine does not own.
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-without-external-'));
  const file = join(folder, 'file');
  writeFileSync(file, 'content');
  facts.mapFile = told(() => mapFile(file));
  facts.emptied = [told(() => mapFile(file, { mode: 'w+', length: 3 })), readFileSync(file, 'utf8')];
  facts.made = [told(() => mapFile(`${file}2`, { mode: 'w+', length: 3 })), existsSync(`${file}2`)];
  saveNpy(
    `${file}.npy`,
    array(
      [
        [1, 2],
        [3, 4],
      ],
      'h',
    ),
  );
  facts.loadNpy = told(() => loadNpy(`${file}.npy`));
  const read = loadNpy(readFileSync(`${file}.npy`));
  facts.readNpy = [read.toArray(), read.readonly, told(() => loadNpy(readFileSync(file)))];
  const name = `memoryview-without-${process.pid}`;
  facts.shared = [
    told(() => SharedMemory.create({ name, size: 10 })),
    existsSync(`/dev/shm/${name}`),
    told(() => SharedMemory.create({ size: 10, anonymous: true })),
    told(() => SharedMemory.open(name)),
    told(() => SharedMemory.open(0)),
  ];
  let given = 0;
  facts.wrapPointer = [told(() => wrapPointer(4096n, 16, { release: () => given++ })), given];
  facts.attach = told(() => attach({ memoryview: 'native', id: 1, nonce: 'none' }));
  // Never looked at, so they may be of nothing.
  facts.fromDLPack = told(() => fromDLPack(4096n));
  facts.fromArrow = told(() => fromArrow({ schema: 4096n, array: 4096n }));
  facts.fromStream = told(() => fromArrow({ stream: 4096n }));
  facts.adopt = told(() => memoryview({ [Symbol.for('memoryview.exporter.v1')]: {} }));
  facts.toDLPack = [told(() => toDLPack(zeros(3))), told(() => toDLPack(zeros(3), { copy: true }))];
  facts.toArrow = [told(() => toArrow(zeros(3))), told(() => toArrow(zeros(3), { copy: true }))];
  const lent = zeros(3, 'h')[Symbol.for('memoryview.borrowed.v1')];
  facts.lent = [typeof zeros(3)[Symbol.for('memoryview.exporter.v1')], ...lent.slice(1, 5)];
  rmSync(folder, { recursive: true });

  // Workers have the same.
  const worker = new Worker(new URL(import.meta.url));
  facts.worker = await new Promise((resolve) => {
    worker.once('error', (error) => resolve(error.message));
    worker.once('exit', resolve);
  });
}
