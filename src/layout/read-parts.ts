/** Reads the indices of `get` and the parts of `slice`, once, into plain values. */
import { isExtended, isRevoked, readList } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { type Bounds, boundsOf, ellipsis, newAxis, type PlainPart, Range } from './index-parts.js';
import { readText } from './index-text.js';

/**
 * Reads the parts of an index, each once. One string alone is Python's own syntax for all of it.
 *
 * @param subject - the call, for the message
 * @param parts - the caller's arguments: see {@link IndexPart}
 * @throws TypeError `ERR_INVALID_ARG` for another kind, text that is not Python's syntax, or a second ellipsis; RangeError
 *   `ERR_OUT_OF_RANGE` for a step of 0
 */
export function readParts(subject: string, parts: readonly unknown[]): readonly PlainPart[] {
  const count = parts.length;
  const read = new Array<PlainPart>(count);
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

/** The parts that texts stand for, so that a loop parses each text once: parsing takes three quarters of a slice by text. */
const cachedParts = new Map<string, readonly PlainPart[]>();
/** The most texts that are kept, and characters of one: programs that make a text for each slice keep little. */
const MAX_CACHED_TEXTS = 256;
const MAX_CACHED_LENGTH = 64;

function readWritten(subject: string, text: string): readonly PlainPart[] {
  const known = cachedParts.get(text);
  if (known !== undefined) return known;
  const parts = parseWritten(subject, text);
  if (text.length <= MAX_CACHED_LENGTH) {
    if (cachedParts.size === MAX_CACHED_TEXTS) cachedParts.clear();
    cachedParts.set(text, parts);
  }
  return parts;
}

function parseWritten(subject: string, text: string): readonly PlainPart[] {
  let hasEllipsis = false;
  return readText(subject, text).map((part): PlainPart => {
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
