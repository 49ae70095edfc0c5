/** The addon's functions, called past the TypeScript that checks arguments: whatever they get, they answer a status or throw, and never crash. */
import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { binding, RESULT, STATUS } from '../../src/binding.js';
import { memory as account } from '../../src/memory/accounting.js';
import { allocate } from '../../src/memory/allocate.js';
import { hasExternal } from '../../src/memory/external.js';
import { blockOf } from '../../src/memory/native-memory.js';

/** Functions of one name by any arguments. */
const call = (name: keyof typeof binding, ...given: readonly unknown[]): unknown =>
  Reflect.apply(binding[name] as (...args: unknown[]) => unknown, binding, given);

test('an external of another type is no exporter', (context) => {
  if (!hasExternal) context.skip('native code can’t hold the engine’s memory');
  const memory = allocate(64);
  const exporter = call('exportView', blockOf(memory), 0, 1, 'B', false, new Float64Array([64, 1]));
  expect(typeof exporter).toBe('object');
  expect(call('exportTensor', call('takeStream', 0n), false)).toBeInstanceOf(Array);
  expect(call('nextArray', exporter)).toBe(STATUS.BAD_ARGUMENT);
  expect(call('takeTensor', exporter)).toBe(STATUS.BAD_ARGUMENT);
});

test('only a slab has parts, and only those that were taken', (context) => {
  if (!hasExternal) context.skip('arenas use slabs only over native memory');
  const id = blockOf(allocate(64));
  for (const given of [id, id + 1, 2 ** 52 + 10_000]) {
    expect(call('makePart', given, 0, undefined)).toBe(STATUS.OUT_OF_MEMORY);
    for (const name of ['renewSlab', 'partsOf'] as const) {
      expect([STATUS.UNKNOWN, STATUS.BAD_ARGUMENT]).toContain(call(name, given));
    }
  }
  expect(call('makeSlab', 4096, 3)).toBe(STATUS.BAD_ARGUMENT);
  const buffer = call('makeSlab', 4096, 64);
  const slab = binding.results[RESULT.ID];
  expect(call('partsOf', slab)).toEqual([]);
  for (const index of [0, 1, 10 ** 9, 2 ** 52]) {
    expect(call('makePart', slab, index, undefined)).toBe(STATUS.OUT_OF_MEMORY);
  }
  // A record that nothing sensible was written to.
  const end = (buffer as ArrayBuffer).byteLength - 64;
  new Float64Array(buffer as ArrayBuffer, end, 2).set([3, 5]);
  new Uint32Array(buffer as ArrayBuffer, 0, end / 4).fill(0xffff_fff0, end / 4 - 15);
  expect(call('makePart', slab, 0, undefined)).toBe(STATUS.OUT_OF_MEMORY);
  new Float64Array(buffer as ArrayBuffer, end, 2).set([Number.NaN, -1]);
  expect(call('partsOf', slab)).toEqual([]);
  new Float64Array(buffer as ArrayBuffer, end, 2).set([0, 0]);
  expect(call('renewSlab', slab)).toBeInstanceOf(ArrayBuffer);
  expect((buffer as ArrayBuffer).byteLength).toBe(0);
  expect(call('releaseAll', [slab])).toBe(STATUS.OK);
  expect(call('renewSlab', slab)).toBe(STATUS.UNKNOWN);
});

test('work that is refused leaves no promise behind', (context) => {
  if (!hasExternal) context.skip('the engine’s memory is copied on the calling thread');
  const refused = (): void => {
    expect(call('copyItemsLater', new Uint8Array(8), 0, new Uint8Array(8), 0)).not.toBeInstanceOf(Promise);
    expect(call('transferLater', new Uint8Array(8), 0, 0, 0, 0, 0, false)).not.toBeInstanceOf(Promise);
    expect(call('flushAsync', 0)).toBe(STATUS.UNKNOWN);
  };
  refused();
  const handles = (): number => getHeapStatistics().used_global_handles_size;
  const before = handles();
  for (let i = 0; i < 2000; i++) refused();
  // The engine keeps each promise that it could still be asked to settle: 2,000 take some 100 kB.
  expect(handles() - before).toBeLessThan(32 * 1024);
});

test('memory of the engine’s is of no kind that has a file or a deleter', () => {
  for (const kind of [1, 2, 3, 5, -1, 0.5, Number.NaN]) {
    expect(call('enrol', new ArrayBuffer(8), kind, undefined)).toBe(STATUS.BAD_ARGUMENT);
  }
});

test('a block that is named twice is released once', () => {
  const { blocks } = account.stats();
  const ids = [allocate(64), allocate(64)].map(blockOf);
  expect(call('releaseAll', [...ids, ...ids, ids[0]])).toBe(STATUS.OK);
  expect(account.stats().blocks).toBe(blocks);
  expect(call('release', ids[0])).toBe(STATUS.UNKNOWN);
});

test('a getter of the list that releases a block changes nothing for the others', () => {
  const memories = [allocate(64), allocate(64)];
  const ids: unknown[] = memories.map(blockOf);
  Object.defineProperty(ids, 2, {
    get() {
      memories[0]!.release();
      return 'no id';
    },
  });
  expect(call('releaseAll', ids)).toBe(STATUS.OK);
  expect(memories.map(({ released }) => released)).toEqual([true, true]);
});

test('random arguments never crash', () => {
  /** Takes addresses, or descriptors that may be the test runner's own. */
  const skipped =
    /^(wrapPointer|sharedClose|describeArray|takeArray|adoptTensor|takeStream|releaseArray|set\w+|sharedUnlinkOwned|peek\w*|poke|copy(From|To)Address|openStream|releaseStream|renameColumn|mapFile|shared\w+|sealedOpen|transferLater|moveBytes|reclaim)$/;
  const names = Object.keys(binding).filter(
    (name) => typeof Reflect.get(binding, name) === 'function' && !skipped.test(name),
  ) as (keyof typeof binding)[];
  expect(names.length).toBeGreaterThan(20);
  let seed = 20261128;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % below;
  };
  const memory = allocate(64);
  const id = blockOf(memory);
  const arena = call('makeSlab', 4096, 64);
  const throwing = new Proxy({}, { get: () => expect.unreachable('a trap ran, which may throw') });
  const values = [
    ...[undefined, null, 0, -1, 1.5, Number.NaN, 2 ** 53, id, -0, true, false, 'x', '', 'y'.repeat(1000)],
    ...[{}, [], [id, id], [Number.NaN, {}], () => 1, Symbol('a'), 1n, -1n, 2n ** 70n, memory.buffer, arena],
    ...[new ArrayBuffer(8), new SharedArrayBuffer(8), new Uint8Array(8), new Float64Array([2, 3, 8, 8])],
    ...[new DataView(new ArrayBuffer(4)), throwing, new Float64Array(3), Buffer.from('a')],
  ];
  for (let i = 0; i < 20_000; i++) {
    const given = Array.from({ length: random(9) }, () => values[random(values.length)]);
    const at = random(binding.layouts.length);
    binding.layouts[at] = [0, 1, 2, 8, -1, Number.NaN, 1e300, 64, 65][random(9)]!;
    try {
      const answer = call(names[random(names.length)]!, ...given);
      if (answer instanceof Promise) answer.catch(() => {});
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }
  binding.layouts.fill(0);
  const after = allocate(8);
  expect(after.nbytes).toBe(8);
  expect(binding.results[RESULT.PINS]).toBeDefined();
  after.release();
});
