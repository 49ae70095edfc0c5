/**
 * Equality of decoded values as Python's `==` has it: by value, across formats and byte orders. Built from the two
 * formats, since one JavaScript string may stand for bytes (`c`) or for text (`u`, `w`), which are never equal.
 */
import { types } from 'node:util';
import { isList, readGuarded, readProperty } from '../arguments.js';
import type { Field, Format, Item, Scalar } from './format.js';
import { firstBytes, trueLength } from './own-bytes.js';
import type { Complex } from './scalar-codec.js';

/** Compares two decoded values. */
export type Equality = (a: unknown, b: unknown) => boolean;

type Kind = ScalarKind | ListKind;
type ScalarKind = 'number' | 'bytes' | 'character' | 'text';

/** A list of values as runs of one kind; records with names are objects, read by key. */
interface ListKind {
  readonly runs: readonly { readonly count: number; readonly kind: Kind }[];
  readonly length: number;
  readonly keys: readonly string[] | null;
}

/**
 * The equality of two formats' decoded values: numbers of all kinds exactly, NaN equal to nothing, true as 1, bytes
 * (`c s p`) by content, text (`u w`) by content, records and sub-arrays value by value in their order; names do not count. A lone value
 * never equals a list.
 *
 * @returns null where a format cannot be decoded, or holds long doubles, which CPython does not compare: such items are never equal, even to themselves
 */
export function equalityOf(a: Format, b: Format): Equality | null {
  if (!a.comparable || !b.comparable) return null;
  return equalityOfKinds(kindOf(a.item), kindOf(b.item)) ?? NEVER;
}

/** The equality of formats whose values are of kinds that never equal each other. */
export const NEVER: Equality = () => false;

/** The equality of two scalars' decoded values. */
export function equalityOfScalars(a: Scalar, b: Scalar): Equality {
  return equalityOfKinds(scalarKind(a), scalarKind(b)) ?? NEVER;
}

function kindOf(item: Item): Kind {
  if (item.kind === 'scalar') return scalarKind(item);
  if (item.kind === 'sequence' && item.valueCount === 1) {
    return kindOfField(item.fields.find(({ count }) => count === 1)!);
  }
  const runs = item.fields.map((field) => ({ count: field.count, kind: kindOfField(field) }));
  const length = runs.reduce((sum, { count }) => sum + count, 0);
  const keys = item.kind === 'record' && item.named ? item.fields.map(({ key }) => key) : null;
  return { runs, length, keys };
}

function kindOfField(field: Field): Kind {
  return field.shape.reduceRight<Kind>(
    (kind, length) => ({ runs: [{ count: length, kind }], length, keys: null }),
    kindOf(field.item),
  );
}

function scalarKind({ code }: Scalar): ScalarKind {
  switch (code) {
    case 'c':
      return 'character';
    case 's':
    case 'p':
    case 'x':
      return 'bytes';
    case 'u':
    case 'w':
      return 'text';
    default:
      return 'number';
  }
}

/** Null where two kinds are never equal. */
function equalityOfKinds(a: Kind, b: Kind): Equality | null {
  if (typeof a === 'string' || typeof b === 'string') {
    if (typeof a !== 'string' || typeof b !== 'string') return null;
    if (a === 'number' && b === 'number') return numbersEqual;
    if (a === 'bytes' && b === 'bytes') return bytesEqual;
    if (a === 'character' && b === 'bytes') return isCharacter;
    if (a === 'bytes' && b === 'character') return (x, y) => isCharacter(y, x);
    return a === b ? (x, y) => x === y : null;
  }
  if (a.length !== b.length) return null;
  const stretches = stretchesOf(a, b);
  if (stretches === null) return null;
  const { keys: keysA } = a;
  const { keys: keysB } = b;
  return (x, y) => {
    let i = 0;
    for (const { end, equal } of stretches) {
      for (; i < end; i++) if (!equal(entry(x, keysA, i), entry(y, keysB, i))) return false;
    }
    return true;
  };
}

interface Stretch {
  readonly end: number;
  readonly equal: Equality;
}

/** Lays the runs of two lists of one length against each other; null where values that are never equal meet. */
function stretchesOf(a: ListKind, b: ListKind): Stretch[] | null {
  const runsA = a.runs.filter(({ count }) => count > 0);
  const runsB = b.runs.filter(({ count }) => count > 0);
  const stretches: Stretch[] = [];
  let endA = 0;
  let endB = 0;
  for (let at = 0, i = -1, j = -1; at < a.length; ) {
    if (at === endA) endA += runsA[++i]!.count;
    if (at === endB) endB += runsB[++j]!.count;
    const equal = equalityOfKinds(runsA[i]!.kind, runsB[j]!.kind);
    if (equal === null) return null;
    at = Math.min(endA, endB);
    stretches.push({ end: at, equal });
  }
  return stretches;
}

function entry(list: unknown, keys: readonly string[] | null, i: number): unknown {
  return keys === null ? (list as readonly unknown[])[i] : (list as Record<string, unknown>)[keys[i]!];
}

/** Exact across number and bigint, without rounding either; false for NaN. Complex numbers by both their parts. */
function numbersEqual(a: unknown, b: unknown): boolean {
  if (typeof a === 'object' || typeof b === 'object') {
    const x = complexOf(a);
    const y = complexOf(b);
    return realsEqual(x.re, y.re) && realsEqual(x.im, y.im);
  }
  return realsEqual(a as Real, b as Real);
}

type Real = number | bigint | boolean;

// Mixed comparisons of number and bigint are exact in JavaScript, and a boolean counts as 0 or 1.
function realsEqual(a: Real, b: Real): boolean {
  return a === b || (typeof a !== typeof b && a <= b && a >= b);
}

function complexOf(value: unknown): { readonly re: Real; readonly im: Real } {
  return typeof value === 'object' ? (value as Complex) : { re: value as Real, im: 0 };
}

function bytesEqual(a: unknown, b: unknown): boolean {
  return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0;
}

function isCharacter(character: unknown, bytes: unknown): boolean {
  const { length, 0: first } = bytes as Uint8Array;
  return length === 1 && (character as string).charCodeAt(0) === first;
}

/**
 * Looks for one value among a format's decoded items. The value is read once, here (its getters may run), so that
 * testing runs no code of the caller's.
 *
 * @param wanted - any value; a `c` is also found by its byte, a record also by an array of its values
 * @returns whether a decoded item equals it; null where no item of the format is of its kind
 */
export function matcherOf(format: Format, wanted: unknown): ((item: unknown) => boolean) | null {
  return format.comparable ? matcherOfKind(kindOf(format.item), wanted) : () => false;
}

/** Null where no item ever can equal it. */
function matcherOfKind(kind: Kind, wanted: unknown): ((item: unknown) => boolean) | null {
  switch (kind) {
    case 'number': {
      const number = readNumber(wanted);
      return number === null ? null : (item) => numbersEqual(item, number);
    }
    case 'text':
      return typeof wanted === 'string' ? (item) => item === wanted : unequalNumber(wanted);
    case 'character':
    case 'bytes': {
      if (typeof wanted === 'string') return kind === 'character' ? (item) => item === wanted : null;
      if (!types.isUint8Array(wanted)) return unequalNumber(wanted);
      const bytes = Buffer.from(firstBytes(wanted));
      return kind === 'bytes' ? (item) => bytesEqual(item, bytes) : (item) => isCharacter(item, bytes);
    }
    default:
      return listMatcher(kind, wanted);
  }
}

/** A matcher that no item passes, for a number, complex ones included; null for anything else. */
function unequalNumber(wanted: unknown): (() => boolean) | null {
  return readNumber(wanted) === null ? null : () => false;
}

function readNumber(wanted: unknown): Real | { readonly re: Real; readonly im: Real } | null {
  if (isReal(wanted)) return wanted;
  if (wanted === null || typeof wanted !== 'object') return null;
  const { re, im } = readGuarded('value', wanted, () => ({
    re: readProperty(wanted, 're'),
    im: readProperty(wanted, 'im'),
  }));
  return isReal(re) && isReal(im) ? { re, im } : null;
}

function isReal(value: unknown): value is Real {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

function listMatcher(list: ListKind, wanted: unknown): ((item: unknown) => boolean) | null {
  const values = readValues(list, wanted);
  if (values === null) return null;
  const matchers: ((item: unknown) => boolean)[] = [];
  for (const { count, kind } of list.runs) {
    for (let i = 0; i < count; i++) {
      const matcher = matcherOfKind(kind, values[matchers.length]);
      if (matcher === null) return null;
      matchers.push(matcher);
    }
  }
  return (item) => matchers.every((matches, i) => matches(entry(item, list.keys, i)));
}

function readValues({ length, keys }: ListKind, wanted: unknown): unknown[] | null {
  if (wanted === null || typeof wanted !== 'object') return null;
  return readGuarded('value', wanted, () => {
    if (isList(wanted) || types.isTypedArray(wanted)) {
      const given: unknown = types.isTypedArray(wanted) ? trueLength(wanted) : wanted.length;
      if (given !== length) return null;
      return Array.from({ length }, (_, i): unknown => wanted[i]);
    }
    if (keys === null) return null;
    const given = Object.keys(wanted);
    if (given.length !== length || !keys.every((key) => given.includes(key))) return null;
    return keys.map((key): unknown => Reflect.get(wanted, key));
  });
}
