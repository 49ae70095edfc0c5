/**
 * The C type `long double`, PEP 3118's `g`, in the two layouts that fill 16 bytes on 64-bit Unix: x87's 80 bits with padding, and IEEE
 * binary128. A value is read rounded to the nearest double, ties to even; a double is written exactly.
 */
import { LONG_DOUBLE_LAYOUT } from './format.js';

/** How a long double lies in memory. */
export interface LongDouble {
  /** The nearest double of the value at byte `at`. */
  read(data: DataView, at: number): number;
  /** Writes a double; padding keeps its bytes. */
  store(data: DataView, at: number, value: number): void;
}

const MAX_EXPONENT = 0x7fff;
const BIAS = 16383;
const INFINITE = Number.POSITIVE_INFINITY;

/** `mantissa · 2^exponent`, rounded once. */
function scaled(mantissa: bigint, exponent: number): number {
  const bits = mantissa === 0n ? 0 : mantissa.toString(2).length;
  const top = bits - 1 + exponent;
  if (top > 1023) return INFINITE;
  // Below 2^-1022 a double has the fewer bits the smaller it is.
  const drop = Math.max(bits - 53, -1074 - exponent, 0);
  if (drop > bits) return 0;
  let kept = mantissa >> BigInt(drop);
  if (drop > 0) {
    const rest = mantissa - (kept << BigInt(drop));
    const half = 1n << BigInt(drop - 1);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  }
  // Two steps, since 2 ** exponent alone may be no double; each product is exact.
  const power = exponent + drop;
  const first = Math.trunc(power / 2);
  return Number(kept) * 2 ** first * 2 ** (power - first);
}

/** A finite double other than 0 as an odd or even integer of 53 bits, and the exponent of its last bit. */
function split(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  if (exponent > 0) return { mantissa: fraction | (1n << 52n), exponent: exponent - 1075 };
  const short = 53 - fraction.toString(2).length;
  return { mantissa: fraction << BigInt(short), exponent: -1074 - short };
}

const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0);

/** 64 bits of mantissa, the leading one written out; sign and exponent in the two bytes that follow. */
export const x87: LongDouble = {
  read(data, at) {
    const mantissa = data.getBigUint64(at, true);
    const head = data.getUint16(at + 8, true);
    const exponent = head & MAX_EXPONENT;
    let value: number;
    if (exponent !== MAX_EXPONENT) value = scaled(mantissa, Math.max(exponent, 1) - BIAS - 63);
    else value = BigInt.asUintN(63, mantissa) === 0n ? INFINITE : Number.NaN;
    return head > MAX_EXPONENT ? -value : value;
  },
  store(data, at, value) {
    const sign = isNegative(value) ? 0x8000 : 0;
    let mantissa = 0n;
    let exponent = 0;
    if (!Number.isFinite(value)) {
      mantissa = Number.isNaN(value) ? 3n << 62n : 1n << 63n;
      exponent = MAX_EXPONENT;
    } else if (value !== 0) {
      const parts = split(value);
      mantissa = parts.mantissa << 11n;
      exponent = parts.exponent + 52 + BIAS;
    }
    data.setBigUint64(at, mantissa, true);
    data.setUint16(at + 8, sign | exponent, true);
  },
};

/** 112 bits of fraction below sign and exponent. */
export const binary128: LongDouble = {
  read(data, at) {
    const low = data.getBigUint64(at, true);
    const high = data.getBigUint64(at + 8, true);
    const exponent = Number((high >> 48n) & 0x7fffn);
    const fraction = (BigInt.asUintN(48, high) << 64n) | low;
    const leading = exponent === 0 ? 0n : 1n << 112n;
    let value: number;
    if (exponent !== MAX_EXPONENT) value = scaled(fraction | leading, Math.max(exponent, 1) - BIAS - 112);
    else value = fraction === 0n ? INFINITE : Number.NaN;
    return high >> 63n === 1n ? -value : value;
  },
  store(data, at, value) {
    let head = isNegative(value) ? 0x8000 : 0;
    let fraction = 0n;
    if (!Number.isFinite(value)) {
      fraction = Number.isNaN(value) ? 1n << 111n : 0n;
      head |= MAX_EXPONENT;
    } else if (value !== 0) {
      const parts = split(value);
      fraction = BigInt.asUintN(52, parts.mantissa) << 60n;
      head |= parts.exponent + 52 + BIAS;
    }
    data.setBigUint64(at, BigInt.asUintN(64, fraction), true);
    data.setBigUint64(at + 8, (BigInt(head) << 48n) | (fraction >> 64n), true);
  },
};

/** This machine's; null where it is another. */
export const LONG_DOUBLE: LongDouble | null =
  LONG_DOUBLE_LAYOUT === null ? null : LONG_DOUBLE_LAYOUT === 'x87' ? x87 : binary128;
