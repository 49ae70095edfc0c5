// An ArrayBuffer that got by the shadowed methods is posted to another thread, and the worker that made it ends: the receiver
// may read zeros, but it must live (F2, F5).
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { answer, settle } from './library.mjs';

const move = ArrayBuffer.prototype.transfer;
if (move === undefined) {
  answer({ unsupported: 'ArrayBuffer.prototype.transfer' });
} else if (isMainThread) {
  const received = [];
  for (let i = 0; i < 4; i++) {
    const worker = new Worker(new URL(import.meta.url));
    worker.on('message', (buffers) => received.push(...buffers));
    await new Promise((resolve) => worker.once('exit', resolve));
  }
  await settle();
  let bytes = 0;
  for (const buffer of received) {
    const view = new Uint8Array(buffer);
    view.fill(3);
    for (const byte of view) bytes += byte === 3 ? 1 : 0;
  }
  answer({ received: received.length, bytes });
} else {
  const { allocate } = await import('./library.mjs');
  const buffers = [100, 5000, 100_000, 4 << 20].map((nbytes) => {
    const { buffer } = allocate(nbytes);
    new Uint8Array(buffer).fill(1);
    return move.call(buffer);
  });
  parentPort.postMessage(buffers, buffers);
}
