import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/format/codec.js';
import { halfToNumber, numberToHalf } from '../../src/format/half.js';
import { parseFormat } from '../../src/format/parse.js';

/** A half by its definition in IEEE 754, step by step. */
function halfByDefinition(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor((bits % 0x8000) / 0x400);
  const fraction = (bits % 0x400) / 0x400;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}

const FINITE = 0x7c00;
/** JavaScriptCore makes one NaN of all. */
const isCanonical = process.versions.bun !== undefined;

describe('half floats', () => {
  it('decode to what IEEE 754 defines, all 65,536 of them', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      if (!Object.is(halfToNumber(bits), halfByDefinition(bits))) expect(bits).toBe('right');
    }
    expect(halfToNumber(0x3c00)).toBe(1);
    expect(halfToNumber(0x0001)).toBe(2 ** -24);
    expect(halfToNumber(0x7bff)).toBe(65504);
    expect(halfToNumber(0x8000)).toBe(-0);
  });

  it('encode back to the same bits, those of NaN too, which the engine may make quiet', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToNumber(bits);
      const again = numberToHalf(value);
      const isQuieted =
        Number.isNaN(value) && (again === (bits | 0x200) || (isCanonical && again === 0x7e00));
      if (again !== bits && !isQuieted) expect([bits, again]).toBe('the same');
    }
    expect(numberToHalf(Number.NaN) & 0x7fff).toBe(0x7e00);
  });

  it('round to the nearest, and a tie to the even one, between all neighbours', () => {
    for (let bits = 0; bits + 1 < FINITE; bits++) {
      const low = halfToNumber(bits);
      const high = halfToNumber(bits + 1);
      const tie = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const below = tie - 2 ** -26 * tie;
      const above = tie + 2 ** -26 * tie;
      const got = [tie, below, above, -tie].map(numberToHalf);
      if (String(got) !== String([even, bits, bits + 1, even + 0x8000])) expect([bits, got]).toBe('rounded');
    }
  });

  it('do not round twice on the way through a float32', () => {
    // Just above the tie of 1 and its neighbour; as a float32 it is the tie itself.
    expect(numberToHalf(1 + 2 ** -11 + 2 ** -40)).toBe(0x3c01);
    expect(numberToHalf(2 ** -25 + 2 ** -60)).toBe(1);
    expect(numberToHalf(2 ** -25)).toBe(0);
    expect(numberToHalf(Number.MIN_VALUE)).toBe(0);
  });

  it.each(['<e', '>e'])('go through memory in the order of %j', (text) => {
    const { read, encode, store } = codecOf(parseFormat(text));
    const little = text === '<e';
    const data = new DataView(new ArrayBuffer(2));
    for (let bits = 0; bits < 0x10000; bits++) {
      data.setUint16(0, bits, little);
      const value = read(data, 0);
      store(data, 0, encode(value));
      if (!Number.isNaN(value) && data.getUint16(0, little) !== bits) expect(bits).toBe('kept');
    }
    store(data, 0, encode(1));
    expect(data.getUint8(little ? 1 : 0)).toBe(0x3c);
  });

  it('take 65519.99 as the largest half and refuse 65520', () => {
    const { encode } = codecOf(parseFormat('e'));
    expect(encode(65519.99)).toBe(0x7bff);
    expect(encode(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
    for (const value of [65520, -65520, 1e300, 10n ** 10n]) {
      expect(() => encode(value)).toThrow(
        expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }),
      );
    }
  });
});
