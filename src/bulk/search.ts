/** Search in 1-D views by Python's `==`: `index`, `count` and `in` of CPython 3.14's memoryview. */
import { shown, typeError } from '../errors.js';
import { matcherOf } from '../format/equality.js';
import type { Codec, Format } from '../format/format.js';
import { type ValueBytes, valueBytesOf } from '../format/value-bytes.js';
import { readBound } from '../layout/index-parts.js';
import { clampSlice } from '../layout/slice.js';
import type { Access } from '../span/access.js';
import { checkLive, rowSpan, type Span } from '../span/span.js';
import { countNatively, findNatively, LOOK_FROM, type Wanted } from './kernels.js';
import { byteSequenceOf, countBytes, findBytes } from './sequence.js';

/** The index of the first element from `from` on that equals `value`, or -1. */
export function findValue(
  subject: string,
  span: Span,
  access: Access,
  value: unknown,
  from: unknown,
): number {
  const sequence = sequenceIn(subject, span, value);
  if (sequence !== null) return findBytes(subject, span, sequence, from);
  const { test, length, read } = prepared(subject, span, access, value);
  const row = span.layout;
  const bound = from === undefined ? null : readBound(`${subject}: from`, from);
  const { start } = clampSlice(bound, null, 1, length);
  if (repeats(span)) return start < length && test(read(start)) ? start : -1;
  if (length - start >= LOOK_FROM && span.indirect === null) {
    const wanted = wantedItem(span.format, access.codec, value);
    if (wanted === NO_ITEM) return -1;
    const part = { ...row, offset: row.offset + start * row.strides[0]!, shape: [length - start] };
    const found = wanted === null ? null : findNatively(span.region, part, wanted);
    if (found !== null) return found < 0 ? -1 : start + found;
  }
  for (let i = start; i < length; i++) if (test(read(i))) return i;
  return -1;
}

/** How many elements equal `value`. */
export function countValue(subject: string, span: Span, access: Access, value: unknown): number {
  const sequence = sequenceIn(subject, span, value);
  // One byte is an element.
  if (sequence !== null && (sequence.length !== 1 || span.format.code !== 'B'))
    return countBytes(subject, span, sequence);
  const wanted = sequence === null ? value : sequence[0];
  return countElements(subject, span, access, wanted);
}

function countElements(subject: string, span: Span, access: Access, value: unknown): number {
  const { test, length, read } = prepared(subject, span, access, value);
  if (repeats(span)) return length > 0 && test(read(0)) ? length : 0;
  if (length >= LOOK_FROM && span.indirect === null) {
    const wanted = wantedItem(span.format, access.codec, value);
    if (wanted === NO_ITEM) return 0;
    const counted = wanted === null ? null : countNatively(span.region, span.layout, wanted);
    if (counted !== null) return counted;
  }
  let count = 0;
  for (let i = 0; i < length; i++) if (test(read(i))) count++;
  return count;
}

/** Whether all elements are one, by stride 0. */
function repeats({ indirect, layout }: Span): boolean {
  return indirect === null && layout.strides[0] === 0;
}

const NOTHING = (): boolean => false;

/** Stands for a value that no item of a format equals. */
const NO_ITEM = Symbol('never');

/**
 * The item of a format that a primitive value equals; null where items have to be decoded. Runs no code of the caller's.
 */
function wantedItem(format: Format, codec: Codec, value: unknown): Wanted | typeof NO_ITEM | null {
  const rule = valueBytesOf(format);
  if (rule === null || rule.part !== format.itemsize || rule.kind === 'bytes') return null;
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') return null;
  const encodable = asItem(rule, value);
  if (encodable === null) return NO_ITEM;
  const bytes = new Uint8Array(format.itemsize);
  const data = new DataView(bytes.buffer);
  codec.store(data, 0, codec.encode(encodable));
  // A float that had to be rounded equals no item; -0 equals 0.
  if (rule.kind === 'float' && codec.read(data, 0) !== encodable) return NO_ITEM;
  return { bytes, rule };
}

const LARGEST_HALF = 65504;

/** A value as an item of the format can hold it; null where none can. */
function asItem(
  { kind, part }: ValueBytes,
  value: number | bigint | boolean,
): number | bigint | boolean | null {
  const number = Number(value);
  if (kind === 'truth') return number === 0 || number === 1 ? number === 1 : null;
  if (kind === 'float') {
    if (typeof value === 'bigint' && (!Number.isFinite(number) || BigInt(number) !== value)) return null;
    return Number.isNaN(number) || (part === 2 && Number.isFinite(number) && Math.abs(number) > LARGEST_HALF)
      ? null
      : number;
  }
  if (typeof value !== 'bigint' && !Number.isInteger(number)) return null;
  const integer = BigInt(value);
  const truncated = kind === 'signed' ? BigInt.asIntN(8 * part, integer) : BigInt.asUintN(8 * part, integer);
  return truncated === integer ? integer : null;
}

interface Prepared {
  test: (element: unknown) => boolean;
  length: number;
  read: (i: number) => unknown;
}

/** The bytes of a sequence that a view of bytes is searched for; null where the value is an element. */
function sequenceIn(subject: string, span: Span, value: unknown): Buffer | null {
  checkRow(subject, span);
  const sequence = byteSequenceOf(span.format, value);
  checkLive(subject, span);
  return sequence;
}

/** Throws unless a view has one dimension. */
export function checkRow(subject: string, { layout: { shape } }: Span): void {
  if (shape.length === 1) return;
  throw typeError(
    shape.length === 0 ? 'ERR_INVALID_ARG' : 'ERR_UNSUPPORTED',
    `${subject}: the view has ${shape.length} dimensions, expected 1; reshape it or search its slices`,
  );
}

function prepared(subject: string, span: Span, access: Access, value: unknown): Prepared {
  const { shape, strides, offset } = span.layout;
  const { codec } = access;
  // Copies the value, which may run code of the caller's, so that the scan runs none.
  const test = matcherOf(span.format, value) ?? NOTHING;
  // A primitive of another kind is not found, as in Python. An object that is no element throws, as it may come from a call in the form of
  // Buffer's `indexOf`.
  if (test === NOTHING && (typeof value === 'object' || typeof value === 'function') && value !== null) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: ${shown(value)} given, expected an element of format ${shown(span.format.text)}; find() looks for several in a row`,
    );
  }
  checkLive(subject, span);
  const length = shape[0]!;
  const stride = strides[0]!;
  if (span.indirect !== null) {
    return {
      test,
      length,
      read: (i) => {
        const row = rowSpan(span, i);
        return codec.read(row.region.data, row.layout.offset);
      },
    };
  }
  const { data } = span.region;
  return { test, length, read: (i) => codec.read(data, offset + i * stride) };
}
