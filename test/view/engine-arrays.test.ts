/** asTypedArray, asBuffer and asDataView: the same memory as objects of the engine. */
import { describe, expect, it } from 'vitest';
import { allocate, array, memoryview, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

describe('asTypedArray', () => {
  it.each([
    ['b', 'Int8Array'],
    ['B', 'Uint8Array'],
    ['h', 'Int16Array'],
    ['H', 'Uint16Array'],
    ['i', 'Int32Array'],
    ['I', 'Uint32Array'],
    ['l', 'BigInt64Array'],
    ['L', 'BigUint64Array'],
    ['q', 'BigInt64Array'],
    ['Q', 'BigUint64Array'],
    ['n', 'BigInt64Array'],
    ['N', 'BigUint64Array'],
    ['P', 'BigUint64Array'],
    ['f', 'Float32Array'],
    ['d', 'Float64Array'],
  ])('of format %s is a %s over the same memory, flat', (format, name) => {
    const view = zeros([2, 3], format);
    const made = view.asTypedArray();
    expect([made.constructor.name, made.length]).toEqual([name, 6]);
    view.set(1, 2, 7);
    expect(Number(made[5])).toBe(7);
    made[0] = wrong(typeof made[0] === 'bigint' ? 5n : 5);
    expect(Number(view.get(0, 0))).toBe(5);
  });

  it('starts at the first element', () => {
    const view = array([1, 2, 3, 4], 'h').slice('1:3');
    expect([...view.asTypedArray()]).toEqual([2, 3]);
    expect(view.asTypedArray().byteOffset).toBe(2);
    expect(zeros([], 'd').asTypedArray()).toHaveLength(1);
    expect(zeros([0], 'd').asTypedArray()).toHaveLength(0);
  });

  it('is refused where none has the format, or is so aligned', () => {
    const foreign = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? '>' : '<';
    for (const format of [`${foreign}i`, '?', 'c', 'T{i:x:}', 'Zd', '2h', '4s']) {
      expectThrown(() => zeros(2, format).asTypedArray(), 'ERR_UNSUPPORTED');
    }
    expectThrown(
      () => memoryview(new ArrayBuffer(9), { format: 'd', byteOffset: 1 }).asTypedArray(),
      'ERR_NOT_CONTIGUOUS',
      /byte 1/,
    );
  });
});

describe('asBuffer and asDataView', () => {
  it('look at the bytes, whatever the format', () => {
    const view = array([1, 2], '>i');
    expect(view.asBuffer().toString('hex')).toBe('0000000100000002');
    expect(view.asDataView().getInt32(4)).toBe(2);
    view.asBuffer()[0] = 1;
    expect(view.get(0)).toBe(0x01000001);
    expect(array([{ x: 1 }], 'T{B:x:}').asBuffer()).toEqual(Buffer.from([1]));
    expect(memoryview(new ArrayBuffer(9), { format: 'd', byteOffset: 1 }).asDataView().byteOffset).toBe(1);
  });

  it('work over shared memory', () => {
    const shared = new SharedArrayBuffer(4);
    memoryview(shared).asBuffer()[1] = 9;
    expect(new Uint8Array(shared)[1]).toBe(9);
    expect(memoryview(shared).asTypedArray().buffer).toBe(shared);
  });
});

describe.each(['asTypedArray', 'asBuffer', 'asDataView'] as const)('%s', (name) => {
  it('needs C-contiguity', () => {
    expectThrown(() => zeros([2, 3]).T[name](), 'ERR_NOT_CONTIGUOUS', /copy\(\)/);
    expectThrown(() => zeros(4).slice('::2')[name](), 'ERR_NOT_CONTIGUOUS');
    expectThrown(() => zeros(4).slice('::-1')[name](), 'ERR_NOT_CONTIGUOUS');
  });

  it('refuses a read-only view unless it is told otherwise', () => {
    const view = zeros(1, 'B').toReadonly();
    expectThrown(() => view[name](), 'ERR_READONLY', /allowWrites: true/);
    expectThrown(() => view[name]({ allowWrites: false }), 'ERR_READONLY');
    expect(view[name]({ allowWrites: true }).byteLength).toBe(1);
    expectThrown(() => view[name](wrong({ allowWrites: 1 })), 'ERR_INVALID_ARG');
    expectThrown(
      () => view[name](wrong({ allowwrites: true })),
      'ERR_INVALID_ARG',
      /did you mean "allowWrites"\?/,
    );
  });

  it('is emptied when the memory is released', () => {
    const memory = allocate(8);
    const made = memory.view()[name]();
    memory.release();
    if (made instanceof DataView) expect(() => made.getInt8(0)).toThrow(TypeError);
    else expect(made.byteLength).toBe(0);
  });
});

describe('asTypedArray of a type', () => {
  it.each([
    ['B', Uint8ClampedArray],
    ['b', Uint8Array],
    ['?', Uint8Array],
    ['c', Int8Array],
    ['e', Uint16Array],
    ['d', BigUint64Array],
    ['Zf', Float64Array],
    ['T{H:x:H:y:}', Uint32Array],
    ['>i', Int32Array],
  ] as const)('of format %s has elements of its size', (format, type) => {
    const view = zeros([2, 3], format as string);
    const made = view.asTypedArray({ type });
    expect(made).toBeInstanceOf(type);
    expect([made.length, made.byteLength]).toEqual([6, view.nbytes]);
    expect(made.buffer).toBe(view.asBuffer().buffer);
  });

  it('is refused for another size, and for a value that is not a constructor of the engine', () => {
    expectThrown(
      () => zeros(1, 'f').asTypedArray({ type: Float64Array }),
      'ERR_UNSUPPORTED',
      /8 bytes, expected 4/,
    );
    for (const type of [Buffer, Array, class extends Uint8Array {}, 'Uint8Array', null, new Uint8Array(1)]) {
      expectThrown(() => zeros(1, 'B').asTypedArray({ type: wrong(type) }), 'ERR_INVALID_ARG', /type/);
    }
  });

  it('is named by the error of the plain call', () => {
    expectThrown(() => zeros(1, '?').asTypedArray(), 'ERR_UNSUPPORTED', /pass \{ type \} .* itemsize 1$/);
  });
});
