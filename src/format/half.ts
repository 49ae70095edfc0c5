/**
 * The 16-bit floats: IEEE 754 binary16, the `e` of struct, and bfloat16, the upper half of a float32. Decoded exactly, encoded from the
 * double itself (a detour over float32 would round twice) to the nearest, ties to even.
 */

const SMALLEST_NORMAL = 2 ** -14;
// The first double that rounds past the largest half, 65504: the midpoint to 65536, whose tie goes to the even one.
const FIRST_TOO_LARGE = 65520;
// Adding and taking away 2^52 leaves a double below 2^51 rounded to an integer, ties to even: the unit's last place is 1.
const ROUNDER = 2 ** 52;

const POWERS: readonly number[] = Array.from({ length: 32 }, (_, exponent) => 2 ** (exponent - 25));

const double = new Float64Array(1);
const doubleBits = new Uint32Array(double.buffer);
/** The index of the word that holds the sign and the exponent. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** A NaN with the sign and the payload of a half. JavaScriptCore does not keep them. */
function nanOfHalf(bits: number): number {
  doubleBits[1 - HIGH] = 0;
  doubleBits[HIGH] = ((bits & 0x8000) << 16) | 0x7ff00000 | ((bits & 1023) << 10);
  return double[0]!;
}

/** The bits of a half with a NaN's sign and the upper part of its payload. */
function halfOfNan(value: number): number {
  double[0] = value;
  const high = doubleBits[HIGH]!;
  // Without a payload it would be an infinity.
  return ((high >>> 16) & 0x8000) | 0x7c00 | ((high >>> 10) & 1023 || 0x200);
}

/**
 * Decodes a half.
 *
 * @param bits - the 16 bits, 0 to 65535
 * @returns the number, exactly; NaN for every NaN pattern, with its sign and payload where the engine keeps those
 */
export function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  let value: number;
  if (exponent === 0) value = mantissa * 2 ** -24;
  else if (exponent === 31) {
    if (mantissa !== 0) return nanOfHalf(bits);
    value = Number.POSITIVE_INFINITY;
  } else value = (1024 + mantissa) * POWERS[exponent]!;
  return bits & 0x8000 ? -value : value;
}

/**
 * Encodes a number as a half, rounded to nearest, ties to even.
 *
 * @returns the 16 bits; those of an infinity for a finite number that is too large
 */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return halfOfNan(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= FIRST_TOO_LARGE) return sign | 0x7c00;
  if (magnitude < SMALLEST_NORMAL) {
    // A subnormal that rounds up to 1024 is the smallest normal, and its bits say just that.
    return sign | (magnitude * 2 ** 24 + ROUNDER - ROUNDER);
  }
  let exponent = 1;
  while (magnitude >= 2048 * POWERS[exponent]!) exponent++;
  // Scaled to 1024 up to 2048; one that rounds up to 2048 carries into the exponent by itself.
  const mantissa = magnitude / POWERS[exponent]! + ROUNDER - ROUNDER;
  return sign | ((exponent << 10) + mantissa - 1024);
}

/** Whether a number is finite but too large for a half. */
export function overflowsHalf(value: number): boolean {
  return Math.abs(value) >= FIRST_TOO_LARGE && Number.isFinite(value);
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/**
 * Decodes a bfloat16.
 *
 * @param bits - the 16 bits, 0 to 65535
 * @returns the number, exactly
 */
export function bfloat16ToNumber(bits: number): number {
  floatBits[0] = bits << 16;
  return float[0]!;
}

/**
 * Encodes a number as a bfloat16, rounded to nearest, ties to even.
 *
 * @returns the 16 bits; those of an infinity for a number that is too large, as with `f`
 */
export function numberToBfloat16(value: number): number {
  float[0] = value;
  // Without a payload it would be an infinity.
  if (Number.isNaN(value)) return (floatBits[0]! >>> 16) | 0x40;
  const nearest = float[0]!;
  let bits = floatBits[0]!;
  // Where the float32 is halfway between two bfloat16 and was itself rounded, the double decides.
  if ((bits & 0xffff) === 0x8000 && nearest !== value && Number.isFinite(nearest)) {
    bits += Math.abs(value) > Math.abs(nearest) ? 1 : -1;
  }
  const up = (bits & 0xffff) > 0x8000 || ((bits & 0xffff) === 0x8000 && (bits & 0x10000) !== 0);
  return (bits >>> 16) + (up ? 1 : 0);
}
