// The end of another addon's memory, in the order that the argument names; the addon's own ledger says how often it was freed.
// Arguments: order, the producer's file, the holder's file.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { memory, memoryview } from '../../../dist/index.js';

const [order, producerFile, holderFile] = isMainThread ? process.argv.slice(2) : workerData;
const require = createRequire(import.meta.url);
const producer = require(producerFile);
const holder = require(holderFile);

async function settle(turns = 8) {
  for (let i = 0; i < turns; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** Twenty grids, each adopted, looked at twice, and written to. */
function adopted() {
  return Array.from({ length: 20 }, () => {
    const grid = producer.makeGrid(30, 40);
    const view = memoryview(grid);
    memoryview(grid).set(0, 0, 1);
    return { grid, view, owner: view.obj };
  });
}

/** In a function of its own, so that no register of the caller keeps a grid. */
function heldByThreads(all) {
  const jobs = all.map(({ grid }) => holder.hold(grid));
  for (const { owner } of all) owner.release();
  all.length = 0;
  return jobs;
}

const ORDERS = {
  'js-release'(all) {
    for (const { owner } of all) {
      owner.release();
      owner.release();
    }
    for (const { grid } of all) producer.release(grid);
    for (const { grid } of all) producer.release(grid);
  },
  'producer-first'(all) {
    for (const { grid, owner } of all) {
      try {
        producer.release(grid);
      } catch {
        owner.release();
        producer.release(grid);
      }
    }
  },
  async gc(all) {
    all.length = 0;
    await settle();
  },
  async thread(all) {
    const jobs = all.map(({ view }) => holder.hold(view));
    all.length = 0;
    await settle();
    const [, early] = producer.ledger();
    if (early !== 0) throw new Error(`freed ${early} while the threads hold them`);
    for (const job of jobs) holder.finish(job);
    await settle();
  },
  async 'thread-of-the-producer'(all) {
    const jobs = heldByThreads(all);
    await settle();
    for (const job of jobs) holder.finish(job);
    await settle();
  },
  'held at exit'(all) {
    for (const { view } of all.slice(0, 5)) holder.hold(view);
    process.exit(0);
  },
  exit() {},
  'process-exit'() {
    process.exit(0);
  },
  'released, then exit'(all) {
    for (const { owner } of all.slice(0, 10)) owner.release();
  },
};

async function inWorker() {
  const { parentPort } = await import('node:worker_threads');
  globalThis.kept = adopted();
  for (const { owner } of globalThis.kept.slice(0, 5)) owner.release();
  if (order === 'worker-terminate') {
    parentPort.postMessage('ready');
    for (;;) globalThis.kept.push(...adopted());
  }
  if (order === 'worker-exit') process.exit(0);
}

if (!isMainThread) {
  await inWorker();
} else if (order.startsWith('worker-')) {
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: process.argv.slice(2) });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    if (order === 'worker-terminate') worker.once('message', () => worker.terminate());
    await ended;
  }
  await settle();
  const [made, freed] = producer.ledger();
  console.log(JSON.stringify({ made, freed, live: memory.stats().blocks }));
} else {
  producer.printLedgerAtExit();
  globalThis.kept = adopted();
  await ORDERS[order](globalThis.kept);
  const [made, freed] = producer.ledger();
  console.log(JSON.stringify({ made, freed, live: memory.stats().blocks }));
}
