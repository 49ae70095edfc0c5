/** Answers each message. It attaches, reads and releases the memory that a message shares. */
import { parentPort } from 'node:worker_threads';
import { attach } from 'memoryview';

parentPort.on('message', (handle) => {
  let first = 0;
  if (handle !== null) {
    const view = attach(handle);
    first = Number(view.get(0));
    view.obj.release();
  }
  parentPort.postMessage(first);
});
