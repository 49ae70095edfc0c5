// Workers that end with live memory: how many mappings each leaves behind. Arguments: workers, blocks, bytes, which blocks are handed out.
import { readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { account, allocate, answer } from './library.mjs';

const mappings = () => readFileSync('/proc/self/maps', 'latin1').split('\n').length;

if (isMainThread) {
  const [workers, blocks, nbytes] = process.argv.slice(2, 5).map(Number);
  const exposed = process.argv[5];
  let first = 0;
  for (let i = 0; i < workers; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { blocks, nbytes, exposed } });
    await new Promise((resolve) => worker.once('exit', resolve));
    // The first one loads code, and makes what all share.
    if (i === 0) first = mappings();
  }
  const { keptBlocks, keptBytes } = account.stats();
  answer({ grown: mappings() - first, keptBlocks, keptBytes });
} else {
  const { blocks, nbytes, exposed } = workerData;
  globalThis.kept = [];
  for (let i = 0; i < blocks; i++) {
    const memory = allocate(nbytes);
    memory.view().set(0, 1);
    if (exposed === 'all' || (exposed === 'half' && i % 2 === 1)) new Uint8Array(memory.buffer)[0] = 1;
    globalThis.kept.push(memory);
  }
}
