// A worker hands out an Arrow stream of a generator and ends; a pull afterwards fails at once, and does not wait for its thread.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { fromArrow, toArrowStream } from '../../../dist/interop/arrow.js';
import { account, allocate, answer } from './library.mjs';

const TIMEOUT = 60_000;

function* batches() {
  for (;;) yield { x: allocate(16).view('d') };
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const ended = once(worker, 'exit');
  const [address] = await once(worker, 'message');
  await ended;
  const began = performance.now();
  let message = 'none';
  try {
    for await (const batch of fromArrow({ stream: address })) message = `a batch of ${batch.length}`;
  } catch (error) {
    message = `${error.code}: ${error.message}`;
  }
  answer({ message, waited: performance.now() - began > TIMEOUT / 2, blocks: account.stats().blocks });
} else {
  globalThis.stream = toArrowStream(batches(), { timeout: TIMEOUT });
  parentPort.postMessage(globalThis.stream.stream);
}
