// Workers that hold live, released, borrowed and dropped memory end by themselves, by process.exit and by terminate.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { account, allocate, answer, settle } from './library.mjs';

if (isMainThread) {
  const terminate = process.argv[2] === 'yielding' ? 'terminate yielding' : 'terminate';
  for (const how of ['return', 'exit', 'throw', terminate]) {
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(new URL(import.meta.url), { workerData: how, stderr: true });
      worker.on('error', () => {});
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      if (how === terminate) worker.once('message', () => worker.terminate());
      await ended;
    }
  }
  // Deno says that a worker has ended before it has.
  for (let turn = 0; turn < 200 && account.stats().blocks !== 0; turn++) await settle(1);
  const { blocks, bytes, pinned, inFlight } = account.stats();
  answer({ blocks, bytes, pinned, inFlight });
} else {
  const { parentPort } = await import('node:worker_threads');
  const kept = [];
  for (const nbytes of [0, 64, 5000, 1 << 16, 8 << 20]) {
    const memory = allocate(nbytes);
    new Uint8Array(memory.buffer).fill(1);
    kept.push(memory);
    allocate(nbytes).release();
    new Uint8Array(allocate(nbytes).buffer).fill(2);
    allocate(nbytes).borrow(() => new Promise(() => {}));
    allocate(nbytes).share();
  }
  globalThis.kept = kept;
  if (workerData === 'exit') process.exit(0);
  if (workerData === 'throw') throw new Error('on purpose');
  if (workerData.startsWith('terminate')) {
    parentPort.postMessage('ready');
    if (workerData.endsWith('yielding')) setInterval(() => globalThis.kept.push(allocate(1 << 16)), 1);
    else for (;;) globalThis.kept.push(allocate(1 << 16));
  }
}
