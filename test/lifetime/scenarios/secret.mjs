// What of a secret can still be found in this process's memory: after a release, a collection, the end of a worker, and at the exit.

import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { memoryview } from '../../../dist/index.js';
import { allocate, answer, settle } from './library.mjs';

const BYTES = 48;
/** The secret is never anywhere but in its memory: it is found by its bytes' complement. */
const masked = Buffer.from(Array.from({ length: BYTES }, (_, i) => (i * 197 + 91 + (i << 3)) & 255));
const fill = (bytes) => {
  for (let i = 0; i < BYTES; i++) bytes.set(100 + i, masked[i] ^ 255);
};

function make(options) {
  const memory = allocate(5000, options);
  fill(memory.view());
  return memory;
}

if (!isMainThread) {
  const memory = make({ secret: true });
  if (workerData === 'exposed') globalThis.kept = memory.buffer;
  globalThis.memory = memory;
  parentPort.postMessage(String(memory.address));
  setInterval(() => {}, 1000);
} else await main();

/** How often the secret lies in memory that this process can read, but for the buffers of the search. */
function found() {
  const chunk = Buffer.alloc(1 << 20);
  const needle = Buffer.alloc(BYTES);
  const own = [chunk, needle].map((buffer) => [memoryview(buffer).address, BigInt(buffer.length)]);
  const isOwn = (address) => own.some(([from, nbytes]) => address > from - 64n && address < from + nbytes);
  for (let i = 0; i < BYTES; i++) needle[i] = masked[i] ^ 255;
  const fd = openSync('/proc/self/mem');
  let count = 0;
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const match = /^(\w+)-(\w+) r/.exec(line);
    if (match === null || line.includes('[v')) continue;
    const [from, to] = [BigInt(`0x${match[1]}`), BigInt(`0x${match[2]}`)];
    for (let at = from; at < to; at += BigInt(chunk.length - BYTES)) {
      let length = 0;
      try {
        length = readSync(fd, chunk, 0, Math.min(chunk.length, Number(to - at)), Number(at));
      } catch {
        break; // pages of a file that has none there
      }
      const here = chunk.subarray(0, length);
      for (let i = here.indexOf(needle); i !== -1; i = here.indexOf(needle, i + 1)) {
        if (!isOwn(at + BigInt(i))) count++;
      }
    }
  }
  closeSync(fd);
  needle.fill(0);
  chunk.fill(0);
  return count;
}

function flagsAt(address) {
  const lines = readFileSync('/proc/self/smaps', 'latin1').split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${address.toString(16)}-`));
  return lines.slice(start).find((line) => line.startsWith('VmFlags')) ?? '';
}

async function inWorker(how) {
  const worker = new Worker(new URL(import.meta.url), { workerData: how });
  await once(worker, 'message');
  const live = found();
  await worker.terminate();
  return { live, after: found() };
}

async function main() {
  const watch = koffi.load(process.argv[2]).func('void watch_at_exit(uintptr_t, size_t)');
  const ordinary = make({});
  const control = found();
  new Uint8Array(ordinary.buffer).fill(0);
  const cleared = found();
  // Before the first secret, so that it looks after what the library does at the exit.
  let address = 0n;
  watch(0n, 0);
  const memory = make({ secret: true, label: 'key' });
  ({ address } = memory);
  const flags = flagsAt(address);
  const live = found();
  memory.release();
  const released = found();
  (() => void make({ secret: true }))();
  await settle();
  const collected = found();
  const worker = await inWorker('plain');
  const exposed = await inWorker('exposed');
  const last = make({ secret: true });
  globalThis.last = last;
  watch(last.address + 100n, BYTES);
  answer({
    control,
    cleared,
    live,
    released,
    collected,
    worker,
    exposed,
    locked: / lo( |$)/.test(flags),
    undumped: / dd( |$)/.test(flags),
  });
  process.exit(0);
}
