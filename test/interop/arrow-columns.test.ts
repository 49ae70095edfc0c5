/** Columns that were laid out by hand after the specification: every type by value, and what hostile structs answer. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ArrowDecimal } from '../../src/interop/arrow.js';
import { COMPILING } from './addons.js';
import {
  arrows,
  bits,
  bytes,
  imported,
  ints,
  type Made,
  metadata,
  packed,
  record,
  texts,
} from './arrow-kit.js';

beforeAll(() => {
  arrows();
}, COMPILING);

describe('a column of no elements', () => {
  const DANGLING = 64n;

  test.each([
    ['utf8', 'u', [0n, packed('i', [123]), DANGLING], []],
    ['binary', 'z', [0n, packed('i', [-5]), DANGLING], []],
    ['large utf8', 'U', [0n, DANGLING, DANGLING], []],
    ['large binary', 'Z', [DANGLING, 0n, 0n], []],
    ['int32', 'i', [DANGLING, DANGLING], []],
    ['boolean', 'b', [DANGLING, DANGLING], []],
    ['list', '+l', [DANGLING, packed('i', [99])], [ints([1, 2])]],
    ['fixed-size list', '+w:3', [DANGLING], [{ format: 'i', length: 0, buffers: [DANGLING, DANGLING] }]],
    ['struct', '+s', [DANGLING], [{ format: 'i', length: 0, buffers: [DANGLING, DANGLING] }]],
  ])('of %s has no bytes, whatever its buffers say', (_, format, buffers, children) => {
    const column = imported({ format, length: 0, buffers, children });
    expect(column.toArray()).toEqual([]);
    expect(column.nullCount).toBe(0);
    if (column.data !== null) expect(column.data.nbytes).toBe(0);
    if (column.offsets !== null) expect(column.offsets.nbytes).toBe(0);
    column.release();
  });
});

describe('a struct with two fields of one name', () => {
  test('keeps both, as pairs', () => {
    const column = imported(record([ints([1], { name: 'id' }), texts(['x'], { name: 'id' })], 1));
    expect(column.toArray()).toEqual([
      [
        ['id', 1],
        ['id', 'x'],
      ],
    ]);
    column.release();
  });

  test('keeps a field that is called __proto__', () => {
    const column = imported(record([ints([1], { name: '__proto__' })], 1));
    expect(Object.entries(column.toArray()[0] as object)).toEqual([['__proto__', 1]]);
    column.release();
  });
});

const HALF = [0x3c00, 0xc000];
const inline = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length, 0, 0, 0]), Buffer.alloc(12, text.padEnd(12, '\0'))]);
const far = (length: number, prefix: string, buffer: number, offset: number): Buffer => {
  const view = Buffer.alloc(16);
  view.writeInt32LE(length, 0);
  view.write(prefix, 4);
  view.writeInt32LE(buffer, 8);
  view.writeInt32LE(offset, 12);
  return view;
};
const two = (format: string, code: string, values: readonly unknown[]): Made => ({
  format,
  length: 2,
  buffers: [0n, packed(code, values)],
});
const wide = (value: bigint, bytesWide: number): Buffer => {
  const hex = BigInt.asUintN(bytesWide * 8, value)
    .toString(16)
    .padStart(bytesWide * 2, '0');
  return Buffer.from(hex, 'hex').reverse();
};
const decimals = (format: string, width: number, values: readonly bigint[]): Made => ({
  format,
  length: values.length,
  buffers: [0n, bytes(Buffer.concat(values.map((value) => wide(value, width))))],
});
const plain = (value: unknown): unknown => {
  if (value instanceof ArrowDecimal) return value.toString();
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

/** Each type of the specification: what is laid out, and its elements. */
const TYPES: readonly (readonly [string, Made, readonly unknown[]])[] = [
  ['null', { format: 'n', length: 2, buffers: [] }, [null, null]],
  ['boolean', { format: 'b', length: 3, buffers: [bits('101'), bits('110')] }, [true, null, false]],
  ['int8', two('c', 'b', [-1, 2]), [-1, 2]],
  ['uint8', two('C', 'B', [255, 2]), [255, 2]],
  ['int16', two('s', 'h', [-1, 2]), [-1, 2]],
  ['uint16', two('S', 'H', [65535, 2]), [65535, 2]],
  ['int32', ints([-1, 2]), [-1, 2]],
  ['uint32', two('I', 'I', [4294967295, 2]), [4294967295, 2]],
  ['int64', two('l', 'q', [-1n, 2n]), [-1n, 2n]],
  ['uint64', two('L', 'Q', [2n ** 64n - 1n, 2n]), [2n ** 64n - 1n, 2n]],
  ['float16', two('e', 'H', HALF), [1, -2]],
  ['float32', two('f', 'f', [0.5, -2]), [0.5, -2]],
  ['float64', two('g', 'd', [0.1, -2]), [0.1, -2]],
  ['decimal32', decimals('d:9,2,32', 4, [12345n, -5n]), ['123.45', '-0.05']],
  ['decimal64', decimals('d:18,0,64', 8, [12345n, -5n]), ['12345', '-5']],
  ['decimal128', decimals('d:38,3', 16, [10n ** 37n, -1n]), [`${10n ** 34n}.000`, '-0.001']],
  ['decimal256', decimals('d:76,-2,256', 32, [-(10n ** 75n), 7n]), [`-${10n ** 75n}e2`, '7e2']],
  ['utf8', texts(['a', 'déjà']), ['a', 'déjà']],
  [
    'large utf8',
    {
      ...texts(['ab']),
      format: 'U',
      length: 1,
      buffers: [0n, packed('q', [0n, 2n]), bytes(Buffer.from('ab'))],
    },
    ['ab'],
  ],
  ['binary', { ...texts(['ab']), format: 'z' }, ['ab']],
  [
    'large binary',
    { format: 'Z', length: 1, buffers: [0n, packed('q', [0n, 2n]), bytes(Buffer.from('ab'))] },
    ['ab'],
  ],
  [
    'utf8 view',
    {
      format: 'vu',
      length: 3,
      buffers: [
        bits('111'),
        bytes(Buffer.concat([inline('short'), far(14, 'a lo', 0, 2), inline('')])),
        bytes(Buffer.from('..a long string')),
        packed('q', [16n]),
      ],
    },
    ['short', 'a long string'.padEnd(14, '\0').slice(0, 13) === 'a long string' ? 'a long string\0' : '', ''],
  ],
  ['binary view', { format: 'vz', length: 1, buffers: [0n, bytes(inline('raw')), 0n] }, ['raw']],
  ['fixed binary', { format: 'w:3', length: 2, buffers: [0n, bytes(Buffer.from('abcdef'))] }, ['abc', 'def']],
  ['fixed binary of no bytes', { format: 'w:0', length: 2, buffers: [bits('10'), 0n] }, ['', null]],
  ['date in days', two('tdD', 'i', [1, 2]), [1, 2]],
  ['date in milliseconds', two('tdm', 'q', [1n, 2n]), [1n, 2n]],
  ['time in seconds', two('tts', 'i', [1, 2]), [1, 2]],
  ['time in milliseconds', two('ttm', 'i', [1, 2]), [1, 2]],
  ['time in microseconds', two('ttu', 'q', [1n, 2n]), [1n, 2n]],
  ['time in nanoseconds', two('ttn', 'q', [1n, 2n]), [1n, 2n]],
  ['timestamp', two('tsn:', 'q', [1n, 2n]), [1n, 2n]],
  ['timestamp with a zone', two('tsu:Europe/Berlin', 'q', [1n, 2n]), [1n, 2n]],
  ['duration', two('tDm', 'q', [1n, 2n]), [1n, 2n]],
  ['interval in months', two('tiM', 'i', [1, 2]), [1, 2]],
  [
    'interval in days',
    { format: 'tiD', length: 1, buffers: [0n, packed('i', [1, 2])] },
    [{ days: 1, milliseconds: 2 }],
  ],
  [
    'interval in all',
    {
      format: 'tin',
      length: 1,
      buffers: [0n, bytes(Buffer.concat([wide(1n, 4), wide(-2n, 4), wide(3n, 8)]))],
    },
    [{ months: 1, days: -2, nanoseconds: 3n }],
  ],
  [
    'list',
    {
      format: '+l',
      length: 3,
      buffers: [bits('101'), packed('i', [0, 2, 2, 3])],
      children: [ints([1, 2, 3])],
    },
    [[1, 2], null, [3]],
  ],
  [
    'large list',
    { format: '+L', length: 1, buffers: [0n, packed('q', [1n, 3n])], children: [ints([1, 2, 3])] },
    [[2, 3]],
  ],
  [
    'list view',
    {
      format: '+vl',
      length: 2,
      buffers: [0n, packed('i', [1, 0]), packed('i', [2, 2])],
      children: [ints([1, 2, 3])],
    },
    [
      [2, 3],
      [1, 2],
    ],
  ],
  [
    'large list view',
    {
      format: '+vL',
      length: 1,
      buffers: [0n, packed('q', [0n]), packed('q', [1n])],
      children: [ints([1, 2])],
    },
    [[1]],
  ],
  [
    'fixed-size list',
    { format: '+w:2', length: 2, buffers: [bits('01')], children: [ints([1, 2, 3, 4])] },
    [null, [3, 4]],
  ],
  [
    'fixed-size list of nothing',
    { format: '+w:0', length: 2, buffers: [0n], children: [ints([])] },
    [[], []],
  ],
  [
    'struct',
    record([ints([1, 2], { name: 'a' }), texts(['x', 'y'], { name: 'b' })], 2, { buffers: [bits('10')] }),
    [{ a: 1, b: 'x' }, null],
  ],
  [
    'map',
    {
      format: '+m',
      length: 2,
      buffers: [0n, packed('i', [0, 2, 3])],
      children: [record([ints([1, 1, 2], { name: 'key' }), texts(['x', 'y', 'z'], { name: 'value' })], 3)],
    },
    [
      [
        [1, 'x'],
        [1, 'y'],
      ],
      [[2, 'z']],
    ],
  ],
  [
    'dense union',
    {
      format: '+ud:5,7',
      length: 3,
      buffers: [packed('b', [7, 5, 7]), packed('i', [1, 0, 0])],
      children: [ints([4]), texts(['x', 'y'])],
    },
    ['y', 4, 'x'],
  ],
  [
    'sparse union',
    {
      format: '+us:0,1',
      length: 2,
      buffers: [packed('b', [1, 0])],
      children: [ints([4, 5]), texts(['x', 'y'])],
    },
    ['x', 5],
  ],
  [
    'dictionary',
    ints([1, 0, 1], { buffers: [bits('110'), packed('i', [1, 0, 9])], dictionary: texts(['a', 'b']) }),
    ['b', 'a', null],
  ],
  [
    'runs',
    { format: '+r', length: 5, offset: 1, buffers: [], children: [ints([2, 5, 9]), texts(['a', 'b', 'c'])] },
    ['a', 'b', 'b', 'b', 'c'],
  ],
];

describe('a column of each type', () => {
  test.each(TYPES)('%s is read by value, whole, sliced and by index', (_, made, expected) => {
    const released = Number(arrows().arrows_released!());
    const column = imported(made);
    expect(column.toArray().map(plain)).toEqual(expected);
    expect(expected.map((_value, i) => plain(column.get(i)))).toEqual(expected);
    expect([...column].map(plain)).toEqual(expected);
    for (const [from, to] of [
      [1, undefined],
      [0, -1],
      [1, 1],
      [-1, undefined],
    ] as const) {
      expect(column.slice(from, to).toArray().map(plain)).toEqual(expected.slice(from, to));
    }
    expect(() => column.get(expected.length)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_BOUNDS' }));
    column.release();
    expect(Number(arrows().arrows_released!())).toBe(released + 1);
  });

  test.each(TYPES)('%s stands beside others in a batch', (_, made, expected) => {
    const batch = imported(
      record(
        [
          { ...made, name: 'x' },
          ints(
            expected.map((_value, i) => i),
            { name: 'i' },
          ),
        ],
        expected.length,
      ),
    );
    expect(batch.toArray().map(plain)).toEqual(expected.map((x, i) => ({ x, i })));
    batch.release();
  });

  test('says its unit, zone, digits and order', () => {
    const seen = (made: Made): unknown[] => {
      const { kind, unit, timezone, precision, scale, ordered, keysSorted } = imported(made);
      return [kind, unit, timezone, precision, scale, ordered, keysSorted];
    };
    expect(seen(two('tsu:UTC', 'q', [1n, 2n]))).toEqual(['primitive', 'us', 'UTC', null, null, false, false]);
    expect(seen(decimals('d:9,2,32', 4, [1n]))).toEqual(['decimal', null, null, 9, 2, false, false]);
    expect(seen(ints([0], { flags: 3, dictionary: texts(['a']) }))).toEqual([
      'dictionary',
      null,
      null,
      null,
      null,
      true,
      false,
    ]);
  });

  test('shows nested fixed-size lists as one view of the same memory', () => {
    const values = ints([1, 2, 3, 4, 5, 6, 7, 8]);
    const inner: Made = { format: '+w:2', length: 4, buffers: [0n], children: [values] };
    const column = imported({ format: '+w:2', length: 2, buffers: [0n], children: [inner] });
    expect(column.values!.shape).toEqual([2, 2, 2]);
    expect(column.values!.address).toBe(values.buffers[1]);
    expect(column.toArray()).toEqual(column.values!.toArray());
  });
});

describe('metadata', () => {
  test('is text, or bytes where it is no text, and names extension types', () => {
    const raw = Uint8Array.of(0xff, 0);
    const at = metadata([
      ['ARROW:extension:name', 'arrow.uuid'],
      ['é', 'ü'],
      ['raw', raw],
      ['__proto__', 'x'],
    ]);
    const column = imported(ints([1], { metadata: at, name: 'id' }));
    expect(column.extension).toBe('arrow.uuid');
    expect(column.metadata).toHaveProperty(['é'], 'ü');
    expect(column.metadata.raw).toEqual(raw);
    expect(Object.keys(column.metadata)).toContain('__proto__');
    expect(column.schema).toMatchObject({ name: 'id', format: 'i', kind: 'primitive', nullable: true });
    expect(imported(ints([1])).metadata).toEqual({});
  });

  test('with lengths below 0 is an error when it is read', () => {
    const column = imported(ints([1], { metadata: packed('i', [1, -5]) }));
    expect(column.toArray()).toEqual([1]);
    expect(() => column.metadata).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG' }));
  });
});

describe('a column that can not be read', () => {
  const wrong: readonly (readonly [string, Made, string])[] = [
    ['an unknown format', { format: 'vx', length: 1, buffers: [0n, 0n] }, 'ERR_UNSUPPORTED'],
    ['a missing buffer', { format: 'i', length: 1, buffers: [0n, 0n] }, 'ERR_INVALID_ARG'],
    ['a buffer too few', { format: 'i', length: 1, buffers: [0n] }, 'ERR_INVALID_ARG'],
    [
      'fewer elements than the batch',
      { format: 'i', length: 0, buffers: [0n, packed('i', [1])] },
      'ERR_OUT_OF_BOUNDS',
    ],
    ['a negative length', { format: 'i', length: -1, buffers: [0n, packed('i', [1])] }, 'ERR_INVALID_ARG'],
    [
      'offsets below 0',
      { format: 'u', length: 1, buffers: [0n, packed('i', [0, -1]), bytes(Buffer.from('a'))] },
      'ERR_OUT_OF_BOUNDS',
    ],
    [
      'a map without keys',
      { format: '+m', length: 1, buffers: [0n, packed('i', [0, 1])], children: [ints([1])] },
      'ERR_INVALID_ARG',
    ],
    [
      'a type id of no child',
      { format: '+us:0', length: 1, buffers: [packed('b', [3])], children: [ints([1])] },
      'ERR_OUT_OF_BOUNDS',
    ],
    ['an index beyond the dictionary', ints([5], { dictionary: texts(['a']) }), 'ERR_OUT_OF_BOUNDS'],
    [
      'runs that end too early',
      { format: '+r', length: 1, buffers: [], children: [ints([0]), ints([1])] },
      'ERR_OUT_OF_BOUNDS',
    ],
    [
      'a view beyond its buffer',
      {
        format: 'vu',
        length: 1,
        buffers: [0n, bytes(far(99, 'abcd', 0, 0)), bytes(Buffer.from('abcd')), packed('q', [4n])],
      },
      'ERR_OUT_OF_BOUNDS',
    ],
    [
      'more elements than the heap holds',
      {
        format: '+w:999999999',
        length: 1,
        buffers: [0n],
        children: [{ format: 'n', length: 999999999, buffers: [] }],
      },
      'ERR_OUT_OF_MEMORY',
    ],
  ];

  test.each(wrong)('for %s leaves the rest of the batch alone', (_, made, code) => {
    const released = Number(arrows().arrows_released!());
    const batch = imported(record([ints([7], { name: 'fine' }), { ...made, name: 'x' }], 1));
    expect(batch.child('fine')!.toArray()).toEqual([7]);
    const column = batch.child('x')!;
    for (let i = 0; i < 2; i++) {
      expect(() => column.toArray()).toThrow(expect.objectContaining({ code }));
      expect(() => batch.toArray()).toThrow(expect.objectContaining({ code }));
    }
    batch.release();
    expect(Number(arrows().arrows_released!())).toBe(released + 1);
  });
});
