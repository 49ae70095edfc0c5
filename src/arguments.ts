/**
 * Reads each of a caller's arguments once, into plain values. Only this file checks options bags, integers and lists.
 * Reading may run the caller's own code (getters, proxy traps), so liveness is checked after it, not only before. Nothing is read from
 * `Object.prototype`, because in many programs JSON with a key `__proto__` writes there.
 */
import { types } from 'node:util';
import { type RangeErrorCode, rangeError, shown, typeError } from './errors.js';

const NONE = Object.freeze(bare({}));

/**
 * Reads an options bag: each allowed name once.
 *
 * @param subject - the call, for the message
 * @param options - what the caller passed; `undefined` is an empty bag
 * @param names - the allowed names
 * @returns a fresh object without a prototype, with the options that are not `undefined`
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an object, and for an unknown name (the nearest right one is named)
 */
export function readOptions<K extends string>(
  subject: string,
  options: unknown,
  names: readonly K[],
): { [P in K]?: unknown } {
  if (options === undefined) return NONE;
  if (options === null || typeof options !== 'object' || isList(options) || ArrayBuffer.isView(options)) {
    throw typeError('ERR_INVALID_ARG', `${subject}: options are ${shown(options)}, expected an object`);
  }
  const read = bare<{ [P in K]?: unknown }>({});
  return readGuarded(subject, options, () => {
    for (const key of Reflect.ownKeys(options)) {
      if (typeof key === 'symbol') continue;
      if (!(names as readonly string[]).includes(key)) throw unknownOption(subject, key, names);
    }
    for (const name of names) {
      const value = readProperty(options, name);
      if (value !== undefined) read[name] = value;
    }
    return read;
  });
}

/** Removes the prototype of an object literal, so that a part that it lacks is not looked up in `Object.prototype`. */
export function bare<T extends object>(literal: T): T {
  return Object.setPrototypeOf(literal, null) as T;
}

/** Defines a property, also where other code has added accessors to `Object.prototype`. */
export function define(target: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, key, bare(descriptor));
}

/**
 * Reads a property of a caller's object: its own, or of its class, but never of `Object.prototype`, this realm's or another one's. Runs the
 * caller's getters and traps.
 */
export function readProperty(object: object, key: PropertyKey): unknown {
  // A proxy may answer for properties that it does not list.
  if (types.isProxy(object) && !(key in Object.prototype)) return Reflect.get(object, key);
  for (
    let holder: object | null = object;
    holder !== null && (holder === object || !isRoot(holder));
    holder = Reflect.getPrototypeOf(holder)
  ) {
    if (Object.hasOwn(holder, key)) return Reflect.get(holder, key, object);
  }
  return undefined;
}

/** Whether other code has added to this realm's `Object.prototype`, where the engine looks up the holes of an array. */
export function isExtended(): boolean {
  return Object.keys(Object.prototype).length > 0;
}

/** An entry of an array; undefined for a hole. */
function entryOf(list: readonly unknown[], i: number): unknown {
  return Object.hasOwn(list, i) ? list[i] : undefined;
}

/** Whether an object is the `Object.prototype` of some realm. */
function isRoot(prototype: object): boolean {
  if (prototype === Object.prototype) return true;
  return (
    !types.isProxy(prototype) &&
    Reflect.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  );
}

function unknownOption(subject: string, key: string, names: readonly string[]): TypeError {
  const best = nearest(key, names);
  const hint = best === null ? `; expected one of ${names.join(', ')}` : `; did you mean ${shown(best)}?`;
  return typeError('ERR_INVALID_ARG', `${subject}: unknown option ${shown(key)}${names.length ? hint : ''}`);
}

/** The name that is closest to `word` by edit distance, or that shares its first letters; null where none is near. */
export function nearest(word: string, names: readonly string[]): string | null {
  const given = word.slice(0, 64).toLowerCase();
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const other = name.toLowerCase();
    const shares =
      given.length > 1 && (other.startsWith(given) || given.startsWith(other) || other.endsWith(given));
    const distance = shares ? 1 : editDistance(given, other);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return least <= Math.max(2, Math.ceil(given.length / 3)) ? best : null;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * Runs `read` over an object of the caller's. An engine's own error about a revoked proxy, which has no code, becomes one
 * of ours; errors of the caller's getters pass through unchanged.
 *
 * @throws TypeError `ERR_INVALID_ARG` where `value` is a revoked proxy
 */
export function readGuarded<T>(subject: string, value: object, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isRevoked(value)) throw typeError('ERR_INVALID_ARG', `${subject}: the argument is a revoked proxy`);
    throw error;
  }
}

/** Whether the value is a proxy that was revoked; runs no trap. */
export function isRevoked(value: unknown): boolean {
  if (!types.isProxy(value)) return false;
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

/** `Array.isArray` that returns false, not an error, for a revoked proxy. */
export function isList(value: unknown): value is readonly unknown[] {
  return !isRevoked(value) && Array.isArray(value);
}

/**
 * Copies an array of the caller's into a plain one, reading its length once and each element once.
 *
 * @param most - the largest length that is accepted (elements)
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an array; RangeError `ERR_SHAPE` for one that is longer than `most`
 */
export function readList(subject: string, value: unknown, most: number): unknown[] {
  if (!isList(value)) {
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(value)} given, expected an array`);
  }
  return readGuarded(subject, value, () => {
    const length: unknown = value.length;
    if (typeof length !== 'number' || !(length <= most)) {
      throw rangeError('ERR_SHAPE', `${subject}: ${shown(length)} entries given, expected at most ${most}`);
    }
    const list: unknown[] = [];
    const hasMore = isExtended();
    for (let i = 0; i < length; i++) list.push(hasMore ? entryOf(value, i) : value[i]);
    return list;
  });
}

/** Bounds of an integer argument, both inclusive, and the code for one outside of them. */
export interface IntegerRange {
  readonly min?: number;
  readonly max?: number | bigint;
  readonly code?: RangeErrorCode;
}

const SAFE: IntegerRange = {};

/** A property of an object literal that this library wrote, or its default. */
function ownOr<T extends object, K extends keyof T>(
  literal: T,
  key: K,
  otherwise: NonNullable<T[K]>,
): NonNullable<T[K]> {
  return Object.hasOwn(literal, key) ? (literal[key] ?? otherwise) : otherwise;
}

/**
 * Reads an integer: an integral number or a bigint, never a boolean, a string or an object.
 *
 * @param subject - the call and the argument, for the message
 * @param range - both bounds inclusive; by default those of a safe integer
 * @returns the integer as a number
 * @throws TypeError `ERR_INVALID_ARG` for another kind, NaN or a fraction; RangeError with `range.code` (default
 *   `ERR_OUT_OF_RANGE`) outside the bounds
 */
export function readInteger(subject: string, value: unknown, range: IntegerRange = SAFE): number {
  const min = ownOr(range, 'min', Number.MIN_SAFE_INTEGER);
  const max = ownOr(range, 'max', Number.MAX_SAFE_INTEGER);
  const code = ownOr(range, 'code', 'ERR_OUT_OF_RANGE');
  if (typeof value === 'number' ? !Number.isInteger(value) : typeof value !== 'bigint') {
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(value)} given, expected an integer`);
  }
  if ((value as number | bigint) < min || (value as number | bigint) > max) {
    throw rangeError(code, `${subject}: ${shown(value)} given, expected ${min} to ${max}`);
  }
  return Number(value) + 0;
}

/**
 * Reads what {@link readInteger} reads with a lower bound only, for calls that take less time than reading a range does (30 ns).
 *
 * @throws TypeError `ERR_INVALID_ARG`, RangeError `ERR_OUT_OF_RANGE`
 */
export function readAtLeast(subject: string, value: unknown, min: number): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  // A bigint beyond the safe integers must not be rounded to one.
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min) return number + 0;
  return readInteger(subject, value, { min });
}

/** Reads a boolean. @throws TypeError `ERR_INVALID_ARG` for anything else */
export function readBoolean(subject: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(value)} given, expected true or false`);
  }
  return value;
}

/** Reads a string. @throws TypeError `ERR_INVALID_ARG` for anything else */
export function readString(subject: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(value)} given, expected a string`);
  }
  return value;
}

/**
 * Reads one of several words.
 *
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a string; RangeError `ERR_OUT_OF_RANGE` for
 *   another word
 */
export function readOneOf<W extends string>(subject: string, value: unknown, words: readonly W[]): W {
  const word = readString(subject, value);
  const found = words.find((w) => w === word);
  if (found === undefined) {
    const list = words.map((w) => JSON.stringify(w)).join(', ');
    throw rangeError('ERR_OUT_OF_RANGE', `${subject}: ${shown(word)} given, expected one of ${list}`);
  }
  return found;
}

/** Reads a function. @throws TypeError `ERR_INVALID_ARG` for anything else, and for a revoked proxy of one */
export function readFunction(subject: string, value: unknown): (...args: never[]) => unknown {
  if (typeof value !== 'function' || isRevoked(value)) {
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(value)} given, expected a function`);
  }
  return value as (...args: never[]) => unknown;
}
