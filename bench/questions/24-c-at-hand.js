/** What do the small calls around a native library cost: structs from an arena, reads behind a pointer, wrapped pointers? */

import { setImmediate as turn } from 'node:timers/promises';
import koffi from 'koffi';
import { Arena, allocate, cdef, wrapPointer } from 'memoryview';
import { copyFrom, read } from 'memoryview/pointer';
import { compare as compared } from '../harness.js';

const ROW = 24;

/** Compares after the finalizers of earlier rows, which wait for a turn of the event loop, have run. */
async function compare(...given) {
  globalThis.gc();
  await turn();
  await turn();
  await compared(...given);
}

export async function ask() {
  let kept;
  const { point } = cdef('typedef struct { int x, y; double w[3]; const char *name; } point;');
  const inArena = (make) => (n) => {
    for (let left = n; left > 0; left -= 4096) {
      const arena = new Arena();
      for (let i = Math.min(left, 4096); i > 0; i--) kept = make(arena);
      arena.release();
    }
    return kept;
  };
  const pooled = (bar) => ({
    name: 'Buffer.allocUnsafe(64)',
    bar,
    run: (n) => {
      for (let i = 0; i < n; i++) kept = Buffer.allocUnsafe(64);
    },
  });
  await compare(
    ROW,
    'arena.allocate(64)',
    inArena((arena) => arena.allocate(64)),
    [pooled(3)],
  );
  await compare(
    ROW,
    'arena.zeros(1, point)',
    inArena((arena) => arena.zeros(1, point)),
    [pooled(6)],
  );
  await compare(
    ROW,
    'arena.struct(point, { x: 1 })',
    inArena((arena) => arena.struct(point, { x: 1 })),
    [pooled(null)],
  );
  await compare(
    ROW,
    'new Arena, allocate(64), release',
    (n) => {
      for (let i = 0; i < n; i++) {
        const arena = new Arena();
        kept = arena.allocate(64);
        arena.release();
      }
    },
    [
      {
        name: 'allocate(64) + release',
        bar: null,
        run: (n) => {
          for (let i = 0; i < n; i++) allocate(64).release();
        },
      },
    ],
  );

  const { four } = cdef('typedef struct { int a; int b; double c; double d; } four;');
  const theirs = koffi.struct({ a: 'int', b: 'int', c: 'double', d: 'double' });
  const pointer = koffi.alloc('uint8_t', 4096);
  const address = koffi.address(pointer);
  new Uint8Array(koffi.view(pointer, 4096)).fill(1);
  await compare(
    ROW,
    'read of a struct of four behind a pointer',
    (n) => {
      for (let i = 0; i < n; i++) kept = read(address, four);
    },
    [
      {
        name: 'koffi.decode',
        bar: 0.25,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = koffi.decode(pointer, theirs);
        },
      },
    ],
  );
  await compare(
    ROW,
    'read of an int behind a pointer',
    (n) => {
      for (let i = 0; i < n; i++) kept = read(address, 'i');
    },
    [
      {
        name: 'koffi.decode',
        bar: 1.5,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = koffi.decode(pointer, 'int');
        },
      },
    ],
  );
  const target = allocate(4096);
  const view = target.view();
  const bytes = new Uint8Array(target.buffer);
  await compare(
    ROW,
    'copyFrom(view, address) of 4 KiB',
    (n) => {
      for (let i = 0; i < n; i++) copyFrom(view, address);
    },
    [
      {
        name: 'koffi.view + set',
        bar: 0.5,
        run: (n) => {
          for (let i = 0; i < n; i++) bytes.set(new Uint8Array(koffi.view(pointer, 4096)));
        },
      },
    ],
  );
  await compare(
    ROW,
    'wrapPointer of 64 bytes + release',
    (n) => {
      for (let i = 0; i < n; i++) wrapPointer(address, 64).release();
    },
    [
      {
        name: 'koffi.view',
        bar: 1.5,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = koffi.view(pointer, 64);
        },
      },
    ],
  );
  await compare(
    ROW,
    'allocate(64) + release',
    (n) => {
      for (let i = 0; i < n; i++) allocate(64).release();
    },
    [
      {
        name: 'koffi alloc + view + free',
        bar: 1.2,
        run: (n) => {
          for (let i = 0; i < n; i++) {
            const memory = koffi.alloc('uint8_t', 64);
            kept = koffi.view(memory, 64);
            koffi.free(memory);
          }
        },
      },
    ],
  );
}
