// Memory from elsewhere in one run: a file that shrinks, shared memory by its name, a foreign pointer with a JS release.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allocate, mapFile, memory, SharedMemory, wrapPointer } from '../../../dist/index.js';
import { loadNpy, saveNpy } from '../../../dist/interop/npy.js';
import { answer, settle } from './library.mjs';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-elsewhere-'));
const path = join(folder, 'file');
writeFileSync(path, Buffer.alloc(100_000, 7));
const result = {};

let told = 0;
const mapping = mapFile(path, { byteOffset: 5000, onTruncated: () => told++ });
result.before = mapping.view().get(90_000);
truncateSync(path, 8192);
result.after = mapping.view().get(90_000);
result.kept = mapping.view().get(3000);
result.truncated = mapping.truncated;
for (let i = 0; i < 100 && told === 0; i++) await new Promise((next) => setTimeout(next, 10));
result.told = told;
mapping.release();

const writable = mapFile(path, { mode: 'r+' });
writable.view().set(0, 9);
await writable.flushAsync();
writable.release();
result.written = readFileSync(path)[0];

const shm = SharedMemory.create({ size: 10_000 });
shm.view().set(9999, 5);
const opened = SharedMemory.open(shm.name);
result.shared = opened.view().get(9999);
shm.unlink();
shm.release();
opened.release();

const source = allocate(64);
const released = [];
const wrapped = wrapPointer(source.address, 64, {
  release: (address, nbytes) => released.push([address === source.address, nbytes]),
});
wrapped.view().set(3, 8);
result.foreign = source.view().get(3);
wrapped.release();
(() =>
  wrapPointer(source.address, 32, {
    release: (address, nbytes) => released.push([address === source.address, nbytes]),
  }))();
for (let i = 0; i < 40 && released.length < 2; i++) await settle(1);
result.released = released;

const npy = join(folder, 'a.npy');
saveNpy(npy, source.view('B', [8, 8]).T);
result.npy = loadNpy(npy).get(3, 0);
await settle();
result.blocks = memory.stats().byKind.shared.blocks + memory.stats().byKind.foreign.blocks;
answer(result);
rmSync(folder, { recursive: true });
