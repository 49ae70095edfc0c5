// Creates shared memory of the name that the first argument gives, and ends in the way that the second one says.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { SharedMemory } from '../../../dist/index.js';

const [, , name, how] = isMainThread ? process.argv : [0, 0, workerData.name, 'worker'];
if (how.startsWith('worker-') && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { name } });
  worker.on('message', () => (how === 'worker-terminated' ? worker.terminate() : process.exit(7)));
  worker.on('exit', () => process.exit(7));
} else {
  const memory = SharedMemory.create({ name, size: 10_000, persist: how === 'persist' });
  memory.view().fill(3);
  console.log('created');
  if (how === 'worker') {
    const { parentPort } = await import('node:worker_threads');
    parentPort.postMessage('created');
    setInterval(() => {}, 1000);
  }
  if (how === 'exit' || how === 'persist') process.exit(7);
  if (how === 'uncaught') throw new Error('on purpose');
  if (how === 'wait') setInterval(() => {}, 1000);
  globalThis.kept = memory;
}
