// The addon is loaded in workers only, which would close it with them; finalizers that come later must still find it (F7).
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

if (isMainThread) {
  const move = ArrayBuffer.prototype.transfer;
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(new URL(import.meta.url));
    let kept = null;
    worker.on('message', (buffer) => {
      kept = buffer;
    });
    await new Promise((resolve) => worker.once('exit', resolve));
    if (move !== undefined && kept === null) throw new Error('nothing arrived');
    kept = null;
    for (let turn = 0; turn < 4; turn++) {
      globalThis.gc?.();
      globalThis.Bun?.gc(true);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  console.log(JSON.stringify({ ended: 3 }));
} else {
  const { allocate } = await import('../../../dist/index.js');
  for (let i = 0; i < 50; i++) new Uint8Array(allocate(1 << 16).buffer).fill(1);
  const move = ArrayBuffer.prototype.transfer;
  if (move !== undefined) {
    const moved = move.call(allocate(1 << 20).buffer);
    parentPort.postMessage(moved, [moved]);
  }
}
