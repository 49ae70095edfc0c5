/**
 * Calls the addon's kernels, which work on many items at once. A call writes its layouts to one array of numbers that the addon
 * reads in place, so it costs about half a microsecond. From the sizes given here on that is less than a loop in JavaScript.
 */
import { types } from 'node:util';
import { binding, type NativeBytes, STATUS } from '../binding.js';
import {
  EQUALITY,
  FROM_OFFSET,
  FROM_STRIDES,
  FROM_SWAP,
  HOW,
  ITEMSIZE,
  NDIM,
  PART,
  RESULT,
  SHAPE,
  TO_OFFSET,
  TO_STRIDES,
  TO_SWAP,
} from '../engine/places.js';
import type { ValueBytes } from '../format/value-bytes.js';
import type { Layout } from '../layout/layout.js';
import { blockOf, isEngineMemory } from '../memory/native-memory.js';
import { ownRegion, type Region } from '../span/region.js';

/** Whether the engine has kernels. Without the addon the TypeScript loops beside each call do the work. */
export const hasKernels: boolean = binding.engine === 'native';
/** Bytes from which the addon copies strided items faster than a loop here. */
export const COPY_FROM: number = hasKernels ? 512 : Infinity;
/** Bytes from which the addon copies a plain run faster than the engine, because it uses several threads and bypasses the caches. */
export const COPY_RUN_FROM: number = hasKernels ? 4 * 1024 * 1024 : Infinity;
/** Items from which the addon compares and searches faster than a loop here. */
export const LOOK_FROM: number = hasKernels ? 32 : Infinity;

const { layouts } = binding;

/**
 * Asks the system for huge pages under a buffer of the engine's, ahead of the first write to all of it. The addon does so for its own
 * memory. Without huge pages, page faults take half of the time of such a copy.
 */
export function preferHugePages(buffer: ArrayBuffer): void {
  binding.preferHugePages(buffer);
}

/** The bytes of a region as the addon takes them. */
export function nativeBytesOf(region: Region): NativeBytes {
  const { buffer } = region;
  // Node-API describes no SharedArrayBuffer on Node 20, but it does describe a TypedArray over one.
  return types.isSharedArrayBuffer(buffer) ? new Uint8Array(buffer) : (buffer as ArrayBuffer);
}

/** Writes two layouts of one shape to the array that the addon reads: the target's, and the source's. */
export function describeLayouts(to: Layout, from: Layout, itemsize: number): void {
  const { shape } = to;
  layouts[NDIM] = shape.length;
  layouts[ITEMSIZE] = itemsize;
  layouts[TO_OFFSET] = to.offset;
  layouts[FROM_OFFSET] = from.offset;
  layouts[PART] = itemsize;
  layouts[HOW] = 0;
  layouts[TO_SWAP] = 0;
  layouts[FROM_SWAP] = 0;
  for (let d = 0; d < shape.length; d++) {
    layouts[SHAPE + d] = shape[d]!;
    layouts[TO_STRIDES + d] = to.strides[d]!;
    layouts[FROM_STRIDES + d] = from.strides[d]!;
  }
}

/**
 * Copies item by item between two layouts of one shape, neither of size 0, that share no byte or are identical.
 *
 * @param itemsize - bytes of an item of both
 * @param swap - bytes of each part of an item that the copy reverses, 1 for none
 * @returns false, with nothing written, where items of the target share bytes: then their order matters
 */
export function copyNatively(
  target: Region,
  to: Layout,
  source: Region,
  from: Layout,
  itemsize: number,
  swap = 1,
): boolean {
  return copyNow(target, to, source, from, itemsize, swap) === STATUS.OK;
}

/** {@link copyNatively} that returns the addon's status. */
export function copyNow(
  target: Region,
  to: Layout,
  source: Region,
  from: Layout,
  itemsize: number,
  swap: number,
): number {
  describeCopy(to, from, itemsize, swap);
  return binding.copyItems(nativeBytesOf(target), nativeBytesOf(source));
}

function describeCopy(to: Layout, from: Layout, itemsize: number, swap: number): void {
  describeLayouts(to, from, itemsize);
  if (swap === 1) return;
  layouts[PART] = swap;
  layouts[FROM_SWAP] = 1;
}

/** Whether the addon may copy to or from a region off the main thread, because no code can detach or shrink its memory meanwhile. */
export function isSteady({ memory, buffer }: Region): boolean {
  return hasKernels && (memory !== null ? !isEngineMemory(memory) : types.isSharedArrayBuffer(buffer));
}

/**
 * {@link copyNow} on the thread pool, on one thread. The caller keeps native memory pinned meanwhile.
 *
 * @returns a promise of a status, or a status with nothing begun
 */
export function copyLater(
  target: Region,
  to: Layout,
  source: Region,
  from: Layout,
  itemsize: number,
  swap: number,
): Promise<number> | number {
  const ownTarget = ownRegion(target);
  const ownSource = ownRegion(source);
  describeCopy(inOwnRegion(target, to), inOwnRegion(source, from), itemsize, swap);
  return binding.copyItemsLater(
    nativeBytesOf(ownTarget),
    blockIdOf(ownTarget),
    nativeBytesOf(ownSource),
    blockIdOf(ownSource),
  );
}

/** The block by which the addon holds a region's memory, or 0. */
export function blockIdOf({ memory }: Region): number {
  return memory === null ? 0 : blockOf(memory);
}

/** A layout of a region, in {@link ownRegion}'s buffer. */
export function inOwnRegion({ origin }: Region, layout: Layout): Layout {
  return origin === 0 ? layout : { ...layout, offset: layout.offset - origin };
}

/**
 * Compares two layouts of one shape, not of size 0, whose values lie in their bytes in the same way.
 *
 * @returns null where the addon does not take them
 */
export function equalNatively(
  ourRegion: Region,
  ours: Layout,
  ourRule: ValueBytes,
  theirRegion: Region,
  theirs: Layout,
  theirRule: ValueBytes,
  itemsize: number,
): boolean | null {
  describeLayouts(ours, theirs, itemsize);
  layouts[PART] = ourRule.part;
  layouts[HOW] = EQUALITY[ourRule.kind];
  layouts[TO_SWAP] = ourRule.swapped ? 1 : 0;
  layouts[FROM_SWAP] = theirRule.swapped ? 1 : 0;
  if (binding.equalItems(nativeBytesOf(ourRegion), nativeBytesOf(theirRegion)) !== STATUS.OK) return null;
  return binding.results[RESULT.FOUND] === 1;
}

/** A row of items, and the item that is searched for. */
export interface Wanted {
  /** The item, encoded in the format of those that are searched. */
  readonly bytes: Uint8Array;
  readonly rule: ValueBytes;
}

function describeSearch(row: Layout, { bytes, rule }: Wanted): void {
  describeLayouts(row, { offset: 0, shape: row.shape, strides: [0] }, bytes.length);
  layouts[PART] = rule.part;
  layouts[HOW] = EQUALITY[rule.kind];
  layouts[TO_SWAP] = rule.swapped ? 1 : 0;
}

/** The index of the first of a row's items, at least one, that equals `wanted`, or -1; null where the addon does not take them. */
export function findNatively(region: Region, row: Layout, wanted: Wanted): number | null {
  describeSearch(row, wanted);
  if (binding.findItem(nativeBytesOf(region), wanted.bytes) !== STATUS.OK) return null;
  return binding.results[RESULT.FOUND]!;
}

/** How many of a row's items, at least one, equal `wanted`; null where the addon does not take them. */
export function countNatively(region: Region, row: Layout, wanted: Wanted): number | null {
  describeSearch(row, wanted);
  if (binding.countItems(nativeBytesOf(region), wanted.bytes) !== STATUS.OK) return null;
  return binding.results[RESULT.FOUND]!;
}
