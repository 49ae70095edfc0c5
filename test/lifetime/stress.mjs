// Worker stress: workers allocate, share, attach, read, slice, borrow, release and drop at random, and end or are terminated at
// random; afterwards the ledger must be empty. Usage: node --expose-gc test/lifetime/stress.mjs [seconds] [workers] [seed]
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  Arena,
  account,
  allocate,
  answer,
  attach,
  peakMiB,
  residentMiB,
  settle,
  unshare,
} from './scenarios/library.mjs';

/** A small seeded generator (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * bound);
  };
}

const SIZES = [0, 1, 64, 1000, 4096, 16_383, 16_384, 100_000, 1 << 20, 3 << 20];
const tag = (nbytes) => (nbytes * 31 + 7) % 251;

function mark(memory) {
  const bytes = new Uint8Array(memory.buffer);
  if (bytes.length > 0) bytes[0] = bytes[bytes.length - 1] = tag(bytes.length);
}

function check(memory) {
  const bytes = new Uint8Array(memory.buffer);
  const expected = tag(memory.nbytes);
  if (bytes.length !== memory.nbytes) throw new Error(`${bytes.length} bytes seen of ${memory.nbytes}`);
  if (bytes.length > 0 && (bytes[0] !== expected || bytes.at(-1) !== expected))
    throw new Error('foreign bytes');
}

async function work({ seed }) {
  const random = generator(seed);
  const pool = [];
  const received = [];
  parentPort.on('message', (handle) => received.push(handle));
  const fresh = (step) => {
    const memory = allocate(SIZES[random(SIZES.length)], { label: `step ${step}` });
    mark(memory);
    return memory;
  };
  // What was released after a wait, or through another object over the same memory, is of no more use.
  const place = () => {
    for (let i = pool.length - 1; i >= 0; i--) if (pool[i].released) pool.splice(i, 1);
    if (pool.length === 0) pool.push(fresh(0));
    return random(pool.length);
  };
  const pick = () => pool[place()];
  const drop = () => pool.splice(place(), 1)[0];
  for (let step = 0; ; step++) {
    if (pool.length < 20) pool.push(fresh(step));
    const what = random(12);
    if (what === 0) drop();
    if (what === 1 || what === 2) {
      const memory = drop();
      try {
        // Waiting may meet the release of another object over the same memory; what is borrowed here may be refused.
        if (memory.kind === 'heap') memory.release({ wait: random(2) === 0 })?.catch(() => {});
      } catch (error) {
        if (error.code !== 'ERR_EXPORTED') throw error;
      }
    }
    if (what === 3) parentPort.postMessage({ handle: pick().share() });
    if (what === 4) unshare(pick().share());
    if (what === 5) check(pick());
    if (what === 6) new Uint8Array(pick().buffer).subarray(1, 9).slice();
    if (what === 7) {
      const memory = pick();
      memory
        .borrow(() => new Promise((resolve) => setTimeout(resolve, random(3))))
        .then(() => {
          if (!memory.released) check(memory);
        });
    }
    if (what === 8) {
      const arena = new Arena({ slabBytes: 16_384 });
      const parts = Array.from({ length: 5 }, () => arena.allocate(random(3000)));
      for (const part of parts) mark(part);
      if (random(3) > 0) arena.release();
      else pool.push(parts[random(5)]);
    }
    for (const handle of received.splice(0)) {
      try {
        const memory = attach(handle);
        check(memory);
        pool.push(memory);
      } catch (error) {
        if (error.code !== 'ERR_RELEASED') throw error;
      }
    }
    if (pool.length > 40) pool.length = 20;
    if (random(64) === 0) await new Promise((resolve) => setImmediate(resolve));
    if (random(20_000) === 0) process.exit(0);
    if (random(20_000) === 0) return parentPort.close();
  }
}

async function rule(seconds, count, seed) {
  const random = generator(seed);
  const workers = new Set();
  const faults = [];
  const resident = [];
  let started = 0;
  let terminated = 0;
  let forwarded = 0;
  const until = Date.now() + seconds * 1000;
  const start = () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { seed: seed + ++started } });
    workers.add(worker);
    worker.on('error', (error) => faults.push(String(error?.stack ?? error)));
    worker.on('message', ({ handle }) => {
      const others = [...workers];
      others[random(others.length)]?.postMessage(handle);
      forwarded++;
    });
    worker.once('exit', () => {
      workers.delete(worker);
      if (Date.now() < until) start();
    });
  };
  for (let i = 0; i < count; i++) start();
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, random(100)));
    const all = [...workers];
    if (random(3) === 0) {
      terminated++;
      all[random(all.length)]?.terminate();
    }
    resident.push(residentMiB());
  }
  await Promise.all([...workers].map((worker) => worker.terminate()));
  for (let turn = 0; turn < 200 && account.stats().blocks !== 0; turn++) await settle(1);
  await settle();
  const { blocks, bytes, pinned, inFlight, retiredBytes, keptBytes, allocated, released } = account.stats();
  const mean = (list) => Math.round(list.reduce((sum, each) => sum + each, 0) / list.length);
  const quarter = Math.floor(resident.length / 4);
  answer({
    seed,
    started,
    terminated,
    forwarded,
    faults: faults.slice(0, 3),
    blocks,
    bytes,
    pinned,
    inFlight,
    retiredBytes,
    keptBytes,
    allocated,
    released,
    residentEarly: mean(resident.slice(quarter, 2 * quarter)),
    residentLate: mean(resident.slice(-quarter)),
    residentEnd: Math.round(residentMiB()),
    peak: Math.round(peakMiB()),
  });
}

if (isMainThread) {
  const [seconds = '20', workers = '8', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
  console.error(`seed ${seed}`);
  await rule(Number(seconds), Number(workers), Number(seed));
} else {
  await work(workerData);
}
