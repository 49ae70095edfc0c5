// Stale or stray native accesses under MEMORYVIEW_GUARD=1; zlib's own C reads the pointer that koffi passes on.

import koffi from 'koffi';
import { allocate } from './library.mjs';

const libc = koffi.load('libc.so.6');
const memset = libc.func('void *memset(uintptr_t, int, size_t)');

function culprit() {
  return allocate(1000, { label: 'victim' });
}

const memory = culprit();
const { address } = memory;
memset(address, 1, 1000);
const [what] = process.argv.slice(2);
if (what === 'stale') {
  memory.release();
  memset(address, 1, 1);
}
if (what === 'overrun') memset(address, 1, 1000 + 64);
if (what === 'underrun') memset(address - 5000n, 1, 1);
console.log('survived');
