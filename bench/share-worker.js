/** Replies to each message; memory that a message shares is attached, read and released. */
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
