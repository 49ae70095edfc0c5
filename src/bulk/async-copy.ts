/**
 * Copies piece by piece without blocking the event loop. The thread pool copies pieces between native memory and SharedArrayBuffers.
 * Other code may detach or shrink an ArrayBuffer of the engine's meanwhile, so this thread copies those in small pieces, and checks both
 * memories before each. It converts values in the same way.
 */
import { setImmediate } from 'node:timers/promises';
import { readBoolean, readFunction, readGuarded, readOptions } from '../arguments.js';
import { STATUS } from '../binding.js';
import { shown, typeError } from '../errors.js';
import { codecOf } from '../format/codec.js';
import { elementCount, type Layout, narrowed } from '../layout/layout.js';
import { readCopyOrder } from '../layout/order.js';
import { pinSpan, unpinSpan } from '../span/pin.js';
import { goneError } from '../span/region.js';
import { checkLive, itemCount, nbytesOf, onceWith, type Span } from '../span/span.js';
import { blankLike, convertItems, copyFitted, directPairs, type Fitted, fittedSource } from './copy.js';
import { copyLater, copyNow, hasKernels, isSteady } from './kernels.js';
import { overlap } from './overlap.js';

/** How an asynchronous copy is watched and stopped. */
export interface AsyncOptions {
  /** Stops the copy after the piece under way; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Called after each piece with the progress. An error that it throws stops the copy and rejects the promise.
   *
   * @param doneBytes - bytes that are done
   * @param nbytes - bytes in all
   */
  readonly onProgress?: (doneBytes: number, nbytes: number) => void;
}

/** How `copyFromAsync` copies. */
export interface AsyncCopyOptions extends AsyncOptions {
  /** Stretches the source to the target's shape, as numpy's assignment does. */
  readonly broadcast?: boolean;
  /** Takes a source of any format that can be decoded, by value. */
  readonly convert?: boolean;
}

/** Bytes of a piece that the thread pool copies at a time: about 4 ms, so that other work gets its turn and an abort takes effect soon. */
const POOL_PIECE = 16 * 1024 * 1024;
/** Bytes of a piece that this thread copies at a time: about 0.2 ms. */
const OWN_PIECE = 1024 * 1024;
/** Items of a piece that this thread decodes and encodes at a time: about 1 ms. */
const CONVERTED_PIECE = 8192;

/** @internal */
export interface Watch {
  /** Throws the reason once the signal is aborted. */
  check(): void;
  progress: ((doneBytes: number, nbytes: number) => void) | null;
}

/** Reads `signal` and `onProgress`. @internal */
export function readWatch(subject: string, signal: unknown, onProgress: unknown): Watch {
  if (signal !== undefined && !isSignal(signal)) {
    throw typeError('ERR_INVALID_ARG', `${subject}: signal is ${shown(signal)}, expected an AbortSignal`);
  }
  const call =
    onProgress === undefined
      ? null
      : (readFunction(`${subject}: onProgress`, onProgress) as (done: number, all: number) => void);
  // The signal may be a proxy that is revoked between two calls.
  const progress =
    call === null
      ? null
      : (done: number, all: number) => readGuarded(`${subject}: onProgress`, call, () => call(done, all));
  return {
    check: () => {
      if (signal?.aborted) throw signal.reason;
    },
    progress,
  };
}

const abortedOf = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;

function isSignal(value: unknown): value is AbortSignal {
  try {
    return typeof Reflect.apply(abortedOf, value, []) === 'boolean';
  } catch {
    return false;
  }
}

/** `copyFromAsync`. `recheck` runs after the last of the caller's code and before the first byte. */
export async function copyFromAsync(
  target: Span,
  source: unknown,
  options: unknown,
  recheck: () => void,
): Promise<void> {
  const names = ['broadcast', 'convert', 'signal', 'onProgress'] as const;
  const { broadcast = false, convert = false, signal, onProgress } = readOptions(FROM, options, names);
  const stretches = readBoolean(`${FROM}: broadcast`, broadcast);
  const converts = readBoolean(`${FROM}: convert`, convert);
  const watch = readWatch(FROM, signal, onProgress);
  watch.check();
  const { source: fitted, swap } = fittedSource(FROM, target, source, stretches, converts, recheck);
  const to = onceWith(target, fitted);
  const from = onceWith(fitted, target);
  if (swap === null) await copyConverted(FROM, to, from, watch);
  else await copyPinned(FROM, to, { source: from, swap }, watch);
}

const FROM = 'copyFromAsync';
const COPY = 'copyAsync';

/** `copyAsync`; a copy that does not complete releases the new memory. */
export async function copyToMemoryAsync(span: Span, options: unknown, recheck: () => void): Promise<Span> {
  const { order, signal, onProgress } = readOptions(COPY, options, ['order', 'signal', 'onProgress']);
  const read = readCopyOrder(COPY, order);
  const watch = readWatch(COPY, signal, onProgress);
  watch.check();
  recheck();
  const made = blankLike(COPY, span, read);
  try {
    await copyPinned(COPY, made, { source: span, swap: 1 }, watch);
  } catch (error) {
    made.region.memory!.release();
    throw error;
  }
  return made;
}

/** Copies while neither memory can be released. */
async function copyPinned(holder: string, target: Span, fitted: Fitted, watch: Watch): Promise<void> {
  await whileBothPinned(holder, target, fitted.source, async () => {
    if (overlap(target, fitted.source)) await copyStaged(holder, target, fitted, watch);
    else await copyPieces(holder, target, fitted, watch);
  });
}

async function whileBothPinned(
  holder: string,
  target: Span,
  source: Span,
  use: () => Promise<void>,
): Promise<void> {
  pinSpan(target, holder);
  try {
    pinSpan(source, holder);
    try {
      await use();
    } finally {
      unpinSpan(source, holder);
    }
  } finally {
    unpinSpan(target, holder);
  }
}

/** Copies by value through memory of its own: nothing is written to the target before all values are known to fit. */
async function copyConverted(holder: string, target: Span, source: Span, watch: Watch): Promise<void> {
  // A format that can't be decoded throws here, also where there is nothing to copy.
  void codecOf(source.format);
  void codecOf(target.format);
  const staged = blankLike(holder, target, 'C');
  try {
    await whileBothPinned(holder, target, source, async () => {
      // A copy of the target, so that padding between fields stays as it is.
      await copyPinned(holder, staged, { source: target, swap: 1 }, { ...watch, progress: null });
      await convertPieces(holder, staged, source, watch);
      await copyPinned(holder, target, { source: staged, swap: 1 }, watch);
    });
  } finally {
    staged.region.memory!.release();
  }
}

async function convertPieces(subject: string, target: Span, source: Span, watch: Watch): Promise<void> {
  if (itemCount(target) === 0) return;
  const { itemsize } = target.format;
  for (const [to, from] of directPairs(target, source)) {
    for (const [there, here] of pieces(to.layout, from.layout, itemsize, itemsize * CONVERTED_PIECE)) {
      watch.check();
      checkLive(subject, from);
      convertItems({ ...to, layout: there }, { ...from, layout: here }, () => {});
      await setImmediate();
    }
  }
}

/** Copies through memory of its own, as if the source had been read whole before the first write. */
async function copyStaged(
  holder: string,
  target: Span,
  { source, swap }: Fitted,
  watch: Watch,
): Promise<void> {
  const staged = blankLike(holder, source, 'C');
  try {
    await copyPinned(holder, staged, { source, swap: 1 }, { ...watch, progress: null });
    await copyPinned(holder, target, { source: staged, swap }, watch);
  } finally {
    staged.region.memory!.release();
  }
}

async function copyPieces(subject: string, target: Span, fitted: Fitted, watch: Watch): Promise<void> {
  if (itemCount(target) === 0) return;
  const { itemsize } = target.format;
  const nbytes = nbytesOf(target);
  const swap = fitted.swap!;
  let done = 0;
  for (const [to, from] of directPairs(target, fitted.source)) {
    const pooled = isSteady(to.region) && isSteady(from.region);
    for (const [there, here] of pieces(to.layout, from.layout, itemsize, pooled ? POOL_PIECE : OWN_PIECE)) {
      watch.check();
      checkLive(subject, to);
      checkLive(subject, from);
      const copied = pooled
        ? copyLater(to.region, there, from.region, here, itemsize, swap)
        : copyHere({ ...to, layout: there }, { source: { ...from, layout: here }, swap });
      // Both kinds of copy let the event loop turn before the next piece.
      const status = await (pooled ? copied : setImmediate(copied));
      if (status === STATUS.OVERLAP) {
        // Items of the target share bytes, so all of them have to be written in their order.
        checkLive(subject, target);
        checkLive(subject, fitted.source);
        copyFitted(target, fitted, () => {});
        return;
      }
      // Other code transferred the ArrayBuffer.
      if (status !== STATUS.OK) throw goneError(subject, to.region);
      done += elementCount(there.shape) * itemsize;
      watch.progress?.(done, nbytes);
    }
  }
}

/** Copies a piece in this thread. @returns a status */
function copyHere(to: Span, { source, swap }: Fitted): number {
  const { region, layout, format } = to;
  if (hasKernels) return copyNow(region, layout, source.region, source.layout, format.itemsize, swap!);
  if (!isDistinct(layout, format.itemsize)) return STATUS.OVERLAP;
  copyFitted(to, { source, swap }, () => {});
  return STATUS.OK;
}

/** Whether no byte belongs to two items; each step must clear all that the smaller ones reach. */
function isDistinct({ shape, strides }: Layout, itemsize: number): boolean {
  let reached = itemsize;
  const axes = shape.map((length, d) => ({ length, step: Math.abs(strides[d]!) }));
  for (const { length, step } of axes.sort((a, b) => a.step - b.step)) {
    if (length > 1 && step < reached) return false;
    reached += step * (length - 1);
  }
  return true;
}

/** Cuts two layouts of one shape into pieces of at most so many bytes, along the target's longest strides. */
function* pieces(
  to: Layout,
  from: Layout,
  itemsize: number,
  most: number,
): Generator<readonly [to: Layout, from: Layout]> {
  const nbytes = elementCount(to.shape) * itemsize;
  const axis = nbytes > most ? outermost(to) : -1;
  if (axis < 0) {
    yield [to, from];
    return;
  }
  const length = to.shape[axis]!;
  const step = Math.max(1, Math.floor(most / (nbytes / length)));
  for (let at = 0; at < length; at += step) {
    const count = Math.min(step, length - at);
    yield* pieces(narrowed(to, axis, at, count), narrowed(from, axis, at, count), itemsize, most);
  }
}

/** The dimension of more than one item with the longest stride, or -1. */
function outermost({ shape, strides }: Layout): number {
  let found = -1;
  shape.forEach((length, d) => {
    if (length > 1 && (found < 0 || Math.abs(strides[d]!) > Math.abs(strides[found]!))) found = d;
  });
  return found;
}
