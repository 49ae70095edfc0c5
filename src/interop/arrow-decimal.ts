/** Arrow decimals by value. Pure. */
import { readInteger } from '../arguments.js';
import { shown, typeError } from '../errors.js';

/** More zeros than this are written as an exponent. */
const MAX_PLACES = 1000;
const MAX_SCALE = 1e9;

/** A decimal number: an integer and how many of its digits are after the point. */
export class ArrowDecimal {
  /** The digits as an integer: 12345 for 123.45. */
  readonly value: bigint;
  /** How many digits are after the point; a negative one is a power of ten. */
  readonly scale: number;

  /**
   * @param value - the digits as an integer
   * @param scale - how many digits are after the point
   * @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE` for a scale beyond 10^9
   */
  constructor(value: bigint, scale: number) {
    if (typeof value !== 'bigint') {
      throw typeError('ERR_INVALID_ARG', `ArrowDecimal: value is ${shown(value)}, expected a bigint`);
    }
    this.value = value;
    this.scale = readInteger('ArrowDecimal: scale', scale, { min: -MAX_SCALE, max: MAX_SCALE });
    Object.freeze(this);
  }

  /** The number as text, all digits after the point included: `'123.45'`, `'-0.50'`. */
  toString(): string {
    const { value, scale } = this;
    const sign = value < 0n ? '-' : '';
    const digits = (value < 0n ? -value : value).toString();
    if (scale === 0) return sign + digits;
    if (scale < 0 || scale > MAX_PLACES) return `${sign}${digits}e${-scale}`;
    const padded = digits.padStart(scale + 1, '0');
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }

  /** The text, for JSON. */
  toJSON(): string {
    return this.toString();
  }
}

/** The integer in some bytes, two's complement, in this machine's byte order. */
export function bigintOf(bytes: Uint8Array, littleEndian: boolean): bigint {
  let value = 0n;
  for (let i = 0; i < bytes.length; i++) {
    value = (value << 8n) | BigInt(bytes[littleEndian ? bytes.length - 1 - i : i]!);
  }
  return BigInt.asIntN(bytes.length * 8, value);
}
