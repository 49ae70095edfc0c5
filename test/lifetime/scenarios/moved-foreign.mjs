// An ArrayBuffer over memory of another library is moved to another thread, and the worker that wrapped or adopted it ends: the deleter
// is not called, since the bytes may be read. What was never handed out, or was released, is given back.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { account, answer, settle, wrapPointer } from './library.mjs';

const libc = koffi.load('libc.so.6');
const NBYTES = 1 << 20;
const COUNT = 4;

/** Whether a page is mapped, as the system says. */
const mincore = libc.func('int mincore(void *, size_t, uint8_t *)');
const isMapped = (address) => mincore(address, 4096, Buffer.alloc(1)) === 0;

function wrap() {
  const mmap = libc.func('void *mmap(void *, size_t, int, int, int, int64_t)');
  const dlsym = libc.func('void *dlsym(void *, const char *)');
  const address = koffi.address(mmap(null, NBYTES, 3, 0x22, -1, 0));
  const release = { fn: koffi.address(dlsym(null, 'munmap')), arg: BigInt(NBYTES) };
  return { address, memory: wrapPointer(address, NBYTES, { release }) };
}

/** Moved where the runtime has a way; else only handed out. */
function moved(memory) {
  const { buffer } = memory;
  new Uint8Array(buffer).fill(9);
  return ArrayBuffer.prototype.transfer?.call(buffer) ?? buffer;
}

if (isMainThread) {
  const before = account.stats();
  const received = [];
  const addresses = [];
  for (let i = 0; i < COUNT; i++) {
    const how = i % 2 === 0 ? 'exit' : 'terminate';
    const worker = new Worker(new URL(import.meta.url), { workerData: how });
    const told = new Promise((resolve) => worker.once('message', resolve));
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const message = await told;
    if (how === 'terminate') await worker.terminate();
    await ended;
    if (message.buffer !== null) received.push(new Uint8Array(message.buffer));
    addresses.push(message.address);
  }
  // Deno says that a worker has ended before it has.
  for (let turn = 0; turn < 200 && account.stats().blocks !== before.blocks; turn++) await settle(1);
  let bytes = 0;
  for (const array of received) for (const byte of array.fill(9, 0, 5)) bytes += byte === 9 ? 1 : 0;
  const after = account.stats();
  answer({
    bytes: bytes / NBYTES,
    mapped: addresses.filter(isMapped).length,
    keptBlocks: after.keptBlocks - before.keptBlocks,
    keptBytes: (after.keptBytes - before.keptBytes) / NBYTES,
    blocks: after.blocks - before.blocks,
  });
} else {
  const [lent, hidden, released] = [wrap(), wrap(), wrap()];
  hidden.memory.view().fill(1);
  new Uint8Array(released.memory.buffer).fill(1);
  released.memory.release();
  globalThis.kept = [lent, hidden, released];
  const message = { buffer: null, address: lent.address };
  const buffer = moved(lent.memory);
  try {
    parentPort.postMessage({ ...message, buffer }, [buffer]);
  } catch (error) {
    if (error.name !== 'DataCloneError') throw error;
    parentPort.postMessage(message);
  }
  if (workerData === 'terminate') setInterval(() => {}, 1000);
}
