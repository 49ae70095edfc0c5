import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calcsize, structOf } from '../../src/format/struct.js';
import { packValues } from './pack.js';

function packed(format: string, ...values: unknown[]): string {
  return Buffer.from(packValues(format, values)).toString('hex');
}

function unpacked(format: string, hex: string): unknown[] {
  const bytes = Buffer.from(hex, 'hex');
  return structOf(format).read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}

describe('struct', () => {
  it('always has a flat list of values', () => {
    expect(unpacked('<i', '01000000')).toEqual([1]);
    expect(unpacked('<3h', '010002000300')).toEqual([1, 2, 3]);
    expect(unpacked('2x', '0000')).toEqual([]);
    expect(unpacked('', '')).toEqual([]);
    expect(packed('<bxh', 1, 2)).toBe('01000200');
  });

  it('gives 8-byte integers as bigints and the rest as numbers', () => {
    expect(unpacked('<qlB', `${'ff'.repeat(8)}ffffffffff`)).toEqual([-1n, -1, 255]);
    expect(unpacked('l', 'ff'.repeat(8))).toEqual([-1n]);
  });

  it('reads each kind of value among others', () => {
    expect(unpacked('<?c2s2pefd', '0141616201620045cdcccc3d000000000000f83f')).toEqual([
      true,
      'A',
      Buffer.from('ab'),
      Buffer.from('b'),
      5,
      Math.fround(0.1),
      1.5,
    ]);
  });

  it('wants exactly as many values as the format has', () => {
    const wrong = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
    expect(() => packValues('2h', [1])).toThrow(wrong);
    expect(() => packValues('2h', [1, 2, 3])).toThrow('pack: 3 values given, expected 2');
    expect(() => packValues('3s', [])).toThrow(wrong);
    expect(() => packValues('3x', [1])).toThrow('pack: 1 value given, expected 0');
  });

  it('refuses a value that does not fit', () => {
    expect(() => packValues('<2B', [0, 256])).toThrow('256 does not fit format "<B" (0 to 255)');
    expect(() => packValues('e', [1e6])).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
    expect(packed('<f', 1e300)).toBe('0000807f');
  });

  it('writes padding as zeros, and no byte beside the item', () => {
    const struct = structOf('bi');
    const bytes = Buffer.alloc(12, 0xff);
    const data = new DataView(bytes.buffer, bytes.byteOffset, 12);
    struct.store(data, 2, struct.encode('packInto', [1, 2]));
    expect(bytes.toString('hex')).toBe('ffff0100000002000000ffff');
  });

  it('has its own grammar only', () => {
    for (const text of ['T{i}', 'Zd', '(2)i', '^i', null]) {
      expect(() => calcsize(text)).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_FORMAT' }),
      );
    }
  });

  it('refuses to build a list that no heap holds', () => {
    const huge = structOf('1000000000b');
    expect(huge.itemsize).toBe(1_000_000_000);
    expect(() => huge.read(new DataView(new ArrayBuffer(0)), 0)).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_MEMORY' }),
    );
  });

  it('reads back what it packed', () => {
    const integer = (bits: number, signed: boolean): fc.Arbitrary<bigint> =>
      signed
        ? fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
        : fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
    const field = fc.oneof(
      ...(['b', 'B', 'h', 'H', 'i', 'I', 'q', 'Q'] as const).map((code) => {
        const bits = { b: 8, h: 16, i: 32, q: 64 }[code.toLowerCase()]!;
        return integer(bits, code === code.toLowerCase()).map((value) => ({
          code: code as string,
          value: bits === 64 ? value : Number(value),
        }));
      }),
      fc.double().map((value) => ({ code: 'd', value })),
      fc.float().map((value) => ({ code: 'f', value })),
      fc.boolean().map((value) => ({ code: '?', value })),
      fc
        .uint8Array({ minLength: 1, maxLength: 40 })
        .map((value) => ({ code: `${value.length}s`, value: Buffer.from(value) })),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('', '@', '=', '<', '>', '!'),
        fc.array(field, { maxLength: 80 }),
        (mark, fields) => {
          const format = mark + fields.map(({ code }) => code).join(' ');
          const values = fields.map(({ value }): unknown => value);
          const bytes = packValues(format, values);
          expect(bytes.length).toBe(calcsize(format));
          expect(structOf(format).read(new DataView(bytes.buffer), 0)).toEqual(values);
        },
      ),
      { numRuns: 300 },
    );
  });
});
