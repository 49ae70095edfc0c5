// Environments that end in the middle of asynchronous copies: this process by process.exit, or its workers.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { memoryview } from '../../../dist/index.js';
import { account, allocate, answer, settle } from './library.mjs';

const MIB = 1 << 20;

/** Copies of many pieces each, between native memory and over a SharedArrayBuffer; none is waited for. */
function startCopies() {
  const shared = memoryview(new Uint8Array(new SharedArrayBuffer(64 * MIB)));
  const source = allocate(64 * MIB).view();
  const copies = [];
  for (let i = 0; i < 4; i++) {
    copies.push(
      allocate(64 * MIB)
        .view()
        .copyFromAsync(source),
    );
    copies.push(shared.copyFromAsync(source), source.copyAsync(), allocate(5000).view().copyAsync());
  }
  // Released as soon as nothing pins it.
  source.obj.release({ wait: true });
  return copies;
}

const how = isMainThread ? process.argv[2] : workerData;
if (isMainThread && how !== 'main-exit') {
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: how, stderr: true });
    worker.on('error', () => {});
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    if (how === 'terminate') worker.once('message', () => worker.terminate());
    await ended;
  }
  for (let turn = 0; turn < 200 && account.stats().blocks !== 0; turn++) await settle(1);
  const { blocks, bytes, pinned, inFlight } = account.stats();
  answer({ blocks, bytes, pinned, inFlight });
} else {
  const copies = startCopies();
  await Promise.race(copies);
  if (how === 'main-exit') process.exit(7);
  if (how === 'exit') process.exit(0);
  if (how === 'throw') throw new Error('on purpose');
  parentPort.postMessage('copying');
  await Promise.all(copies);
}
