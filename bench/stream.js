/**
 * Measures the speed of plain copies on this machine as STREAM's copy does: each thread copies its own arrays, and bytes read and bytes
 * written both count. The arrays have as many bytes as the measured work moves, so that they are in the same caches.
 */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

// The addon's number of threads for one call, and the size from which it uses them.
const MOST_THREADS = 4;
const BYTES_A_THREAD = 2 * 1024 * 1024;
const [GENERATION, PENDING] = [0, 1];

/** The number of threads that copy when `nbytes` bytes are read and written. */
export function streamThreads(nbytes, cores = availableParallelism()) {
  return Math.max(1, Math.min(cores, MOST_THREADS, Math.floor(nbytes / 2 / BYTES_A_THREAD)));
}

function arraysOf(nbytes) {
  const half = Math.max(64, Math.ceil(nbytes / 2));
  return { from: new Uint8Array(half).fill(1), to: new Uint8Array(half).fill(2) };
}

/**
 * Prepares copies that read and write `nbytes` bytes together.
 *
 * @param {number} nbytes
 * @param {number} sampleMs - the least time of a sample
 * @returns a side of a comparison: `sample()` returns the seconds of one copy
 */
export async function streamOf(nbytes, sampleMs) {
  const threads = streamThreads(nbytes);
  const control = new Int32Array(new SharedArrayBuffer(8));
  const part = nbytes / threads;
  const workers = Array.from(
    { length: threads - 1 },
    () => new Worker(new URL(import.meta.url), { workerData: { part, control } }),
  );
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  const { from, to } = arraysOf(part);
  const once = () => {
    Atomics.store(control, PENDING, workers.length);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    to.set(from);
    for (let left = Atomics.load(control, PENDING); left > 0; left = Atomics.load(control, PENDING))
      Atomics.wait(control, PENDING, left);
  };
  const timed = (n) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < n; i++) once();
    return Number(process.hrtime.bigint() - start) / 1e9;
  };
  timed(2);
  const n = Math.max(1, Math.ceil(sampleMs / 1e3 / Math.max(timed(1), 1e-8)));
  return {
    sample: () => timed(n) / n,
    end: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

function copyWhenTold({ part, control }, port) {
  const { from, to } = arraysOf(part);
  let seen = 0;
  port.postMessage('ready');
  for (;;) {
    Atomics.wait(control, GENERATION, seen);
    seen = Atomics.load(control, GENERATION);
    to.set(from);
    Atomics.sub(control, PENDING, 1);
    Atomics.notify(control, PENDING);
  }
}

if (!isMainThread && workerData?.control !== undefined) copyWhenTold(workerData, parentPort);
