/** Walks layouts: the loops over any number of dimensions that copying, comparing and decoding share. */
import type { Layout } from '../layout/layout.js';
import { elementCount, reach } from '../layout/layout.js';
import type { Region } from '../span/region.js';
import { COPY_FROM, copyNatively } from './kernels.js';

/** Calls `visit` with the byte offset of each item, in C order. */
export function eachOffset(layout: Layout, visit: (at: number) => void): void {
  const { shape, strides } = layout;
  if (shape.includes(0)) return;
  const walk = (d: number, at: number): void => {
    if (d === shape.length) {
      visit(at);
      return;
    }
    const length = shape[d]!;
    const stride = strides[d]!;
    for (let i = 0; i < length; i++) walk(d + 1, at + i * stride);
  };
  walk(0, layout.offset);
}

/**
 * Calls `visit` with the byte offsets of each pair of items of two layouts of one shape, in C order, until it returns false.
 *
 * @returns whether every call returned true
 */
export function everyPair(a: Layout, b: Layout, visit: (atA: number, atB: number) => boolean): boolean {
  const { shape } = a;
  if (shape.includes(0)) return true;
  const walk = (d: number, atA: number, atB: number): boolean => {
    if (d === shape.length) return visit(atA, atB);
    const length = shape[d]!;
    const strideA = a.strides[d]!;
    const strideB = b.strides[d]!;
    for (let i = 0; i < length; i++) if (!walk(d + 1, atA + i * strideA, atB + i * strideB)) return false;
    return true;
  };
  return walk(0, a.offset, b.offset);
}

type Units = Uint8Array | Uint16Array | Uint32Array;

/** The widest unit (bytes) of which all offsets and strides of both layouts and the itemsize are multiples. */
function unitOf(itemsize: number, lowA: number, lowB: number, a: Layout, b: Layout): 1 | 2 | 4 {
  for (const unit of [4, 2] as const) {
    const fits = (value: number): boolean => value % unit === 0;
    if (fits(itemsize) && fits(lowA) && fits(lowB) && a.strides.every(fits) && b.strides.every(fits))
      return unit;
  }
  return 1;
}

function unitsOver(region: Region, unit: 1 | 2 | 4, low: number, high: number): Units {
  const { buffer } = region;
  const length = (high - low) / unit;
  if (unit === 4) return new Uint32Array(buffer, low, length);
  return unit === 2 ? new Uint16Array(buffer, low, length) : new Uint8Array(buffer, low, length);
}

/**
 * Copies item by item between two layouts of one shape, neither of size 0, that share no byte.
 *
 * @param itemsize - bytes of an item of both
 */
export function copyStrided(
  toRegion: Region,
  to: Layout,
  fromRegion: Region,
  from: Layout,
  itemsize: number,
): void {
  if (
    elementCount(to.shape) * itemsize >= COPY_FROM &&
    copyNatively(toRegion, to, fromRegion, from, itemsize)
  )
    return;
  const target = reach(to, itemsize);
  const source = reach(from, itemsize);
  const unit = unitOf(itemsize, target.low, source.low, to, from);
  const t = unitsOver(toRegion, unit, target.low, target.high);
  const s = unitsOver(fromRegion, unit, source.low, source.high);
  const words = itemsize / unit;
  const inUnits = (stride: number): number => stride / unit;
  const merged = mergedDimensions(to.shape, to.strides.map(inUnits), from.strides.map(inUnits));
  const { shape, a, b } = merged;
  const last = shape.length - 1;
  const walk = (d: number, at: number, by: number): void => {
    if (d === last) copyRun(t, at, a[d]!, s, by, b[d]!, shape[d]!, words);
    else for (let i = 0; i < shape[d]!; i++) walk(d + 1, at + i * a[d]!, by + i * b[d]!);
  };
  walk(0, (to.offset - target.low) / unit, (from.offset - source.low) / unit);
}

const MIN_SET_BYTES = 64;

function copyRun(
  t: Units,
  at: number,
  stepT: number,
  s: Units,
  from: number,
  stepS: number,
  count: number,
  words: number,
): void {
  if (stepT === words && stepS === words && count * words >= MIN_SET_BYTES) {
    t.set(s.subarray(from, from + count * words), at);
  } else if (words === 1) {
    for (let i = 0; i < count; i++) t[at + i * stepT] = s[from + i * stepS]!;
  } else {
    for (let i = 0; i < count; i++) {
      const to = at + i * stepT;
      const by = from + i * stepS;
      for (let w = 0; w < words; w++) t[to + w] = s[by + w]!;
    }
  }
}

/** Drops dimensions of length 1 and joins neighbours that both layouts step through evenly; at least one dimension is left. */
function mergedDimensions(
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
): { shape: number[]; a: number[]; b: number[] } {
  const out = { shape: [] as number[], a: [] as number[], b: [] as number[] };
  for (let d = 0; d < shape.length; d++) {
    const length = shape[d]!;
    if (length === 1) continue;
    const top = out.shape.length - 1;
    if (top >= 0 && out.a[top] === a[d]! * length && out.b[top] === b[d]! * length) {
      out.shape[top] = out.shape[top]! * length;
      out.a[top] = a[d]!;
      out.b[top] = b[d]!;
    } else {
      out.shape.push(length);
      out.a.push(a[d]!);
      out.b.push(b[d]!);
    }
  }
  if (out.shape.length === 0) return { shape: [1], a: [0], b: [0] };
  return out;
}
