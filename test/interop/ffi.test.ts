/** Declarations, pointers and arenas with an FFI (koffi): structs of a C library, its lists, its callbacks. */
import koffi from 'koffi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binding, RESULT } from '../../src/binding.js';
import { Arena, allocate, cdef, formatInfo, wrapPointer, zeros } from '../../src/index.js';
import { copyFrom, read, readString, write } from '../../src/interop/pointer.js';
import { blockOf } from '../../src/memory/native-memory.js';
import { simulated } from '../refusal.js';
import { COMPILING } from './addons.js';
import { loadLibrary, type Native } from './library.js';

const { node } = cdef(`
  typedef struct node {
    struct node *next;
    int value;
    const char *name;
    double weights[3];
  } node;
`);

interface Node {
  next: bigint;
  value: number;
  name: bigint;
  weights: number[];
}

let library: Record<string, Native>;

beforeAll(() => {
  library = loadLibrary('pointers', [
    'intptr_t makeList(int count)',
    'void endList(intptr_t first)',
    'int sumOfValues(intptr_t first)',
    'size_t lengthOf(intptr_t text)',
    'void fillOnThread(intptr_t target, int count)',
  ]);
}, COMPILING);

describe('a list of a C library', () => {
  let first = 0n;

  beforeAll(() => {
    first = BigInt(library.makeList!(10) as number | bigint);
  });

  afterAll(() => {
    library.endList!(first);
  });

  test('is followed from pointer to pointer', () => {
    const values: number[] = [];
    const names: string[] = [];
    for (let at = first; at !== 0n; ) {
      const one = read(at, node) as Node;
      values.push(one.value);
      names.push(readString(one.name));
      expect(one.weights[1]).toBeCloseTo(one.value + 0.1);
      at = one.next;
    }
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(names.slice(0, 3)).toEqual(['even', 'odd', 'even']);
  });

  test('is changed in place', () => {
    const { offset } = formatInfo(node).fields[1]!;
    write(first + BigInt(offset), 'i', 100);
    expect(library.sumOfValues!(first)).toBe(145);
    write(first + BigInt(offset), 'i', 0);
  });
});

test('cdef lays out a struct as koffi does', () => {
  const theirs = koffi.struct('cee_node', {
    next: 'void *',
    value: 'int',
    name: 'const char *',
    weights: koffi.array('double', 3),
  });
  const info = formatInfo(node);
  expect([info.itemsize, info.alignment]).toEqual([koffi.sizeof(theirs), koffi.alignof(theirs)]);
  for (const { name, offset } of info.fields) expect(offset, name).toBe(koffi.offsetof(theirs, name));
});

test('structs and texts of an arena are what a C function takes', () => {
  using arena = new Arena();
  const last = arena.struct(node, { value: 3 });
  const head = arena.struct(node, { value: 4, next: last.address, name: arena.cString('head').address });
  expect(library.sumOfValues!(head.address)).toBe(7);
  expect(Number(library.lengthOf!(arena.cString('grün').address))).toBe(5);
  arena.reset();
  expect(head.released).toBe(true);
});

test.skipIf(simulated)('a thread of the library fills our memory while a borrow keeps it', () => {
  const view = zeros(1000, 'i');
  view.borrow(() => library.fillOnThread!(view.address, 1000));
  expect([view.get(3), view.get(999)]).toEqual([9, 999 * 999]);
});

test('the bytes of a callback are copied out while they are good', () => {
  const kept = allocate(4096);
  const target = kept.view();
  const Call = koffi.proto('void CeeCall(intptr_t bytes, int size)');
  const call = koffi.register((bytes: number | bigint, size: number) => {
    copyFrom(target.slice(`0:${size}`), BigInt(bytes));
  }, koffi.pointer(Call));
  try {
    library.callBack ??= loadLibrary('pointers', ['void callBack(void *call, int size)']).callBack!;
    Reflect.apply(library.callBack!, undefined, [call, 4096]);
    expect([target.get(0), target.get(4095), target.count(0x5a)]).toEqual([0x5a, 0x5a, 4096]);
  } finally {
    koffi.unregister(call);
    kept.release();
  }
});

test('what a release that calls JavaScript writes does not reach the memory that is adopted', async (context) => {
  const { gc } = globalThis;
  if (gc === undefined) return context.skip('the runtime has no gc() to call');
  const call = (name: keyof typeof binding, ...given: readonly unknown[]): unknown =>
    Reflect.apply(binding[name] as (...args: unknown[]) => unknown, binding, given);
  const source = allocate(64);
  const exporter = call('exportView', blockOf(source), 0, 1, 'B', false, new Float64Array([64, 1]));
  const Release = koffi.proto('void CeeRelease(void *data, void *arg)');
  let within = false;
  let releases = 0;
  const release = koffi.register(() => {
    if (within) releases += 1;
    allocate(4096).release();
  }, koffi.pointer(Release));
  // Never unregistered: a block of the last rounds may end later.
  const fn = koffi.address(release);
  // The blocks of dead ArrayBuffers end at the next call that looks for them, which the adoption is now and then.
  for (let i = 0; i < 500 && releases === 0; i++) {
    (() => void wrapPointer(source.address, 32, { release: { fn } }))();
    gc();
    await new Promise((resolve) => setImmediate(resolve));
    within = true;
    const adopted = call('adopt', exporter, 2 ** 31, () => undefined) as [ArrayBuffer];
    within = false;
    expect(binding.results[RESULT.ADDRESS]).toBe(Number(source.address));
    expect(adopted[0].byteLength).toBe(64);
    call('release', binding.results[RESULT.ID]);
  }
  if (releases === 0) context.skip('the runtime ended every block before the adoption');
});
