/** What does it cost to allocate memory, touch it and release it? */
import koffi from 'koffi';
import { Arena, allocate, cdef } from 'memoryview';
import { compare } from '../harness.js';

const MIB = 1024 * 1024;

export async function ask() {
  let _touched = 0;
  const touch = (bytes) => {
    for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1;
    _touched += bytes[0];
  };
  await compare(
    14,
    'allocate(1 MiB) + touch + release',
    (n) => {
      for (let i = 0; i < n; i++) {
        const memory = allocate(MIB);
        touch(new Uint8Array(memory.buffer));
        memory.release();
      }
    },
    [
      {
        name: 'Buffer.alloc(1 MiB) + touch',
        bar: 0.5,
        run: (n) => {
          for (let i = 0; i < n; i++) touch(Buffer.alloc(MIB));
        },
      },
    ],
  );
  let kept;
  await compare(
    15,
    'Arena.allocate(64)',
    (n) => {
      for (let left = n; left > 0; left -= 4096) {
        const arena = new Arena();
        for (let i = Math.min(left, 4096); i > 0; i--) kept = arena.allocate(64);
        arena.release();
      }
      return kept;
    },
    [
      {
        name: 'Buffer.allocUnsafe(64)',
        bar: 3,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = Buffer.allocUnsafe(64);
        },
      },
    ],
  );
  const { point } = cdef('typedef struct { int x, y; double w[3]; const char *name; } point;');
  await compare(
    15,
    'arena.zeros(1, point)',
    (n) => {
      for (let left = n; left > 0; left -= 4096) {
        const arena = new Arena();
        for (let i = Math.min(left, 4096); i > 0; i--) kept = arena.zeros(1, point);
        arena.release();
      }
      return kept;
    },
    [
      {
        name: 'Buffer.allocUnsafe(64)',
        bar: 6,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = Buffer.allocUnsafe(64);
        },
      },
    ],
  );
  await compare(
    15,
    'allocate(64) + release',
    (n) => {
      for (let i = 0; i < n; i++) allocate(64).release();
    },
    [
      {
        name: 'koffi alloc + view + free',
        bar: 1,
        run: (n) => {
          for (let i = 0; i < n; i++) {
            const pointer = koffi.alloc('uint8_t', 64);
            kept = koffi.view(pointer, 64);
            koffi.free(pointer);
          }
        },
      },
    ],
  );
}
