/** Every function with every odd value in every argument returns, or throws an error of the library, and nothing crashes. */
import { describe, expect, it } from 'vitest';
import {
  allocate,
  array,
  buffer,
  empty,
  formatInfo,
  fromRecords,
  MemoryView,
  memoryview,
  range,
  struct,
  zeros,
} from '../../src/index.js';
import { codeOf } from './thrown.js';

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
const { proxy: revokedList, revoke: revokeList } = Proxy.revocable([], {});
const { proxy: revokedFunction, revoke: revokeFunction } = Proxy.revocable(() => 1, {});
revoke();
revokeList();
revokeFunction();
const cyclic: unknown[] = [];
cyclic.push(cyclic);

const ODD: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -0,
  1,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 63),
  1n,
  10n ** 400n,
  '',
  'B',
  'd',
  'C',
  '0',
  '::0',
  'T{',
  '\ud800',
  'x'.repeat(10_000),
  '9999999999999999999s',
  Symbol('s'),
  Symbol.iterator,
  () => 1,
  class {},
  {},
  Object.create(null),
  { length: 3 },
  { re: 1n, im: Symbol('s') },
  [],
  [1],
  [-1],
  [1, 2, 3],
  [null, undefined],
  [Symbol('s')],
  [1.5],
  [2 ** 53],
  [10n ** 400n],
  new Array(70).fill(1),
  new Array(2 ** 32 - 1),
  cyclic,
  Buffer.alloc(3),
  new Float64Array(2),
  new DataView(new ArrayBuffer(1)),
  new ArrayBuffer(0),
  memoryview(Buffer.alloc(2)),
  buffer('x'),
  new Date(Number.NaN),
  /x/,
  new Map(),
  Promise.resolve(1),
  new Proxy({}, {}),
  new Proxy([1, 2], {}),
  revoked,
  revokedList,
  revokedFunction,
  globalThis.process,
];

/** Runs a call with one odd value in each place, the others left as they are. */
function withOddValues(call: (...values: unknown[]) => unknown, usual: readonly unknown[]): number {
  let calls = 0;
  const attempt = (values: readonly unknown[]): void => {
    calls++;
    try {
      const made = call(...values);
      // A rejection with an error that is not the library's stays unhandled, and fails the run.
      if (made instanceof Promise) made.catch(codeOf);
    } catch (error) {
      codeOf(error);
    }
  };
  for (const odd of ODD) {
    attempt([odd]);
    for (let place = 0; place < usual.length; place++) attempt(usual.with(place, odd));
    attempt([...usual, odd]);
    attempt([odd, odd, odd]);
  }
  return calls;
}

/** What a call of each method looks like. */
const USUAL: Record<string, readonly unknown[]> = {
  get: [0, 0],
  set: [0, 0, 1],
  slice: [[0, 1], 0],
  field: ['x'],
  cast: ['B', [24], 'C'],
  viewAs: ['B'],
  newByteOrder: ['>'],
  reshape: [[6], 'C'],
  transpose: [1, 0],
  swapAxes: [0, 1],
  moveAxis: [0, 1],
  flip: [0],
  squeeze: [],
  diagonal: [0, 0, 1],
  broadcastTo: [[2, 2, 3]],
  windows: [
    [1, 1],
    [0, 1],
  ],
  asStrided: [[2], [4]],
  copyFrom: [new Int32Array(6), { broadcast: false, convert: false }],
  fill: [1],
  copy: [{ order: 'C' }],
  copyFromAsync: [new Int32Array(6), { broadcast: false, convert: false }],
  copyAsync: [{ order: 'C' }],
  toBytes: ['C'],
  hex: [':', 2],
  decode: ['latin1'],
  equals: [1],
  indexOf: [1, 0],
  includes: [1],
  count: [1],
  asTypedArray: [{ allowWrites: true }],
  asBuffer: [{ allowWrites: true }],
  asDataView: [{ allowWrites: true }],
  toString: [],
};

const FORMATS = ['i', '?', '3s', 'Zd', 'T{h:x:(2)b:y:}', 'O'];

describe('odd arguments', () => {
  const methods = Reflect.ownKeys(MemoryView.prototype).filter(
    (name): name is string =>
      typeof name === 'string' &&
      // What borrow throws is its function's own; share and release take nothing; a string or a number is a file that the other two open.
      !['constructor', 'borrow', 'share', 'release', 'readFrom', 'writeTo'].includes(name) &&
      typeof Object.getOwnPropertyDescriptor(MemoryView.prototype, name)!.value === 'function',
  );

  it.each(methods)(
    'of %s make errors of the library’s or none',
    (name) => {
      const usual = USUAL[name] ?? [];
      for (const format of FORMATS) {
        for (const shape of [[2, 3], [3], []]) {
          const view = zeros(shape, format);
          const calls = withOddValues((...values) => {
            const made: unknown = Reflect.apply(Reflect.get(view, name) as () => unknown, view, values);
            // Whatever view came out of it can be looked at.
            if (made instanceof MemoryView && made.nbytes < 1000) made.toBytes();
            return made;
          }, usual);
          expect(calls).toBeGreaterThan(100);
          expect(view.obj).toBeTypeOf('object');
        }
      }
    },
    60_000,
  );

  it.each([
    ['memoryview', memoryview, [Buffer.alloc(8), { format: 'B' }]],
    ['zeros', zeros, [2, 'd', {}]],
    ['empty', empty, [2, 'd', {}]],
    ['array', array, [[1], 'd', {}]],
    ['fromRecords', fromRecords, [zeros(2, 'T{i:x:}'), { fields: ['x'] }]],
    ['allocate', allocate, [1, {}]],
    ['buffer', buffer, ['x', 0, 1]],
    ['range', range, [0, 1, 1]],
    ['formatInfo', formatInfo, ['B']],
  ] as const)('of the function %s make errors of the library’s or none', (_, call, usual) => {
    expect(withOddValues((...values) => Reflect.apply(call, undefined, values), usual)).toBeGreaterThan(100);
  });

  it.each(Object.keys(struct) as (keyof typeof struct)[])(
    'of struct.%s make coded errors or none',
    (name) => {
      const usual = name.startsWith('pack') ? ['2h', 1, 2] : ['2h', Buffer.alloc(4), 0, 1, 2];
      const call = struct[name] as (...values: unknown[]) => unknown;
      expect(withOddValues(call, usual)).toBeGreaterThan(100);
      if (name === 'packInto')
        expect(withOddValues(call, ['2h', Buffer.alloc(8), 0, 1, 2])).toBeGreaterThan(100);
    },
  );

  it.each(['get', 'slice', 'equals', 'toString'] as const)(
    'of PyBuffer.%s make coded errors or none',
    (name) => {
      const window = buffer('text');
      const call = (...values: unknown[]): unknown =>
        Reflect.apply(window[name] as (...values: unknown[]) => unknown, window, values);
      expect(withOddValues(call, [0, 1])).toBeGreaterThan(100);
    },
  );

  it.each(['layout', 'options', 'copy'] as const)('as options (%s) make coded errors or none', (kind) => {
    const names = {
      layout: ['format', 'shape', 'strides', 'byteOffset', 'readonly'],
      options: ['alignment', 'label'],
      copy: ['broadcast', 'convert'],
    }[kind];
    const target = array([1, 2], 'i');
    for (const name of names) {
      withOddValues((value) => {
        const options: object = { [name]: value };
        if (kind === 'layout') memoryview(Buffer.alloc(8), { shape: [1], ...options });
        else if (kind === 'options') zeros(1, 'd', options);
        else target.copyFrom(target, options);
      }, []);
    }
    expect(allocate(1).nbytes).toBe(1);
  });
});
