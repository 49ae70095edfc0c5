/** Arenas: places in slabs, one end for all, and the memory that stays while a part is held. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Arena, cdef, memory } from '../../src/index.js';
import { memory as account } from '../../src/memory/accounting.js';
import { pinMemory, unpinMemory } from '../../src/memory/native-memory.js';
import { simulated } from '../refusal.js';
import { thrown } from './thrown.js';

test('allocations lie beside each other, aligned and zeroed', () => {
  const arena = new Arena({ slabBytes: 1 << 16 });
  const parts = [10, 0, 100, 64, 1, 4096].map((nbytes) => arena.allocate(nbytes, { alignment: 64 }));
  const places = parts.map(({ address }) => address);
  expect(new Set(places).size).toBe(parts.length);
  // Memory of the engine's own lies where the engine likes.
  for (let i = 1; i < places.length && !simulated; i++)
    expect(places[i]! - places[i - 1]!).toBeLessThanOrEqual(192n);
  for (const part of parts) {
    expect(part.kind).toBe('arena');
    expect(part.address % 64n).toBe(0n);
    expect(part.buffer.byteLength).toBe(part.nbytes);
    expect(new Uint8Array(part.buffer).every((byte) => byte === 0)).toBe(true);
    new Uint8Array(part.buffer).fill(255);
  }
  arena.release();
});

test('neighbours never overlap, in any mix of sizes and alignments', () => {
  const arena = new Arena({ slabBytes: 8192 });
  const parts = [];
  for (let i = 0; i < 300; i++) {
    const part = arena.allocate((i * 37) % 700, { alignment: 2 ** (i % 9) });
    new Uint8Array(part.buffer).fill(i);
    parts.push(part);
  }
  parts.push(arena.allocate(100_000, { alignment: 1 << 21 }));
  parts.forEach((part, i) => {
    if (i < 300) expect(new Uint8Array(part.buffer).every((byte) => byte === i % 256)).toBe(true);
  });
  expect(parts.at(-1)!.address % BigInt(1 << 21)).toBe(0n);
  arena.release();
  expect(parts.every((part) => part.released && part.buffer.byteLength === 0)).toBe(true);
  expect(account.stats().byKind.arena).toEqual({ blocks: 0, bytes: 0 });
});

test('one release ends everything, also what is empty, and nothing can be allocated after it', () => {
  const arena = new Arena();
  const empty = arena.allocate(0);
  const full = arena.allocate(8);
  const doubles = new Float64Array(full.buffer);
  arena[Symbol.dispose]();
  arena.release();
  expect([arena.released, empty.released, full.released, doubles.length]).toEqual([true, true, true, 0]);
  expect(thrown(() => arena.allocate(1))).toMatchObject({
    code: 'ERR_RELEASED',
    message: 'allocate: the arena is released',
  });
  expect(thrown(() => full.borrow(() => 1)).code).toBe('ERR_RELEASED');
  expect(thrown(() => empty.share()).code).toBe('ERR_RELEASED');
  expect(full.release()).toBeUndefined();
  expect(empty.release()).toBeUndefined();
});

test('a part can’t be released by itself, but ends with the arena', async () => {
  const arena = new Arena();
  const [first, second] = [arena.allocate(8), arena.allocate(8)];
  const refusal = {
    name: 'TypeError',
    code: 'ERR_UNSUPPORTED',
    message: "release: the memory is an arena's, and ends with it; use release() or reset() of the arena",
  };
  expect(thrown(() => first.release())).toMatchObject(refusal);
  expect(thrown(() => first[Symbol.dispose]())).toMatchObject(refusal);
  await expect(first.release({ wait: true })).rejects.toMatchObject(refusal);
  expect([first.released, second.released]).toEqual([false, false]);
  arena.release();
  expect([first.released, second.released]).toEqual([true, true]);
});

test('a reset ends all memory, or none, and the arena starts over', () => {
  const arena = new Arena({ slabBytes: 4096 });
  const blocks = memory.stats().blocks;
  for (let round = 0; round < 3; round++) {
    const first = arena.allocate(100);
    const view = arena.zeros([10, 10], 'd');
    view.fill(round + 1);
    expect(first.view().slice('::50').toArray()).toEqual([0, 0]);
    view.borrow(() => {
      expect(thrown(() => arena.reset())).toMatchObject({
        code: 'ERR_EXPORTED',
        message: expect.stringMatching(/^reset: memory of the arena is borrowed \(1 borrow\)/),
      });
      expect(view.get(9, 9)).toBe(round + 1);
    });
    arena.reset();
    expect([arena.released, first.released, view.released, memory.stats().blocks]).toEqual([
      false,
      true,
      true,
      blocks,
    ]);
  }
  const again = arena.zeros(4, 'i');
  expect(again.toArray()).toEqual([0, 0, 0, 0]);
  arena.release();
  expect(again.released).toBe(true);
  expect(thrown(() => arena.reset())).toMatchObject({ code: 'ERR_RELEASED' });
});

test('a C string is the UTF-8 bytes and a zero', () => {
  using arena = new Arena();
  expect(arena.cString('grün').hex(' ')).toBe('67 72 c3 bc 6e 00');
  expect(arena.cString('').toArray()).toEqual([0]);
  expect(arena.cString('x', { alignment: 64 }).address % 64n).toBe(0n);
  expect(thrown(() => arena.cString('a\0b'))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  expect(thrown(() => Reflect.apply(arena.cString, arena, [1]))).toMatchObject({ code: 'ERR_INVALID_ARG' });
});

test('a struct has the fields that are given, and zeros', () => {
  using arena = new Arena();
  const { point } = cdef(
    'typedef struct { int x, y; struct { double w[2]; char c; } in; const char *name; } point;',
  );
  const one = arena.struct(point, { x: 1, in: { w: [2, 3] } });
  expect([one.shape, one.get()]).toEqual([[], { x: 1, y: 0, in: { w: [2, 3], c: '\0' }, name: 0n }]);
  expect(arena.struct(point).field('y').get()).toBe(0);
  expect(arena.struct('d', 1.5).get()).toBe(1.5);
  const blocks = memory.stats().blocks;
  expect(thrown(() => arena.struct(point, { z: 1 }))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  expect(thrown(() => arena.struct(point, { x: 2 ** 40 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  expect(thrown(() => arena.struct('T{', {}))).toMatchObject({ code: 'ERR_FORMAT' });
  expect(memory.stats().blocks).toBe(blocks);
});

test('while a part is pinned the arena is not released, and nothing of it changes', () => {
  const arena = new Arena();
  const [first, second] = [arena.allocate(8), arena.allocate(8, { label: 'header' })];
  pinMemory(second, 'borrow');
  expect(thrown(() => arena.release())).toMatchObject({
    name: 'BufferError',
    code: 'ERR_EXPORTED',
    message: 'release: memory "header" of the arena is borrowed (1 borrow); await it first',
  });
  expect([arena.released, first.released, first.buffer.byteLength]).toEqual([false, false, 8]);
  first.borrow(() => 1);
  unpinMemory(second);
  arena.release();
  expect([first.released, second.released]).toEqual([true, true]);
});

test.each([
  [[{ slabBytes: '4096' }], 'ERR_INVALID_ARG'],
  [[{ slabBytes: 1.5 }], 'ERR_INVALID_ARG'],
  [[{ slabBytes: 100 }], 'ERR_OUT_OF_RANGE'],
  [[{ slabBytes: 2 ** 40 }], 'ERR_OUT_OF_RANGE'],
  [[{ slab: 4096 }], 'ERR_INVALID_ARG'],
  [[4096], 'ERR_INVALID_ARG'],
])('new Arena(%o) is %s', (args, code) => {
  expect(thrown(() => Reflect.construct(Arena, args)).code).toBe(code);
});

test.each([
  [[-1], 'ERR_OUT_OF_RANGE'],
  [['8'], 'ERR_INVALID_ARG'],
  [[8, { alignment: 3 }], 'ERR_OUT_OF_RANGE'],
  [[8, { align: 8 }], 'ERR_INVALID_ARG'],
  [[2 ** 53 - 1], 'ERR_OUT_OF_MEMORY'],
])('arena.allocate(%o) is %s', (args, code) => {
  const arena = new Arena();
  expect(thrown(() => Reflect.apply(arena.allocate, arena, args)).code).toBe(code);
  arena.release();
});

test('members refuse a receiver that is no arena', () => {
  for (const receiver of [{}, Object.create(Arena.prototype), new Proxy(new Arena(), {})]) {
    for (const call of [
      () => Reflect.get(Arena.prototype, 'released', receiver),
      () => Reflect.apply(Arena.prototype.allocate, receiver, [1]),
      () => Reflect.apply(Arena.prototype.release, receiver, []),
    ]) {
      expect(thrown(call).code).toBe('ERR_INVALID_ARG');
    }
  }
});

test('an option getter that releases the arena makes the allocation fail, with nothing left over', () => {
  const { blocks } = account.stats().byKind.arena; // what earlier tests dropped and is not collected yet
  const arena = new Arena();
  const options = {
    get alignment() {
      arena.release();
      return 8;
    },
  };
  expect(thrown(() => arena.allocate(8, options)).code).toBe('ERR_RELEASED');
  expect(account.stats().byKind.arena.blocks).toBeLessThanOrEqual(blocks);
});

test('inspect says how much lies in the arena', () => {
  const arena = new Arena();
  arena.allocate(10);
  arena.allocate(20);
  expect(inspect(arena)).toBe('<arena of 2 allocations, 30 bytes>');
  arena.release();
  expect(inspect(arena)).toBe('<released arena>');
});
