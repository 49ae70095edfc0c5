// One memory in several threads: the same bytes without a copy, pins seen by all, and an end with the last owner.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { account, allocate, answer, attach, settle } from './library.mjs';

const next = (port) => new Promise((resolve) => port.once('message', resolve));

if (isMainThread) {
  const result = {};
  const memory = allocate(1 << 20, { label: 'shared' });
  const bytes = new Uint8Array(memory.buffer);
  bytes[0] = 1;
  const worker = new Worker(new URL(import.meta.url), { workerData: memory.view('B', [1024, 1024]).share() });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const hello = await next(worker);
  result.sameAddress = hello.address === memory.address;
  result.sameBytes = hello.first === 1 && bytes[1] === 2;
  result.shape = hello.shape;
  result.owners = account.stats().blocks;
  worker.postMessage('borrow');
  await next(worker);
  try {
    memory.release();
  } catch (error) {
    result.pinnedElsewhere = error.message;
  }
  const waited = memory.release({ wait: true });
  worker.postMessage('return');
  await waited;
  result.releasedAfterWait = memory.released;
  result.stillLive = account.stats().blocks;
  worker.postMessage('read');
  result.workerStillReads = (await next(worker)).second;
  worker.postMessage('forget');
  const left = await next(worker);
  result.inFlight = account.stats().inFlight;
  worker.postMessage('end');
  await ended;
  await settle();
  try {
    attach(left);
  } catch (error) {
    result.droppedWithItsThread = error.code;
  }
  const { blocks, bytes: live, pinned, inFlight } = account.stats();
  answer({ ...result, blocks, live, pinned, left: inFlight });
} else {
  const view = attach(workerData);
  const memory = view.obj;
  const bytes = new Uint8Array(memory.buffer);
  bytes[1] = 2;
  parentPort.postMessage({ address: memory.address, first: bytes[0], shape: view.shape });
  await next(parentPort);
  await memory.borrow(async () => {
    parentPort.postMessage('borrowed');
    await next(parentPort);
  });
  await next(parentPort);
  parentPort.postMessage({ second: bytes[1] });
  await next(parentPort);
  parentPort.postMessage(memory.share());
  await next(parentPort);
  process.exit(0);
}
