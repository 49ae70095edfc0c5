/** What does it cost to hand memory to another thread? */
import { Worker } from 'node:worker_threads';
import { allocate } from 'memoryview';
import { compare } from '../harness.js';

const ROUNDS = 50;

export async function ask() {
  const worker = new Worker(new URL('../share-worker.js', import.meta.url));
  const answered = (message) =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(message);
    });
  await answered(null);
  const timed = async (messageOf) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < ROUNDS; i++) await answered(messageOf());
    return Number(process.hrtime.bigint() - start) / 1e9 / ROUNDS;
  };
  const sharing = (nbytes) => {
    const view = allocate(nbytes, { zero: false }).view();
    return { sample: () => timed(() => view.share()) };
  };
  const big = sharing(1024 ** 3);
  const small = sharing(4096);
  const peers = [
    { name: 'a message that carries nothing', bar: 2, sample: () => timed(() => null) },
    { name: 'share + attach of 4 KiB', bar: 1.5, sample: small.sample },
  ];
  await compare(18, 'share + attach of 1 GiB in a worker', big, peers);
  await worker.terminate();
}
