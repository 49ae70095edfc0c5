import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/format/codec.js';
import { hostIsLittleEndian } from '../../src/format/format.js';
import { parseFormat } from '../../src/format/parse.js';
import { formatOfTypedArray, typedArrayOf } from '../../src/format/typed-array.js';

const native = hostIsLittleEndian ? '<' : '>';
const foreign = hostIsLittleEndian ? '>' : '<';
const hasFloat16 = 'Float16Array' in globalThis;

describe('the TypedArray of a format', () => {
  it.each([
    ['b', 'Int8Array'],
    ['B', 'Uint8Array'],
    ['h', 'Int16Array'],
    ['H', 'Uint16Array'],
    ['i', 'Int32Array'],
    ['I', 'Uint32Array'],
    ['l', 'BigInt64Array'],
    ['L', 'BigUint64Array'],
    ['=l', 'Int32Array'],
    ['=L', 'Uint32Array'],
    ['q', 'BigInt64Array'],
    ['Q', 'BigUint64Array'],
    ['n', 'BigInt64Array'],
    ['N', 'BigUint64Array'],
    ['P', 'BigUint64Array'],
    ['f', 'Float32Array'],
    ['d', 'Float64Array'],
    [`${native}d`, 'Float64Array'],
    [`${foreign}B`, 'Uint8Array'],
  ])('of %j is %s', (text, name) => {
    const format = parseFormat(text);
    const kind = typedArrayOf(format);
    expect(kind?.name).toBe(name);
    expect(kind?.bytes).toBe(format.itemsize);
    expect(1 << (kind?.shift ?? 0)).toBe(format.itemsize);
    expect(new (kind?.constructor ?? Array)(new ArrayBuffer(16))[Symbol.toStringTag as never]).toBe(name);
  });

  it.each([[`${foreign}d`], [`${foreign}h`], ['?'], ['c'], ['Zd'], ['dd'], ['1d'], ['T{d}'], ['3s'], ['w']])(
    'is none for %j',
    (text) => {
      expect(typedArrayOf(parseFormat(text))).toBeNull();
    },
  );

  it('of e is Float16Array where the runtime has one', () => {
    expect(typedArrayOf(parseFormat('e'))?.name).toBe(hasFloat16 ? 'Float16Array' : undefined);
  });

  it('reads the same values as the codec does', () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => i * 37 + 5);
    const data = new DataView(bytes.buffer);
    for (const text of [...'bBhHiIlLqQnNPfd']) {
      const format = parseFormat(text);
      const array = new (typedArrayOf(format)!.constructor)(bytes.buffer);
      const { read } = codecOf(format);
      for (let i = 0; i < array.length; i++) expect(read(data, i * format.itemsize)).toBe(array[i]);
    }
  });
});

describe('the format of a TypedArray', () => {
  it.each([
    [new Int8Array(1), 'b'],
    [new Uint8Array(1), 'B'],
    [new Uint8ClampedArray(1), 'B'],
    [Buffer.alloc(1), 'B'],
    [new Int16Array(1), 'h'],
    [new Uint16Array(1), 'H'],
    [new Int32Array(1), 'i'],
    [new Uint32Array(1), 'I'],
    [new BigInt64Array(1), 'q'],
    [new BigUint64Array(1), 'Q'],
    [new Float32Array(1), 'f'],
    [new Float64Array(1), 'd'],
  ])('%s has its own', (array, format) => {
    expect(formatOfTypedArray(array)).toBe(format);
  });

  it('is what the array is, not what it claims to be', () => {
    const array = new Float64Array(1);
    Object.setPrototypeOf(array, Uint8Array.prototype);
    expect(formatOfTypedArray(array)).toBe('d');
  });
});
