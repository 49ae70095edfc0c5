/**
 * The elements of a column by value. A reader is made once per column and called per index. It checks offsets, views, type ids
 * and indices at each element. A budget limits the result, because a few bytes can describe lists that would fill the heap.
 */
import { checkHeap } from '../bulk/to-array.js';
import { rangeError, shown } from '../errors.js';
import { hostIsLittleEndian } from '../format/format.js';
import { spanOf } from '../span/offer.js';
import { checkLive, startOf } from '../span/span.js';
import type { MemoryView } from '../view/memory-view.js';
import { ArrowDecimal, bigintOf } from './arrow-decimal.js';
import type { ArrowKind, ArrowType } from './arrow-type.js';

/** The members of a column that a reader needs. */
export interface Readable {
  readonly name: string;
  readonly kind: ArrowKind;
  readonly length: number;
  readonly validity: MemoryView | null;
  readonly bitOffset: number;
  readonly values: MemoryView | null;
  readonly offsets: MemoryView | null;
  readonly sizes: MemoryView | null;
  readonly data: MemoryView | null;
  readonly dataBuffers: readonly MemoryView[];
  readonly typeIds: MemoryView | null;
  readonly children: readonly Readable[];
  readonly dictionary: Readable | null;
}

/** Reads the element at an index that is in bounds. */
export type ValueReader = (index: number) => unknown;

/** Counts the size of a result, in slots of a list, against the heap. */
export class Budget {
  readonly #subject: string;
  #slots = 0;
  #sure = 0;

  constructor(subject: string) {
    this.#subject = subject;
  }

  /** Starts over, for another result. */
  reset(): void {
    this.#slots = 0;
    this.#sure = 0;
  }

  /** @throws RangeError `ERR_OUT_OF_MEMORY` where the result so far and `slots` more do not fit */
  spend(slots: number): void {
    this.#slots += slots;
    if (this.#slots <= this.#sure) return;
    checkHeap(this.#subject, this.#slots, this.#slots);
    this.#sure = this.#slots + 2 ** 20;
  }
}

/** Bits of a bitmap; the first byte of the view holds the bit `first`. */
export function bitsOf(bitmap: MemoryView, first: number): (index: number) => boolean {
  return (index) =>
    ((Number(bitmap.get(Math.floor((first + index) / 8))) >> ((first + index) & 7)) & 1) === 1;
}

/** Reads the elements of a column, null where one is missing. @throws the error in the column's parts */
export function readerOf(column: Readable, budget: Budget, factsOf: FactsOf): ValueReader {
  const read = plainReader(column, budget, factsOf);
  if (column.validity === null) return read;
  const isValid = bitsOf(column.validity, column.bitOffset);
  return (i) => (isValid(i) ? read(i) : null);
}

/** The parts of a column that its public members do not show. */
export interface Facts {
  readonly type: ArrowType;
  /** The first element, counted from the first of its buffers. */
  readonly start: number;
}

/** Finds the facts of a column that was made here. */
export type FactsOf = (column: Readable) => Facts;

function plainReader(column: Readable, budget: Budget, factsOf: FactsOf): ValueReader {
  const { type, start } = factsOf(column);
  const readers = (): ValueReader[] => column.children.map((child) => readerOf(child, budget, factsOf));
  switch (column.kind) {
    case 'primitive':
      return type.size === 0 ? () => Buffer.alloc(0) : valueReader(column.values!);
    case 'decimal':
      return decimalReader(column.values!, type.scale!);
    case 'boolean':
      return bitsOf(column.values!, column.bitOffset);
    case 'utf8':
    case 'binary':
      return textReader(column, budget);
    case 'utf8-view':
    case 'binary-view':
      return viewReader(column, budget);
    case 'map':
      return listValueReader(column, entryReader(column.children[0]!, budget, factsOf), type, budget);
    case 'list':
    case 'list-view':
    case 'fixed-size-list':
      return listValueReader(column, readers()[0]!, type, budget);
    case 'struct':
      return structReader(column, readers(), budget);
    case 'dense-union':
    case 'sparse-union':
      return unionReader(column, readers(), type);
    case 'dictionary':
      return dictionaryReader(column, budget, factsOf);
    case 'run-end-encoded':
      return runReader(column, readers()[1]!, start);
    default:
      return () => null;
  }
}

function valueReader(values: MemoryView): ValueReader {
  return (i) => values.get(i);
}

function decimalReader(values: MemoryView, scale: number): ValueReader {
  return (i) => {
    const value: unknown = values.get(i);
    const digits =
      value instanceof Uint8Array ? bigintOf(value, hostIsLittleEndian) : BigInt(value as number | bigint);
    return new ArrowDecimal(digits, scale);
  };
}

/** The bytes of a dense view, used only while the caller reads: the engine's array is not exposed. */
function liveBytesOf(view: MemoryView): Buffer {
  const span = spanOf('get', view);
  checkLive('get', span);
  const { region, format, layout } = span;
  const start = startOf(span);
  return Buffer.from(region.buffer, start, (layout.shape[0] ?? 1) * format.itemsize);
}

/** An array over released memory is empty. @throws BufferError `ERR_RELEASED` */
function checkBytes(bytes: Buffer, view: MemoryView): void {
  if (bytes.length === 0) checkLive('get', spanOf('get', view));
}

function outside(column: Readable, index: number, what: string, expected: string): Error {
  return rangeError(
    'ERR_OUT_OF_BOUNDS',
    `element ${index} of column ${shown(column.name)} ${what}, expected ${expected}`,
  );
}

const BYTES_A_SLOT = 8;

/** A copy of some bytes: text, or a Buffer of its own. */
function contentOf(
  isText: boolean,
  bytes: Buffer,
  from: number,
  to: number,
  budget: Budget,
): string | Buffer {
  budget.spend((to - from) / BYTES_A_SLOT);
  return isText ? bytes.toString('utf8', from, to) : Buffer.from(bytes.subarray(from, to));
}

function textReader(column: Readable, budget: Budget): ValueReader {
  const bytes = liveBytesOf(column.data!);
  const isText = column.kind === 'utf8';
  return (i) => {
    checkBytes(bytes, column.data!);
    const [from, to] = rangeOf(column, i, bytes.length);
    return contentOf(isText, bytes, from, to, budget);
  };
}

/** Where element `index` of a column with offsets lies in its data or child, `end` long. */
function rangeOf(column: Readable, index: number, end: number): [number, number] {
  const from = Number(column.offsets!.get(index));
  const to =
    column.sizes === null ? Number(column.offsets!.get(index + 1)) : from + Number(column.sizes.get(index));
  if (from >= 0 && from <= to && to <= end) return [from, to];
  throw outside(column, index, `lies from ${from} to ${to}`, `a part of 0 to ${end}`);
}

const VIEW_BYTES = 16;
const INLINE_BYTES = 12;

/** Views: a length, then the bytes themselves where they fit, else 4 of them, a buffer and an offset in it. */
function viewReader(column: Readable, budget: Budget): ValueReader {
  const isText = column.kind === 'utf8-view';
  const views = liveBytesOf(column.values!);
  const buffers = column.dataBuffers.map(liveBytesOf);
  const data = new DataView(views.buffer, views.byteOffset, views.byteLength);
  const number = (at: number): number => data.getInt32(at, hostIsLittleEndian);
  return (i) => {
    checkBytes(views, column.values!);
    const at = i * VIEW_BYTES;
    const length = number(at);
    if (length < 0) throw outside(column, i, `has ${length} bytes`, '0 or more');
    if (length <= INLINE_BYTES) return contentOf(isText, views, at + 4, at + 4 + length, budget);
    const which = number(at + 8);
    const from = number(at + 12);
    const bytes = buffers[which];
    if (bytes === undefined) {
      throw outside(column, i, `lies in data buffer ${which}`, `one of the ${buffers.length} that there are`);
    }
    checkBytes(bytes, column.dataBuffers[which]!);
    if (from >= 0 && from + length <= bytes.length)
      return contentOf(isText, bytes, from, from + length, budget);
    throw outside(column, i, `lies from ${from} to ${from + length}`, `a part of 0 to ${bytes.length}`);
  };
}

function listValueReader(column: Readable, read: ValueReader, type: ArrowType, budget: Budget): ValueReader {
  const { length: end } = column.children[0]!;
  const range: (i: number) => [number, number] =
    column.kind === 'fixed-size-list'
      ? (i) => [i * type.size!, (i + 1) * type.size!]
      : (i) => rangeOf(column, i, end);
  return (i) => {
    const [from, to] = range(i);
    budget.spend(to - from + 1);
    return Array.from({ length: to - from }, (_, j) => read(from + j));
  };
}

/** An entry of a map as `[key, value]`: an object would lose keys that are no strings, and one of two that are equal. */
function entryReader(entries: Readable, budget: Budget, factsOf: FactsOf): ValueReader {
  const [key, value] = entries.children.map((child) => readerOf(child, budget, factsOf));
  return (i) => {
    budget.spend(ENTRY_SLOTS);
    return [key!(i), value!(i)];
  };
}

const ENTRY_SLOTS = 4;

function structReader(column: Readable, readers: readonly ValueReader[], budget: Budget): ValueReader {
  const names = column.children.map(({ name }) => name);
  const distinct = new Set(names).size === names.length;
  return (i) => {
    budget.spend(readers.length + 1);
    // An object holds one field of a name.
    if (!distinct) return readers.map((read, field) => [names[field], read(i)]);
    return Object.fromEntries(readers.map((read, field) => [names[field], read(i)]));
  };
}

function unionReader(
  column: Readable,
  readers: readonly ValueReader[],
  { typeCodes = [] }: ArrowType,
): ValueReader {
  const { children } = column;
  const isDense = column.kind === 'dense-union';
  return (i) => {
    const id = Number(column.typeIds!.get(i));
    const which = typeCodes.indexOf(id);
    if (which < 0) throw outside(column, i, `has type id ${id}`, `one of ${typeCodes.join(', ')}`);
    const at = isDense ? Number(column.offsets!.get(i)) : i;
    const { length } = children[which]!;
    if (at >= 0 && at < length) return readers[which]!(at);
    throw outside(column, i, `is element ${at} of child ${which}`, `one of 0 to ${length - 1}`);
  };
}

function dictionaryReader(column: Readable, budget: Budget, factsOf: FactsOf): ValueReader {
  const dictionary = column.dictionary!;
  const read = readerOf(dictionary, budget, factsOf);
  return (i) => {
    const index = Number(column.values!.get(i));
    if (index >= 0 && index < dictionary.length) return read(index);
    throw outside(column, i, `has index ${index}`, `one of 0 to ${dictionary.length - 1}`);
  };
}

/** The run ends are increasing; the first that is beyond an element has its value. */
function runReader(column: Readable, read: ValueReader, start: number): ValueReader {
  const [ends, values] = column.children;
  return (i) => {
    let low = 0;
    let high = ends!.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (Number(ends!.values!.get(middle)) > start + i) high = middle;
      else low = middle + 1;
    }
    if (low < ends!.length && low < values!.length) return read(low);
    throw outside(column, i, `lies beyond the last of ${ends!.length} runs`, 'a run that reaches it');
  };
}
