/** Copies items between two layouts of one shape, as the addon's kernel does, with the numbers that describe its call. */
import {
  ITEMSIZE,
  NDIM,
  OFFSET_A,
  OFFSET_B,
  PART,
  SHAPE,
  STRIDES_A,
  STRIDES_B,
  SWAP_A,
  SWAP_B,
} from './places.js';

/** One dimension: items, and bytes from one to the next in the target and in the source. */
interface Axis {
  readonly length: number;
  readonly to: number;
  readonly from: number;
}

type Units = Uint8Array | Uint16Array | Uint32Array;

/** Whether no byte of the target belongs to two of its items; each step must clear all that the smaller ones reach. */
function isDistinct(axes: readonly Axis[], itemsize: number): boolean {
  let reached = itemsize;
  for (const { length, to } of [...axes].sort((a, b) => Math.abs(a.to) - Math.abs(b.to))) {
    if (Math.abs(to) < reached) return false;
    reached += Math.abs(to) * (length - 1);
  }
  return true;
}

/** Whether a layout's numbers are integers, and all of its items lie in so many bytes. As the addon, for calls past the checks of views. */
function isWithin(numbers: Float64Array, strides: number, offset: number, nbytes: number): boolean {
  let low = numbers[offset]!;
  let high = low + numbers[ITEMSIZE]!;
  for (let d = 0; d < numbers[NDIM]!; d++) {
    const length = numbers[SHAPE + d]!;
    const reach = (length - 1) * numbers[strides + d]!;
    if (!Number.isSafeInteger(length) || length < 1 || !Number.isSafeInteger(reach)) return false;
    if (reach < 0) low += reach;
    else high += reach;
  }
  return Number.isSafeInteger(low) && low >= 0 && high <= nbytes;
}

function isSound(
  numbers: Float64Array,
  to: ArrayBuffer | Uint8Array,
  from: ArrayBuffer | Uint8Array,
): boolean {
  const [ndim, itemsize, part] = [numbers[NDIM]!, numbers[ITEMSIZE]!, numbers[PART]!];
  if (!Number.isInteger(ndim) || ndim < 0 || ndim > 64) return false;
  if (!Number.isSafeInteger(itemsize) || itemsize < 1) return false;
  if (!Number.isInteger(part) || part < 1 || itemsize % part !== 0) return false;
  return (
    isWithin(numbers, STRIDES_A, OFFSET_A, to.byteLength) &&
    isWithin(numbers, STRIDES_B, OFFSET_B, from.byteLength)
  );
}

/** The widest unit of which all offsets, steps and the item are multiples (bytes). */
function unitOf(numbers: readonly number[]): 1 | 2 | 4 {
  if (numbers.every((number) => number % 4 === 0)) return 4;
  return numbers.every((number) => number % 2 === 0) ? 2 : 1;
}

function unitsOver(bytes: ArrayBuffer | Uint8Array, unit: 1 | 2 | 4): Units {
  const { buffer, byteOffset, byteLength } =
    bytes instanceof Uint8Array ? bytes : { buffer: bytes, byteOffset: 0, byteLength: bytes.byteLength };
  const length = Math.floor(byteLength / unit);
  if (unit === 4) return new Uint32Array(buffer, byteOffset, length);
  return unit === 2
    ? new Uint16Array(buffer, byteOffset, length)
    : new Uint8Array(buffer, byteOffset, length);
}

/**
 * Copies all items of the second buffer's layout to those of the first one's.
 *
 * @param numbers - the description of the call
 * @returns false, with nothing written, where items of the target share bytes; null where a layout reaches out of its buffer
 */
export function copyLayout(
  numbers: Float64Array,
  to: ArrayBuffer | Uint8Array,
  from: ArrayBuffer | Uint8Array,
): boolean | null {
  if (!isSound(numbers, to, from)) return null;
  const itemsize = numbers[ITEMSIZE]!;
  const axes: Axis[] = [];
  for (let d = 0; d < numbers[NDIM]!; d++) {
    const length = numbers[SHAPE + d]!;
    if (length !== 1) axes.push({ length, to: numbers[STRIDES_A + d]!, from: numbers[STRIDES_B + d]! });
  }
  if (!isDistinct(axes, itemsize)) return false;
  const [start, source] = [numbers[OFFSET_A]!, numbers[OFFSET_B]!];
  const part = numbers[SWAP_A] !== numbers[SWAP_B] ? numbers[PART]! : 1;
  if (part > 1) {
    copySwapped(unitsOver(to, 1), start, unitsOver(from, 1), source, axes, itemsize, part);
    return true;
  }
  const unit = unitOf([itemsize, start, source, ...axes.flatMap((axis) => [axis.to, axis.from])]);
  const scaled = axes.map(({ length, to: a, from: b }) => ({ length, to: a / unit, from: b / unit }));
  copyUnits(unitsOver(to, unit), start / unit, unitsOver(from, unit), source / unit, scaled, itemsize / unit);
  return true;
}

/** Calls `visit` with the places of the first items of each row, and hands it the innermost axis. */
function eachRow(
  axes: readonly Axis[],
  to: number,
  from: number,
  visit: (to: number, from: number, row: Axis) => void,
): void {
  const row = axes.at(-1) ?? { length: 1, to: 0, from: 0 };
  const outer = axes.slice(0, -1);
  const walk = (d: number, a: number, b: number): void => {
    const axis = outer[d];
    if (axis === undefined) visit(a, b, row);
    else for (let i = 0; i < axis.length; i++) walk(d + 1, a + i * axis.to, b + i * axis.from);
  };
  walk(0, to, from);
}

function copyUnits(
  to: Units,
  start: number,
  from: Units,
  source: number,
  axes: readonly Axis[],
  size: number,
): void {
  eachRow(axes, start, source, (a, b, row) => {
    if (row.to === size && row.from === size) {
      to.set(from.subarray(b, b + row.length * size), a);
      return;
    }
    for (let i = 0; i < row.length; i++, a += row.to, b += row.from) {
      for (let k = 0; k < size; k++) to[a + k] = from[b + k]!;
    }
  });
}

function copySwapped(
  to: Units,
  start: number,
  from: Units,
  source: number,
  axes: readonly Axis[],
  itemsize: number,
  part: number,
): void {
  const item = new Uint8Array(itemsize);
  eachRow(axes, start, source, (a, b, row) => {
    for (let i = 0; i < row.length; i++, a += row.to, b += row.from) {
      // Through a buffer, because a swap in place copies a layout onto itself.
      for (let k = 0; k < itemsize; k++) item[k] = from[b + k]!;
      for (let at = 0; at < itemsize; at += part) {
        for (let k = 0; k < part; k++) to[a + at + k] = item[at + part - 1 - k]!;
      }
    }
  });
}
