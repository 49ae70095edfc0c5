/**
 * Converts values between the vectors, which are JSON, and JavaScript: arguments, and results to compare.
 */
import type { Encoded } from './vectors.js';

type Tagged = { readonly [tag: string]: Encoded };

export function tagged(value: Encoded | undefined, tag: string): Encoded | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, tag) ? (value as Tagged)[tag] : undefined;
}

/** A float as Python writes it. */
export function floatOf(text: Encoded): number {
  if (text === 'nan') return Number.NaN;
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/**
 * The JavaScript value of a Python value.
 *
 * @param format - of the view that it goes into: bytes for a `c` are a one-character string here
 */
export function decoded(value: Encoded | undefined, format = ''): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => decoded(item, format));
  const int = tagged(value, '$int');
  if (int !== undefined) return BigInt(String(int));
  const float = tagged(value, '$float');
  if (float !== undefined) return floatOf(float);
  const bytes = tagged(value, '$bytes');
  if (bytes !== undefined) {
    const buffer = Buffer.from(String(bytes), 'hex');
    return /^[@=<>!]?c$/.test(format) ? buffer.toString('latin1') : buffer;
  }
  const complex = tagged(value, '$complex');
  if (complex !== undefined) {
    const [re, im] = (complex as readonly Encoded[]).map((part) => Number(decoded(part)));
    return { re, im };
  }
  const tuple = tagged(value, '$tuple');
  if (tuple !== undefined) return (tuple as readonly Encoded[]).map((item) => decoded(item, format));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decoded(item, format)]));
}

/** Whether a value of this library is that of a vector. Numbers are compared as numbers, except for the sign of zero. */
export function isSame(value: unknown, expected: Encoded | undefined): boolean {
  if (expected === null || expected === undefined) return value === null || value === undefined;
  if (typeof expected === 'number') return isNumber(value, expected);
  if (typeof expected !== 'object') return value === expected;
  if (Array.isArray(expected)) return isSameList(value, expected);
  const int = tagged(expected, '$int');
  if (int !== undefined)
    return (typeof value === 'bigint' || typeof value === 'number') && String(value) === int;
  const float = tagged(expected, '$float');
  if (float !== undefined) return Object.is(value, floatOf(float));
  const bytes = tagged(expected, '$bytes');
  if (bytes !== undefined) return bytesOf(value) === bytes;
  const complex = tagged(expected, '$complex');
  if (complex !== undefined) return isSameComplex(value, complex as readonly Encoded[]);
  const tuple = tagged(expected, '$tuple');
  if (tuple !== undefined) {
    const items = tuple as readonly Encoded[];
    if (value !== null && typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
      return isSameList(Object.values(value), items);
    }
    return isSameList(value, items);
  }
  if (value === null || typeof value !== 'object') return false;
  const entries = Object.entries(value);
  return (
    entries.length === Object.keys(expected).length &&
    entries.every(([key, item]) => isSame(item, (expected as Tagged)[key]))
  );
}

/** Whether vectors write an integer as a number: up to 2^53 itself, the last of them. */
function isExact(number: number): boolean {
  return Number.isInteger(number) && Math.abs(number) <= 2 ** 53;
}

function isNumber(value: unknown, expected: number): boolean {
  if (typeof value === 'bigint') return isExact(expected) && value === BigInt(expected);
  return Object.is(value, expected);
}

function isSameList(value: unknown, expected: readonly Encoded[]): boolean {
  if (!Array.isArray(value) || value.length !== expected.length) return false;
  return expected.every((item, i) => isSame(value[i], item));
}

function isSameComplex(value: unknown, expected: readonly Encoded[]): boolean {
  if (value === null || typeof value !== 'object') return false;
  return isSame(Reflect.get(value, 're'), expected[0]) && isSame(Reflect.get(value, 'im'), expected[1]);
}

function bytesOf(value: unknown): string | null {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  // A `c` is a one-character latin-1 string here.
  if (typeof value === 'string' && value.length === 1) return Buffer.from(value, 'latin1').toString('hex');
  return null;
}

/** Writes a value of ours for a message. */
export function written(value: unknown): string {
  const text = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item);
    if (Object.is(item, -0)) return '-0';
    return item;
  });
  return text === undefined ? String(value) : text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
