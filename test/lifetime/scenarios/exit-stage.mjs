// process.exit, at the stage that the argument names.
import { gzip } from 'node:zlib';
import { allocate } from './library.mjs';

const stage = process.argv[2];
const memory = allocate(1 << 20, { label: 'kept' });
globalThis.kept = memory;
if (stage === 'live') process.exit(7);
if (stage === 'borrowed') memory.borrow(() => process.exit(7));
if (stage === 'pending-borrow') {
  memory.borrow(() => new Promise(() => {}));
  memory.release({ wait: true });
  setTimeout(() => process.exit(7), 5);
}
if (stage === 'in-flight') {
  gzip(new Uint8Array(memory.buffer), () => {});
  memory.release();
  process.exit(7);
}
if (stage === 'released') {
  memory.release();
  process.exit(7);
}
if (stage === 'dropped') {
  for (let i = 0; i < 200; i++) allocate(1 << 20);
  process.exit(7);
}
if (stage === 'exit-handler') {
  process.on('exit', () => {
    allocate(1 << 20).release();
    memory.release();
  });
  process.exit(7);
}
if (stage === 'uncaught') throw new Error('on purpose');
if (stage === 'finalizing') {
  for (let i = 0; i < 50; i++) allocate(1 << 20);
  globalThis.gc?.();
  setTimeout(() => process.exit(7), 0);
}
