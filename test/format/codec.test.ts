import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf, costOf } from '../../src/format/codec.js';
import { parseFormat } from '../../src/format/parse.js';

/** Stores a value in fresh bytes of a format and gives them in hex. */
function written(text: string, value: unknown): string {
  const format = parseFormat(text);
  const codec = codecOf(format);
  const bytes = Buffer.alloc(format.itemsize);
  codec.store(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, codec.encode(value));
  return bytes.toString('hex');
}

function readOf(text: string, hex: string): unknown {
  const bytes = Buffer.from(hex, 'hex');
  return codecOf(parseFormat(text)).read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}

function refusal(text: string, value: unknown): { name: string; code: unknown; message: string } {
  try {
    codecOf(parseFormat(text)).encode(value);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name: error.name, code: Reflect.get(error, 'code'), message: error.message };
  }
  throw new Error(`${text} took the value`);
}

const INVALID = { name: 'TypeError', code: 'ERR_INVALID_ARG' };
const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
const SHAPE = { name: 'RangeError', code: 'ERR_SHAPE' };

const INTEGERS: readonly (readonly [code: string, min: bigint, max: bigint, big: boolean])[] = [
  ['b', -(2n ** 7n), 2n ** 7n - 1n, false],
  ['B', 0n, 2n ** 8n - 1n, false],
  ['h', -(2n ** 15n), 2n ** 15n - 1n, false],
  ['H', 0n, 2n ** 16n - 1n, false],
  ['i', -(2n ** 31n), 2n ** 31n - 1n, false],
  ['I', 0n, 2n ** 32n - 1n, false],
  ['<l', -(2n ** 31n), 2n ** 31n - 1n, false],
  ['>L', 0n, 2n ** 32n - 1n, false],
  ['l', -(2n ** 63n), 2n ** 63n - 1n, true],
  ['L', 0n, 2n ** 64n - 1n, true],
  ['>q', -(2n ** 63n), 2n ** 63n - 1n, true],
  ['Q', 0n, 2n ** 64n - 1n, true],
  ['n', -(2n ** 63n), 2n ** 63n - 1n, true],
  ['N', 0n, 2n ** 64n - 1n, true],
];

describe('integers', () => {
  it.each(INTEGERS)('of %j go from %s to %s and no further', (text, min, max, big) => {
    for (const limit of [min, max]) {
      const value = big ? limit : Number(limit);
      expect(readOf(text, written(text, value))).toBe(value);
      expect(written(text, limit)).toBe(written(text, value));
    }
    for (const beyond of [min - 1n, max + 1n, 10n ** 30n, 2 ** 70, -(2 ** 70)]) {
      expect(refusal(text, beyond)).toMatchObject(RANGE);
    }
    expect(refusal(text, max + 1n).message).toContain(`(${min} to ${max})`);
  });

  it.each(INTEGERS)('of %j take numbers, bigints and booleans, and nothing else', (text) => {
    expect(written(text, 5n)).toBe(written(text, 5));
    expect(written(text, true)).toBe(written(text, 1));
    expect(written(text, false)).toBe(written(text, -0));
    const others = [
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '1',
      null,
      undefined,
      {},
      [1],
      Symbol('s'),
      new Number(1),
    ];
    for (const value of others) expect(refusal(text, value)).toMatchObject(INVALID);
  });

  it('name the value that does not fit, and its place', () => {
    expect(refusal('B', 256).message).toBe('256 does not fit format "B" (0 to 255)');
    expect(refusal('B', 1.5).message).toBe('1.5 is not a value of format "B", expected an integer');
  });

  it('of P take a negative address as its 64 bits', () => {
    expect(readOf('P', written('P', -1))).toBe(2n ** 64n - 1n);
    expect(refusal('P', 2n ** 64n)).toMatchObject(RANGE);
    expect(refusal('P', -(2n ** 63n) - 1n)).toMatchObject(RANGE);
  });

  it('lie in memory in the order of their mark', () => {
    expect(written('<i', 0x01020304)).toBe('04030201');
    expect(written('>i', 0x01020304)).toBe('01020304');
    expect(written('!i', 0x01020304)).toBe('01020304');
    expect(written('>q', 1)).toBe('0000000000000001');
  });
});

describe('floats', () => {
  it('keep what a double holds', () => {
    for (const value of [
      0,
      -0,
      1.5,
      Number.MAX_VALUE,
      Number.MIN_VALUE,
      -1 / 3,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]) {
      for (const text of ['d', '<d', '>d']) expect(readOf(text, written(text, value))).toBe(value);
    }
  });

  it('of f are rounded, and overflow to infinity', () => {
    expect(readOf('f', written('f', 0.1))).toBe(Math.fround(0.1));
    expect(readOf('<f', written('<f', 1e300))).toBe(Number.POSITIVE_INFINITY);
    expect(readOf('f', written('f', -1e39))).toBe(Number.NEGATIVE_INFINITY);
  });

  it('take bigints as far as a double goes', () => {
    expect(readOf('d', written('d', 2n ** 70n))).toBe(2 ** 70);
    expect(readOf('d', written('d', true))).toBe(1);
    expect(refusal('d', 2n ** 1024n)).toMatchObject(RANGE);
    expect(refusal('f', -(2n ** 1024n))).toMatchObject(RANGE);
  });

  it.each(['d', 'f', 'e'])('of %s take no other kind', (text) => {
    for (const value of ['1', null, undefined, {}, [1], Symbol('s'), new Number(1), { re: 1, im: 0 }]) {
      expect(refusal(text, value)).toMatchObject(INVALID);
    }
  });
});

describe('complex numbers', () => {
  it('are pairs of their parts', () => {
    expect(readOf('<Zd', written('<Zd', { re: 1.5, im: -2 }))).toEqual({ re: 1.5, im: -2 });
    expect(written('>Zf', { re: 1, im: -1 })).toBe('3f800000bf800000');
    expect(readOf('Zd', written('Zd', 3))).toEqual({ re: 3, im: 0 });
    expect(readOf('Zf', written('Zf', { re: 1n, im: true }))).toEqual({ re: 1, im: 1 });
  });

  it('take no other kind', () => {
    for (const value of [
      '1',
      null,
      undefined,
      {},
      { re: 1 },
      { im: 1 },
      { re: '1', im: 0 },
      [1, 2],
      Symbol('s'),
    ]) {
      expect(refusal('Zd', value)).toMatchObject(INVALID);
    }
  });
});

describe('booleans', () => {
  it("are any value, by JavaScript's truthiness, and any byte but 0", () => {
    for (const value of [true, 1, 'a', [], {}, Number.POSITIVE_INFINITY, 1n])
      expect(written('?', value)).toBe('01');
    for (const value of [false, 0, '', null, undefined, Number.NaN, 0n])
      expect(written('?', value)).toBe('00');
    expect(readOf('?', '02')).toBe(true);
    expect(readOf('?', '00')).toBe(false);
  });
});

describe('characters', () => {
  it('are one latin-1 character', () => {
    for (let byte = 0; byte < 256; byte++) {
      const character = String.fromCharCode(byte);
      expect(written('c', character)).toBe(byte.toString(16).padStart(2, '0'));
      expect(readOf('c', written('c', Uint8Array.of(byte)))).toBe(character);
    }
  });

  it('have no other length', () => {
    for (const value of ['', 'ab', 'Ā', '😀', Buffer.alloc(0), Buffer.alloc(2)]) {
      expect(refusal('c', value)).toMatchObject(RANGE);
    }
    for (const value of [65, null, undefined, ['a'], new String('a'), new Uint16Array(1)]) {
      expect(refusal('c', value)).toMatchObject(INVALID);
    }
  });
});

describe('bytes', () => {
  it('are padded with zeros or cut', () => {
    expect(written('4s', Buffer.from('ab'))).toBe('61620000');
    expect(written('2s', Buffer.from('abc'))).toBe('6162');
    expect(written('0s', Buffer.from('abc'))).toBe('');
    expect(readOf('3s', '610000')).toEqual(Buffer.from('a\0\0'));
  });

  it('are a copy of their own', () => {
    const memory = Buffer.alloc(100);
    for (const length of [5, 100]) {
      const { read } = codecOf(parseFormat(`${length}s`));
      memory.fill(1);
      const value = read(new DataView(memory.buffer, memory.byteOffset, 100), 0);
      expect(value).toEqual(Buffer.alloc(length, 1));
      memory.fill(2);
      expect(value).toEqual(Buffer.alloc(length, 1));
    }
  });

  it('of Pascal carry their length first', () => {
    expect(written('5p', Buffer.from('ab'))).toBe('0261620000');
    expect(written('3p', Buffer.from('abcdef'))).toBe('026162');
    expect(written('1p', Buffer.from('abc'))).toBe('00');
    expect(written('0p', Buffer.from('abc'))).toBe('');
    expect(readOf('0p', '')).toEqual(Buffer.alloc(0));
    expect(readOf('4p', 'ff616263')).toEqual(Buffer.from('abc'));
    expect(written('300p', Buffer.alloc(299, 7)).slice(0, 4)).toBe('ff07');
  });

  it('are a value also under a named x, padding under a nameless one', () => {
    expect(readOf('T{2x:pad:b:v:}', '010203')).toEqual({ pad: Buffer.from([1, 2]), v: 3 });
    expect(readOf('2x', '0102')).toEqual([]);
    expect(readOf('2xb', '010203')).toBe(3);
  });

  it('come from Uint8Arrays only', () => {
    for (const value of [
      'ab',
      1,
      null,
      undefined,
      [1],
      new ArrayBuffer(2),
      new Uint16Array(1),
      new DataView(new ArrayBuffer(1)),
    ]) {
      expect(refusal('2s', value)).toMatchObject(INVALID);
      expect(refusal('2p', value)).toMatchObject(INVALID);
    }
    expect(refusal('2s', 'ab').message).toContain('Buffer.from(text)');
  });

  it('ask a subclass nothing', () => {
    class Sly extends Uint8Array {
      override get length(): number {
        throw new Error('asked');
      }
      override get byteOffset(): number {
        throw new Error('asked');
      }
      static get [Symbol.species](): Uint8ArrayConstructor {
        throw new Error('asked');
      }
    }
    const sly = new Sly(new Uint8Array([1, 2]).buffer);
    expect(written('3s', sly)).toBe('010200');
    expect(refusal('c', sly)).toMatchObject(RANGE);
  });

  it('of a memory that has gone are none', () => {
    const bytes = Uint8Array.of(1, 2);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(written('2s', bytes)).toBe('0000');
  });
});

describe('text', () => {
  it('loses its trailing NULs, and no other', () => {
    expect(readOf('<3u', '610000006200')).toBe('a\0b');
    expect(readOf('<3u', '610000000000')).toBe('a');
    expect(readOf('>2w', '0000006100000000')).toBe('a');
    expect(readOf('2w', '0000000000000000')).toBe('');
  });

  it('is cut to its count of units or code points', () => {
    expect(written('<2u', 'abc')).toBe('61006200');
    expect(written('>2w', '😀bc')).toBe('0001f60000000062');
    expect(readOf('4u', written('4u', '😀b'))).toBe('😀b');
    expect(readOf('2w', written('2w', '😀b'))).toBe('😀b');
  });

  it('has U+FFFD where memory holds no code point', () => {
    expect(readOf('<2w', 'ffffffff61000000')).toBe('\ufffda');
    expect(readOf('<w', '00d80000')).toBe('\ud800');
  });

  it('of any length is read', () => {
    const long = 'xy😀'.repeat(30_000);
    expect(readOf('90000w', written('90000w', long))).toBe(long);
    expect(readOf('120000u', written('120000u', long))).toBe(long);
  });

  it('comes from strings only', () => {
    for (const value of [1, null, undefined, Buffer.from('a'), ['a'], new String('a')]) {
      expect(refusal('w', value)).toMatchObject(INVALID);
      expect(refusal('u', value)).toMatchObject(INVALID);
    }
  });
});

describe('sequences', () => {
  it('are flat: a count is so many values', () => {
    expect(readOf('<2h3i', '01000200030000000400000005000000')).toEqual([1, 2, 3, 4, 5]);
    expect(written('<2h3i', [1, 2, 3, 4, 5])).toBe('01000200030000000400000005000000');
    expect(readOf('<2T{b:a:}', '0102')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(readOf('b0ib', '0100000007')).toEqual([1, 7]);
  });

  it('of exactly one value are that value', () => {
    expect(readOf('xb', '0005')).toBe(5);
    expect(readOf('1b', '05')).toBe(5);
    expect(readOf('b0i', '05000000')).toBe(5);
    expect(readOf('(2)b', '0506')).toEqual([5, 6]);
    expect(written('xb', 5)).toBe('0005');
  });

  it('hold a sub-array as one value', () => {
    expect(readOf('b(2,2)b', '0102030405')).toEqual([
      1,
      [
        [2, 3],
        [4, 5],
      ],
    ]);
    expect(readOf('(2)2b', '01020304')).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('have their length, also beyond the parts that are unrolled', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i);
    expect(readOf('1000h', written('1000h', values))).toEqual(values);
    expect(readOf('(1000)h', written('(1000)h', values))).toEqual(values);
    expect(readOf('T{1000h:a:}', written('T{1000h:a:}', { a: values }))).toEqual({ a: values });
  });

  it('are written from a list of exactly so many values', () => {
    expect(refusal('2h', [1])).toMatchObject(SHAPE);
    expect(refusal('2h', [1, 2, 3])).toMatchObject(SHAPE);
    expect(refusal('2h', 1)).toMatchObject(INVALID);
    expect(refusal('2h', 'ab')).toMatchObject(INVALID);
    expect(refusal('2h', [1, 'b'])).toMatchObject(INVALID);
    expect(written('<2h', Int8Array.of(1, 2))).toBe('01000200');
  });
});

describe('records', () => {
  it('are objects where any field has a name, arrays where none has', () => {
    expect(readOf('<T{b:a:h}', '010200')).toEqual({ a: 1, f0: 2 });
    expect(readOf('<T{bh}', '010200')).toEqual([1, 2]);
    expect(readOf('<b:a:h', '010200')).toEqual({ a: 1, f0: 2 });
    expect(readOf('T{b}', '01')).toEqual([1]);
    expect(readOf('T{2b}', '0102')).toEqual([[1, 2]]);
    expect(readOf('T{T{b:x:}:p:(2)T{bb}:q:}', '0102030405')).toEqual({
      p: { x: 1 },
      q: [
        [2, 3],
        [4, 5],
      ],
    });
  });

  it('are written from objects with exactly their keys, or from arrays', () => {
    const text = '<T{b:a:T{h:x:}:b:}';
    expect(written(text, { b: { x: 2 }, a: 1 })).toBe('010200');
    expect(written(text, [1, [2]])).toBe('010200');
    expect(refusal(text, { a: 1 })).toMatchObject(INVALID);
    expect(refusal(text, { a: 1, b: { x: 1 }, c: 1 })).toMatchObject(INVALID);
    expect(refusal(text, { a: 1, b: { y: 1 } })).toMatchObject(INVALID);
    expect(refusal(text, [1])).toMatchObject(SHAPE);
    for (const value of [1, 'ab', null, undefined, new Map(), () => 1])
      expect(refusal(text, value)).toMatchObject(INVALID);
    expect(refusal('T{b}', { f0: 1 })).toMatchObject(INVALID);
  });

  it('say which key is wrong and which was meant', () => {
    expect(refusal('T{b:alpha:b:beta:}', { alpa: 1, beta: 1 }).message).toBe(
      'a record of format "T{b:alpha:b:beta:}": unknown field "alpa"; did you mean "alpha"?',
    );
    expect(refusal('T{b:alpha:b:beta:}', { alpha: 1 }).message).toContain('field "beta" is missing');
  });

  it('leave padding bytes as they are', () => {
    const { encode, store } = codecOf(parseFormat('T{b:a:i:b:b:c:}'));
    const bytes = Buffer.alloc(12, 0xff);
    store(new DataView(bytes.buffer, bytes.byteOffset, 12), 0, encode([0, 0, 0]));
    expect(bytes.toString('hex')).toBe('00ffffff0000000000ffffff');
  });

  it('with a field named __proto__ are objects like any other', () => {
    const value = readOf('T{b:__proto__:b:constructor:b:toString:}', '010203') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ]);
    expect(written('T{b:__proto__:b:constructor:b:toString:}', value)).toBe('010203');
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('are objects of their own each time', () => {
    const data = new DataView(Uint8Array.of(1, 2).buffer);
    const { read } = codecOf(parseFormat('T{b:a:}'));
    expect(read(data, 0)).toEqual({ a: 1 });
    expect(read(data, 1)).toEqual({ a: 2 });
    expect(read(data, 0)).not.toBe(read(data, 0));
  });
});

describe('hostile values', () => {
  it("let through what the caller's own getter throws", () => {
    const mine = new Error('mine');
    const thrower = (): never => {
      throw mine;
    };
    const record = Object.defineProperty({}, 'a', { get: thrower, enumerable: true });
    expect(() => codecOf(parseFormat('T{b:a:}')).encode(record)).toThrow(mine);
    expect(() =>
      codecOf(parseFormat('Zd')).encode({
        get re() {
          return thrower();
        },
        im: 0,
      }),
    ).toThrow(mine);
    const list = Object.defineProperty([1, 2], 1, { get: thrower });
    expect(() => codecOf(parseFormat('2h')).encode(list)).toThrow(mine);
  });

  it('that are revoked proxies are refused with a code', () => {
    for (const target of [{}, [], () => 1]) {
      for (const text of [
        'B',
        'q',
        'd',
        'e',
        'Zd',
        'c',
        '2s',
        '2p',
        'w',
        '2h',
        'T{b:a:}',
        'T{b}',
        'T{2b:a:}',
      ]) {
        const { proxy, revoke } = Proxy.revocable(target, {});
        revoke();
        expect(refusal(text, proxy)).toMatchObject(INVALID);
      }
    }
  });

  it('whose length lies are read no further than they are', () => {
    const endless = new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 32 : 1) });
    expect(refusal('2h', endless)).toMatchObject(SHAPE);
    let asked = 0;
    const growing = new Proxy([], { get: (_, key) => (key === 'length' ? 2 + asked++ : 1) });
    expect(refusal('2h', growing)).toMatchObject(SHAPE);
  });

  it('are converted before anything is stored', () => {
    const { encode } = codecOf(parseFormat('T{b:a:b:b:}'));
    const seen: string[] = [];
    const encoded = encode({
      get a() {
        seen.push('a');
        return 1;
      },
      get b() {
        seen.push('b');
        return 2;
      },
    });
    expect(seen).toEqual(['a', 'b']);
    const data = new DataView(new ArrayBuffer(2));
    codecOf(parseFormat('T{b:a:b:b:}')).store(data, 0, encoded);
    expect(seen).toEqual(['a', 'b']);
    expect(data.getUint16(0)).toBe(0x0102);
  });
});

describe('any value in any format', () => {
  const text = fc.constantFrom(
    ...[...'bBhHiIlLqQnNPefd?csp', 'u', 'w', 'Zf', 'Zd', '3s', '2p', '3w', '2h', 'xh', '(2)h', 'bh'],
    ...['T{}', 'T{b}', 'T{b:a:}', 'T{b:a:d:b:}', 'T{2b:a:}', 'T{T{c:x:}:a:}', 'T{Zd:a:2s:b:}', '2T{b:a:}'],
  );

  it('is stored, or refused with a code', () => {
    const parts = fc.oneof(
      fc.anything({ withBigInt: true, withTypedArray: true, withSparseArray: true, withNullPrototype: true }),
      fc.record({ a: fc.anything(), b: fc.anything() }, { requiredKeys: [] }),
      fc.record({ re: fc.anything(), im: fc.double() }),
      fc.array(fc.integer(), { maxLength: 3 }),
      fc.constant(Symbol('s')),
    );
    fc.assert(
      fc.property(text, parts, (given, value) => {
        const format = parseFormat(given);
        const { encode, store, read } = codecOf(format);
        const data = new DataView(new ArrayBuffer(format.itemsize));
        let encoded: unknown;
        try {
          encoded = encode(value);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^ERR_(INVALID_ARG|OUT_OF_RANGE|SHAPE)$/),
          });
          return;
        }
        store(data, 0, encoded);
        const first = read(data, 0);
        store(data, 0, encode(first));
        expect(read(data, 0)).toEqual(first);
      }),
      { numRuns: 10_000 },
    );
  });

  it('is what the bytes were, when it is read and written back', () => {
    const exact = fc.constantFrom(
      'b',
      '>H',
      'i',
      '>l',
      '<q',
      'P',
      '3s',
      'c',
      '2h',
      'T{b:a:(2,2)>i:b:T{Q:x:c:y:}:c:}',
      '^bq',
    );
    fc.assert(
      fc.property(exact, fc.infiniteStream(fc.nat(255)), (given, stream) => {
        const format = parseFormat(given);
        const { encode, store, read } = codecOf(format);
        const bytes = Uint8Array.from({ length: format.itemsize }, () => stream.next().value as number);
        const copy = bytes.slice();
        store(new DataView(copy.buffer), 0, encode(read(new DataView(bytes.buffer), 0)));
        expect(copy).toEqual(bytes);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('formats that cannot be read', () => {
  it.each(['O', '&i', 'X{}', 'float8_e5m2', '8t', 'T{i:a:O:b:}', 'iO'])('%j has no codec', (text) => {
    expect(() => codecOf(parseFormat(text))).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_UNSUPPORTED' }),
    );
  });

  it.each([
    '1000000000b',
    'T{(1000000000)T{}:a:b:b:}',
    '(1000000000,0)bb',
    'T{1000000000T{}b}',
    '(100000,100000)d',
  ])('with more values than fit the heap are refused, not attempted: %j', (text) => {
    const { read, encode } = codecOf(parseFormat(text));
    const refused = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_MEMORY' });
    expect(() => read(new DataView(new ArrayBuffer(0)), 0)).toThrow(refused);
    expect(() => encode([])).toThrow(refused);
  });

  it('have a cost that grows with the size of a value', () => {
    const cost = (text: string): number => costOf(parseFormat(text).item);
    expect(cost('d')).toBe(1);
    expect(cost('q')).toBeGreaterThan(cost('d'));
    expect(cost('1000d')).toBeGreaterThanOrEqual(1000);
    expect(cost('T{1000T{b:a:}:r:}')).toBeGreaterThan(cost('T{1000b:r:}'));
  });
});

describe('codecs', () => {
  it('are chosen once a format', () => {
    expect(codecOf(parseFormat('T{b:a:}'))).toBe(codecOf(parseFormat('T{b:a:}')));
  });
});
