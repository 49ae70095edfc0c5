/**
 * The parts of an index: integers, ranges, the ellipsis and new axes, and how a caller's are read. Reading runs the
 * caller's code (getters of an array). The result is plain values, which `slice.ts` applies to a layout.
 */
import { inspect } from 'node:util';
import { define, isExtended, isRevoked, readList } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { readText } from './index-text.js';

/** Stands for as many full ranges as the other parts leave over: Python's `...`. */
export const ellipsis: unique symbol = Symbol.for('memoryview.ellipsis');

/** Stands for a new dimension of length 1: numpy's `newaxis`. */
export const newAxis: unique symbol = Symbol.for('memoryview.newAxis');

/** A bound or step of a range: an integral number or a bigint of any size; null or undefined leaves it out. */
export type Bound = number | bigint | null | undefined;

/** What `slice` takes for a dimension: see {@link range}. */
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
export type Part = number | bigint | Bounds | typeof ellipsis | typeof newAxis;

/** Keeps a dimension, from `start` up to but without `stop`, each `step`-th element: Python's `slice` object. */
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

/**
 * Reads the parts of an index, each once. One string alone is Python's own syntax for all of it.
 *
 * @param subject - the call, for the message
 * @param parts - what the caller passed: see {@link IndexPart}
 * @throws TypeError `ERR_INVALID_ARG` for another kind, text that is not Python's syntax, or a second ellipsis; RangeError
 *   `ERR_OUT_OF_RANGE` for a step of 0
 */
export function readParts(subject: string, parts: readonly unknown[]): readonly Part[] {
  const count = parts.length;
  const read = new Array<Part>(count);
  let hasEllipsis = false;
  for (let i = 0; i < count; i++) {
    const part = parts[i];
    if (typeof part === 'number' && Number.isInteger(part)) {
      read[i] = part + 0;
    } else if (typeof part === 'object' && part !== null) {
      read[i] = Range.bounds(part) ?? readTuple(subject, part);
    } else if (part === newAxis) {
      read[i] = newAxis;
    } else if (part === ellipsis) {
      if (hasEllipsis) throw secondEllipsis(subject);
      hasEllipsis = true;
      read[i] = ellipsis;
    } else if (typeof part === 'bigint') {
      read[i] = narrow(part);
    } else if (typeof part === 'string' && count === 1) {
      return readWritten(subject, part);
    } else {
      throw unknownPart(subject, part);
    }
  }
  return read;
}

function readTuple(subject: string, part: object): Bounds {
  let length: unknown;
  let start: unknown;
  let stop: unknown;
  let step: unknown;
  try {
    // Not isList: asking first whether this is a proxy costs more than the rest of a slice.
    if (!Array.isArray(part)) throw unknownPart(subject, part);
    length = part.length;
    if (isExtended()) {
      [start, stop, step] = readList(subject, part, 3);
    } else if (length === 2) {
      start = part[0];
      stop = part[1];
    } else if (length === 3) {
      start = part[0];
      stop = part[1];
      step = part[2];
    } else if (length === 1) {
      start = part[0];
    }
  } catch (error) {
    if (isRevoked(part)) throw typeError('ERR_INVALID_ARG', `${subject}: the argument is a revoked proxy`);
    throw error;
  }
  if (typeof length !== 'number' || !(length >= 0 && length <= 3)) {
    const expected = 'expected [start, stop, step]';
    throw typeError('ERR_INVALID_ARG', `${subject}: a range of ${shown(length)} entries given, ${expected}`);
  }
  return boundsOf(subject, start, stop, step);
}

function unknownPart(subject: string, part: unknown): TypeError {
  const expected = 'expected an integer, range(…), [start, stop, step], ellipsis, newAxis, or one string';
  return typeError('ERR_INVALID_ARG', `${subject}: ${shown(part)} given, ${expected}`);
}

function secondEllipsis(subject: string): TypeError {
  return typeError('ERR_INVALID_ARG', `${subject}: 2 ellipses given, expected at most one`);
}

/** What texts said, so that a loop parses each once; parsing takes three quarters of a slice by text. */
const written = new Map<string, readonly Part[]>();
/** The most texts that are kept, and characters of one: programs that make a text for each slice keep little. */
const MAX_WRITTEN = 256;
const LONGEST_WRITTEN = 64;

function readWritten(subject: string, text: string): readonly Part[] {
  const known = written.get(text);
  if (known !== undefined) return known;
  const parts = parseWritten(subject, text);
  if (text.length <= LONGEST_WRITTEN) {
    if (written.size === MAX_WRITTEN) written.clear();
    written.set(text, parts);
  }
  return parts;
}

function parseWritten(subject: string, text: string): readonly Part[] {
  let hasEllipsis = false;
  return readText(subject, text).map((part): Part => {
    switch (part.kind) {
      case 'index':
        return narrow(part.value);
      case 'range':
        return boundsOf(subject, part.start, part.stop, part.step);
      case 'newaxis':
        return newAxis;
      default:
        if (hasEllipsis) throw secondEllipsis(subject);
        hasEllipsis = true;
        return ellipsis;
    }
  });
}

function narrow(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function boundsOf(subject: string, start: unknown, stop: unknown, step: unknown): Bounds {
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

/** The magnitude that bounds and steps are clamped to: what CPython's `ssize_t` holds. */
export const MAX_STEP: number = 2 ** 63;

/**
 * Reads an element's index along one dimension and resolves a negative one from the end.
 *
 * @param subject - the call, for the message about a wrong kind
 * @param axis - the dimension, counted from 0 (a message counts from 1, as CPython's does)
 * @param length - the dimension's length in elements
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an integral number or bigint; RangeError `ERR_OUT_OF_BOUNDS` outside of
 *   `-length` to `length - 1`
 */
export function readIndex(subject: string, value: unknown, axis: number, length: number): number {
  if (typeof value === 'number' ? !Number.isInteger(value) : typeof value !== 'bigint') {
    throw typeError('ERR_INVALID_ARG', `${subject}: index ${shown(value)} given, expected an integer`);
  }
  return boundIndex(value as number | bigint, axis, length);
}

/**
 * Resolves a negative index from the end and checks it.
 *
 * @param axis - the dimension, counted from 0 (the message counts from 1, as CPython's does)
 * @param length - the dimension's length in elements
 * @throws RangeError `ERR_OUT_OF_BOUNDS` outside of `-length` to `length - 1`
 */
export function boundIndex(index: number | bigint, axis: number, length: number): number {
  const near = typeof index === 'bigint' ? Number(index) : index;
  const at = near < 0 ? near + length : near + 0;
  if (at >= 0 && at < length) return at;
  const where = `dimension ${axis + 1} with length ${length}`;
  throw rangeError('ERR_OUT_OF_BOUNDS', `index ${index} is out of bounds for ${where}`);
}
