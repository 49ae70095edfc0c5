/** Reads rows of a file into every second row of memory, against the system's own call with a thousand rows at a time. */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { allocate } from 'memoryview';
import { compare, quick } from '../harness.js';

const IOV_MAX = 1024;
const MIB = 2 ** 20;
const TOTAL = (quick ? 16 : 64) * MIB;

export async function ask() {
  // In memory if there is such a folder: the comparison is about strided memory, not about a disk.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'memoryview-bench-'));
  const path = join(folder, 'rows');
  writeFileSync(path, Buffer.alloc(TOTAL, 'memoryview'));
  const fd = openSync(path, 'r');
  try {
    for (const width of [256, 4096, TOTAL]) await asked(fd, width);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

async function asked(fd, width) {
  const count = TOTAL / width;
  const [pitch, memory] = width === TOTAL ? [width, allocate(TOTAL)] : [2 * width, allocate(2 * TOTAL)];
  const view = memory.view('B', [count, pitch]).slice(`:, :${width}`);
  const rows = allocate(16 * count);
  const pairs = rows.view('Q', [count, 2]);
  for (let row = 0; row < count; row++) {
    pairs.set(row, 0, memory.address + BigInt(row * pitch));
    pairs.set(row, 1, BigInt(width));
  }
  const preadv = koffi
    .load('libc.so.6')
    .func('int64_t preadv(int fd, void *rows, int count, int64_t position)');
  const seconds = (start) => (performance.now() - start) / 1e3;
  const check = (read) => {
    if (read !== TOTAL || view.get(count - 1, width - 1) === 0) throw new Error(`${read} bytes were read`);
  };

  const ours = async () => {
    const start = performance.now();
    check(await view.readFrom(fd, { position: 0 }));
    return seconds(start);
  };
  const theirs = async () => {
    const start = performance.now();
    let read = 0;
    for (let row = 0; row < count; row += IOV_MAX) {
      read += preadv(fd, rows.address + BigInt(16 * row), Math.min(IOV_MAX, count - row), row * width);
    }
    check(read);
    return seconds(start);
  };
  const what = width === TOTAL ? 'in one run' : `in rows of ${width} bytes`;
  await theirs();
  await compare(24, `readFrom of ${TOTAL / MIB} MiB ${what}`, { sample: ours }, [
    { name: 'preadv', bar: 1.1, sample: theirs },
  ]);
  memory.release();
  rows.release();
}
