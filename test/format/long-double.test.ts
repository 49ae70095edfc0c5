/** `long double` in its two layouts, whichever this machine has: patterns by their definitions, and rounding to the nearest double. */
import { describe, expect, it } from 'vitest';
import { binary128, type LongDouble, x87 } from '../../src/format/long-double.js';

/** 16 bytes of one integer, little-endian. */
function bytesOf(bits: bigint): DataView {
  const data = new DataView(new ArrayBuffer(16));
  data.setBigUint64(0, BigInt.asUintN(64, bits), true);
  data.setBigUint64(8, bits >> 64n, true);
  return data;
}

const bitsOf = (data: DataView): bigint => (data.getBigUint64(8, true) << 64n) | data.getBigUint64(0, true);

const DOUBLES = [
  0,
  -0,
  1,
  -1.5,
  Math.PI,
  -1e300,
  1e-300,
  2 ** -1022,
  2 ** -1074,
  Number.MAX_VALUE,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];

/** The bits of sign, exponent and the fraction's upper part; `one` is the last bit of a double's fraction there. */
const LAYOUTS: [string, LongDouble, one: bigint, of1: bigint][] = [
  ['x87', x87, 1n << 11n, (16383n << 64n) | (1n << 63n)],
  ['binary128', binary128, 1n << 60n, 16383n << 112n],
];

describe.each(LAYOUTS)('a long double of %s', (_, layout, one, of1) => {
  it.each(DOUBLES)('holds %s exactly', (value) => {
    const data = bytesOf(0n);
    layout.store(data, 0, value);
    expect(Object.is(layout.read(data, 0), value)).toBe(true);
  });

  it('has 1 at its definition, and the next double one unit above', () => {
    const data = bytesOf(0n);
    layout.store(data, 0, 1);
    expect(bitsOf(data)).toBe(of1);
    layout.store(data, 0, 1 + Number.EPSILON);
    expect(bitsOf(data)).toBe(of1 + one);
  });

  it('is read as the nearest double, a tie as the even one', () => {
    const half = one / 2n;
    expect(layout.read(bytesOf(of1 + half), 0)).toBe(1);
    expect(layout.read(bytesOf(of1 + half + 1n), 0)).toBe(1 + Number.EPSILON);
    expect(layout.read(bytesOf(of1 + one + half), 0)).toBe(1 + 2 * Number.EPSILON);
    expect(layout.read(bytesOf(of1 + one + half - 1n), 0)).toBe(1 + Number.EPSILON);
  });

  it('beyond the doubles is an infinity, or 0', () => {
    const exponent = layout === x87 ? 1n << 64n : 1n << 112n;
    expect(layout.read(bytesOf(of1 + 1024n * exponent), 0)).toBe(Number.POSITIVE_INFINITY);
    expect(layout.read(bytesOf(of1 - 1080n * exponent), 0)).toBe(0);
  });
});

it('a long double of x87 keeps the padding behind it', () => {
  const data = bytesOf(0xabcdn << 80n);
  x87.store(data, 0, -2);
  expect(data.getUint16(10, true)).toBe(0xabcd);
});
