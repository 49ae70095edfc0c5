/** Arenas: places in slabs, one end for all, and the memory that stays while a part is held. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { on } from 'node:events';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { binding } from '../../src/binding.js';
import { Arena, attach, buffer, cdef, type MemoryView, memory, memoryview } from '../../src/index.js';
import { memory as account } from '../../src/memory/accounting.js';
import { hasExternal } from '../../src/memory/external.js';
import { NativeMemory, pinMemory, unpinMemory } from '../../src/memory/native-memory.js';
import { simulated } from '../refusal.js';
import { settle } from '../settle.js';
import { thrown } from './thrown.js';

const guarded = process.env.MEMORYVIEW_GUARD === '1';

test('allocations lie beside each other, aligned and zeroed', () => {
  const arena = new Arena({ slabBytes: 1 << 16 });
  const parts = [10, 0, 100, 64, 1, 4096].map((nbytes) => arena.allocate(nbytes, { alignment: 64 }));
  const places = parts.map(({ address }) => address);
  expect(new Set(places).size).toBe(parts.length);
  // The engine chooses the address of its own memory.
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

test('one release ends everything, empty memory too, and nothing can be allocated after it', () => {
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

test('parts have one ArrayBuffer over their slab, which no array over a part shows', (context) => {
  if (!hasExternal || guarded) context.skip('arenas use slabs only over native memory without guards');
  using arena = new Arena();
  const made = vi.spyOn(binding, 'makePart');
  const parts = [1, 2, 3].map((value) => {
    const view = arena.zeros(8, 'B');
    view.fill(value);
    return view;
  });
  const record = arena.struct('T{i:x:d:y:}', { x: 1, y: 2 });
  expect(parts.map((view) => view.byteOffset)).toEqual([0, 0, 0]);
  expect(parts.map((view) => Number(view.address - parts[0]!.address))).toEqual([0, 64, 128]);
  expect([parts[1]!.toArray(), record.get()]).toEqual([Array(8).fill(2), { x: 1, y: 2 }]);
  expect(parts[1]!.slice('::-2').copy().toArray()).toEqual([2, 2, 2, 2]);
  parts[0]!.copyFrom(parts[2]!);
  expect([parts[0]!.equals(parts[2]!), memoryview(parts[1]!).length]).toEqual([true, 8]);
  expect(made).not.toHaveBeenCalled();
  const middle = parts[1]!.slice('2:6');
  for (const bytes of [middle.asBuffer(), middle.asTypedArray(), middle.asDataView()]) {
    expect([bytes.byteOffset, bytes.byteLength, bytes.buffer.byteLength]).toEqual([2, 4, 8]);
    expect(memoryview(bytes).address).toBe(middle.address);
  }
  expect(made).toHaveBeenCalledTimes(1);
  made.mockRestore();
  middle.asTypedArray()[0] = 9;
  expect([parts[1]!.get(2), memoryview(new Uint8Array(middle.asBuffer().buffer)).get(2)]).toEqual([9, 9]);
});

test('memory of an arena stays there when other code moves its ArrayBuffer, until the arena ends', async (context) => {
  if (!hasExternal || guarded) context.skip('arenas use slabs only over native memory without guards');
  const arena = new Arena();
  const [first, second] = [arena.allocate(64), arena.allocate(64)];
  const seen = first.view();
  const window = buffer(new Uint8Array(first.buffer));
  second.view().fill(7);
  const moved = structuredClone(first.buffer, { transfer: [] });
  expect(moved.byteLength).toBe(64);
  const transfer: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
  if (typeof transfer === 'function') {
    const taken = Reflect.apply(transfer, first.buffer, []) as ArrayBuffer;
    new Uint8Array(taken).fill(5);
    expect([first.released, seen.released, seen.get(63), first.view().get(63)]).toEqual([false, false, 5, 5]);
    expect([first.borrow(({ address }) => address), first.buffer.byteLength]).toEqual([seen.address, 0]);
    const needs = [
      () => window.get(0),
      () => String(window),
      () => first.lend(),
      () => seen.asBuffer(),
      () => seen.asTypedArray(),
      () => seen.asDataView(),
      () => memoryview(first.buffer),
    ];
    for (const call of needs) expect(thrown(call).code).toBe('ERR_RELEASED');
    const later = await seen.copyAsync().catch((error: unknown) => error);
    expect(later).toMatchObject({ code: 'ERR_RELEASED' });
    arena.release();
    expect([new Uint8Array(taken)[63], first.released, seen.released, second.released]).toEqual([
      5,
      true,
      true,
      true,
    ]);
    expect(thrown(() => seen.get(63)).code).toBe('ERR_RELEASED');
  }
  arena.release();
});

test('a reset starts over on the same pages, if no other code has some of them', (context) => {
  if (!hasExternal || guarded) context.skip('arenas use slabs only over native memory without guards');
  using arena = new Arena({ slabBytes: 4096 });
  // A slab whose parts are all garbage may end before the reset.
  let views: MemoryView[] = [];
  const places = (): bigint[] => {
    views = Array.from({ length: 200 }, () => arena.zeros(4, 'q'));
    return views.map(({ address }) => address);
  };
  const first = places();
  arena.reset();
  expect(places()).toEqual(first);
  arena.reset();
  const view = arena.zeros(4, 'q');
  expect([view.address, view.toArray()]).toEqual([first[0], [0n, 0n, 0n, 0n]]);
  view.fill(1n);
  // A reset keeps the pages of the round that it ends.
  arena.reset();
  expect([arena.zeros(4, 'q').address, arena.zeros(4, 'q').toArray()]).toEqual([first[0], [0n, 0n, 0n, 0n]]);
  // Code that keeps an array may be in the middle of reading it.
  const array = arena.zeros(4, 'q').asTypedArray();
  arena.reset();
  expect(array.length).toBe(0);
  const stale = new Set(first);
  const later = places();
  expect(later.some((place) => !stale.has(place))).toBe(true);
  expect(new Set(later).size).toBe(200);
});

test('the memory of a view that an arena made is one object, whenever it is asked for', () => {
  const arena = new Arena();
  for (const view of [arena.zeros(4, 'i'), arena.zeros(4, 'i'), arena.array([1, 2, 3, 4], 'i')]) {
    const part = view.slice('1:');
    const memory = part.obj;
    if (!(memory instanceof NativeMemory)) throw memory;
    expect(view.obj).toBe(memory);
    expect([memory.nbytes, memory.address, memory.kind]).toEqual([16, view.address, 'arena']);
    expect(memory.view().obj).toBe(memory);
    memory.view('i').set(1, 7);
    expect(part.get(0)).toBe(7);
  }
  const [kept, unasked] = [arena.zeros(1), arena.zeros(1)];
  const memory = kept.obj as NativeMemory;
  arena.release();
  expect(memory.released).toBe(true);
  for (const view of [kept, unasked]) expect(thrown(() => view.obj).code).toBe('ERR_RELEASED');
});

test('a reset and a release end at once the memory that the program has dropped', (context) => {
  if (!hasExternal) context.skip('the engine frees dropped memory itself');
  const { blocks, bytes } = account.stats();
  const arena = new Arena();
  for (let round = 0; round < 3; round++) {
    // More than the first slab holds, whose ArrayBuffer is garbage then.
    for (let i = 0; i < 300; i++) arena.allocate(12);
    globalThis.gc!();
    if (round < 2) arena.reset();
    else arena.release();
    expect(account.stats()).toMatchObject({ blocks, bytes });
  }
});

test('a view of before a reset reaches none of the memory of after it', () => {
  using arena = new Arena();
  const record = arena.struct('T{i:x:}', { x: 1 });
  const [empty, doubles] = [arena.zeros(0), arena.zeros([2, 3])];
  const part = doubles.slice('1, ::2');
  const iterator = arena.zeros(3)[Symbol.iterator]();
  iterator.next();
  arena.reset();
  const now = arena.zeros([2, 3]);
  now.fill(5);
  for (const view of [record, empty, doubles, part]) {
    expect(view.released).toBe(true);
    for (const call of [() => view.get(), () => view.toArray(), () => view.fill(1), () => view.asBuffer()]) {
      expect(thrown(call).code).toBe('ERR_RELEASED');
    }
  }
  expect(thrown(() => doubles.get(0, 0)).code).toBe('ERR_RELEASED');
  expect(thrown(() => doubles.set(0, 0, 1)).code).toBe('ERR_RELEASED');
  expect(thrown(() => iterator.next()).code).toBe('ERR_RELEASED');
  expect(now.toArray()).toEqual([
    [5, 5, 5],
    [5, 5, 5],
  ]);
});

test('each part is counted and listed, and keeps its number when other code gets it', () => {
  memory.reclaim();
  using arena = new Arena({ slabBytes: 4096 });
  const before = memory.stats();
  const known = new Set(memory.snapshot().map(({ id }) => id));
  const mine = () => memory.snapshot().filter(({ id }) => !known.has(id));
  const parts = Array.from({ length: 150 }, (_, i) => arena.allocate(i));
  parts.push(arena.allocate(10, { label: 'named' }), arena.allocate(9000));
  const nbytes = parts.reduce((sum, part) => sum + part.nbytes, 0);
  const now = memory.stats();
  expect([now.blocks - before.blocks, now.bytes - before.bytes]).toEqual([152, nbytes]);
  expect([now.allocated - before.allocated, now.released - before.released]).toEqual([152, 0]);
  expect(now.peakBytes).toBeGreaterThanOrEqual(now.bytes);
  const listed = mine();
  expect(listed.map((block) => block.nbytes)).toEqual(parts.map((part) => part.nbytes));
  expect(listed.map(({ kind }) => kind)).toEqual(Array(152).fill('arena'));
  expect(listed.map(({ label }) => label).filter(Boolean)).toEqual(['named']);
  expect(listed.every(({ age }) => age >= 0 && age < 60_000)).toBe(true);
  parts[20]!.borrow(() => {
    expect(memory.stats().pinned - before.pinned).toBe(1);
    const held = mine();
    expect(held.map(({ id }) => id)).toEqual(listed.map(({ id }) => id));
    expect(held[20]).toMatchObject({ nbytes: 20, pins: 1, holders: { borrow: 1 } });
  });
  expect(inspect(arena)).toBe(`<arena of 152 allocations, ${nbytes} bytes>`);
  arena.reset();
  const after = memory.stats();
  expect([after.blocks, after.bytes, after.released - before.released]).toEqual([
    before.blocks,
    before.bytes,
    152,
  ]);
  expect(mine()).toEqual([]);
});

test('another thread sees the counts of each step, and the parts of a thread that ended are gone', async (context) => {
  if (memory.engine === 'javascript') context.skip('without the addon each thread counts its own memory');
  // Memory that earlier tests dropped is collected first; collected later, it would lessen the counts.
  await settle();
  const { blocks, bytes } = memory.stats().byKind.arena;
  const worker = new Worker(new URL('../lifetime/scenarios/arena-worker.mjs', import.meta.url), {});
  const seen: number[][] = [];
  for await (const [step] of on(worker, 'message')) {
    const now = memory.stats().byKind.arena;
    seen.push([now.blocks - blocks, now.bytes - bytes]);
    if (step === 'end') break;
    worker.postMessage(step);
  }
  await worker.terminate();
  expect(seen).toEqual([
    [1, 64],
    [2, 164],
    [302, 1064],
    [0, 0],
    [1, 8],
  ]);
  // Deno ends the thread's environment after it has told of its end.
  const after = (): number[] => [memory.stats().byKind.arena.blocks, memory.stats().byKind.arena.bytes];
  await expect.poll(after, { timeout: 10_000 }).toEqual([blocks, bytes]);
});

test('a part travels to another thread by itself, and its bytes outlive the arena', async (context) => {
  if (!hasExternal) context.skip('the engine’s memory can’t leave its thread');
  const arena = new Arena();
  arena.zeros(3, 'i').fill(1);
  const view = arena.array([1, 2, 3, 4], 'i');
  const handle = view.slice('1:').share();
  expect(handle.layout.byteOffset).toBe(4);
  const attached = attach(handle);
  expect([attached.toArray(), attached.address - view.address]).toEqual([[2, 3, 4], 4n]);
  const kept = view.share();
  arena.release();
  expect([view.released, attached.released]).toEqual([true, true]);
  expect(attach(kept).toArray()).toEqual([1, 2, 3, 4]);
});

test('work off the thread pins its part, and ends before the arena', async (context) => {
  if (!hasExternal) context.skip('the engine’s memory is copied on the calling thread');
  const arena = new Arena();
  arena.allocate(64);
  const target = arena.zeros([40, 50], 'i');
  const source = arena.array(
    Array.from({ length: 2000 }, (_, i) => i),
    'i',
  );
  const copying = target.copyFromAsync(source.reshape([40, 50]));
  expect(thrown(() => arena.reset()).code).toBe('ERR_EXPORTED');
  expect(thrown(() => arena.release()).code).toBe('ERR_EXPORTED');
  await copying;
  expect(target.get(39, 49)).toBe(1999);
  arena.release();
});

test('diagnostics channels tell of parts that were made before they were listened to', () => {
  using arena = new Arena();
  arena.allocate(11);
  const heard: unknown[] = [];
  const listen = (message: unknown): unknown => heard.push(message);
  subscribe('memoryview:release', listen);
  arena.allocate(12);
  arena.reset();
  unsubscribe('memoryview:release', listen);
  expect(heard).toHaveLength(2);
  for (const nbytes of [11, 12]) {
    expect(heard).toContainEqual(expect.objectContaining({ nbytes, kind: 'arena', cause: 'release' }));
  }
});

test('a size of another kind is refused with a code, also once there is a slab', () => {
  using arena = new Arena();
  arena.allocate(64);
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const ends = { valueOf: () => arena.reset() };
  for (const size of [Symbol('64'), '64', revoked.proxy, ends, null, undefined, [64]]) {
    expect(thrown(() => Reflect.apply(arena.allocate, arena, [size]))).toMatchObject({
      code: 'ERR_INVALID_ARG',
    });
  }
  expect(Reflect.apply(arena.allocate, arena, [64n])).toMatchObject({ nbytes: 64 });
  for (const size of [1.5, Number.NaN, Infinity]) {
    expect(thrown(() => arena.allocate(size))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  }
  expect(thrown(() => arena.allocate(-1))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
});
