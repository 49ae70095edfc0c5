/**
 * The parts of an index: integers, ranges, the ellipsis and new axes, and how a caller's are read. Reading runs the
 * caller's code (getters of an array). The result is plain values, which `slice.ts` applies to a layout.
 */
import { inspect } from 'node:util';
import { define } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';

/** Stands for as many full ranges as the other parts leave over: Python's `...`. */
export const ellipsis: unique symbol = Symbol.for('memoryview.ellipsis');

/** Stands for a new dimension of length 1: numpy's `newaxis`. */
export const newAxis: unique symbol = Symbol.for('memoryview.newAxis');

/** A bound or step of a range: an integral number or a bigint of any size; null or undefined leaves it out. */
export type Bound = number | bigint | null | undefined;

/** The argument of `slice` for one dimension: see {@link range}. */
export type IndexPart =
  | number
  | bigint
  | Range
  | readonly [start?: Bound, stop?: Bound, step?: Bound]
  | typeof ellipsis
  | typeof newAxis;

/** A range with its bounds as numbers, clamped to what 64 bits hold, as CPython's `PySlice_Unpack` does. */
export interface Bounds {
  readonly start: number | null;
  readonly stop: number | null;
  /** Never 0. */
  readonly step: number;
}

/** A part as it was read: an integer beyond 2^53, which is out of bounds everywhere, stays a bigint for the message. */
export type PlainPart = number | bigint | Bounds | typeof ellipsis | typeof newAxis;

/** Keeps a dimension: each `step`-th element from `start` up to `stop`, which is left out. Python's `slice` object. */
export class Range {
  /** The first element; null where it was left out. */
  readonly start: number | bigint | null;
  /** The element after the last one; null where it was left out. */
  readonly stop: number | bigint | null;
  /** How far to move each time; null where it was left out, which is 1. */
  readonly step: number | bigint | null;
  readonly #bounds: Bounds;

  /** @internal */
  constructor(start: unknown, stop: unknown, step: unknown) {
    this.#bounds = boundsOf('range', start, stop, step);
    this.start = start == null ? null : (start as number | bigint);
    this.stop = stop == null ? null : (stop as number | bigint);
    this.step = step == null ? null : (step as number | bigint);
    Object.freeze(this);
  }

  /** @internal The bounds as numbers, or null where `value` is no range. Runs no code of the value's. */
  static bounds(value: object): Bounds | null {
    return #bounds in value ? value.#bounds : null;
  }

  /** Writes the range as the call that makes it: `range(null, 5, 2)`. */
  toString(): string {
    const write = (bound: number | bigint | null): string =>
      typeof bound === 'bigint' ? `${bound}n` : `${bound}`;
    const step = this.step === null ? '' : `, ${write(this.step)}`;
    return `range(${write(this.start)}, ${write(this.stop)}${step})`;
  }

  static {
    define(Range.prototype, inspect.custom, {
      value(this: Range): string {
        return this.toString();
      },
    });
  }
}

/**
 * Makes a range for `slice` that starts at the beginning, as Python's `slice(stop)` does: `range(2)` is `:2`.
 *
 * @param stop - the element after the last one; negative counts from the end, null or left out is the end
 * @throws TypeError `ERR_INVALID_ARG` for a bound that is no integer
 */
export function range(stop?: Bound): Range;
/**
 * Makes a range for `slice`: Python's `slice(start, stop, step)`.
 *
 * @param start - the first element; negative counts from the end, null is left out
 * @param stop - the element after the last one, likewise
 * @param step - how far to move each time, not 0; negative goes backwards
 * @throws TypeError `ERR_INVALID_ARG` for a bound that is no integer; RangeError `ERR_OUT_OF_RANGE` for a step of 0
 * @example
 * view.slice(range(1, 5), range(null, null, -1)); // Python's view[1:5, ::-1]
 */
export function range(start: Bound, stop: Bound, step?: Bound): Range;
export function range(...bounds: unknown[]): Range {
  const [first, second, step] = bounds;
  return bounds.length < 2 ? new Range(null, first, null) : new Range(first, second, step);
}

/** Reads the bounds and the step of a range. @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE` for step 0 */
export function boundsOf(subject: string, start: unknown, stop: unknown, step: unknown): Bounds {
  const first = readBound(subject, start);
  const end = readBound(subject, stop);
  const by = readBound(subject, step);
  if (by === 0) throw rangeError('ERR_OUT_OF_RANGE', `${subject}: step 0 given, expected another integer`);
  return { start: first, stop: end, step: by ?? 1 };
}

/**
 * Reads a bound of a range.
 *
 * @returns the bound, clamped to 64 bits (beyond 2^53 rounded, which no length can tell); null where it is left out
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an integral number, bigint, null or undefined
 */
export function readBound(subject: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' ? !Number.isInteger(value) : typeof value !== 'bigint') {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: bound ${shown(value)} given, expected an integer or null`,
    );
  }
  const bound = Number(value);
  if (bound > MAX_STEP) return MAX_STEP;
  return bound < -MAX_STEP ? -MAX_STEP : bound + 0;
}

/** The magnitude that bounds and steps are clamped to, that of CPython's `ssize_t`. */
export const MAX_STEP: number = 2 ** 63;
