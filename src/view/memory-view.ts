/**
 * MemoryView: a format over a layout over memory. The class holds state and checks liveness; bulk/ works on many items at once, and layout/
 * changes the geometry. The file is long because a class with private fields can't be split, and a third of it documents the public
 * members.
 */
import { inspect } from 'node:util';
import { readBoolean, readFunction, readOptions } from '../arguments.js';
import {
  type AsyncCopyOptions,
  type AsyncOptions,
  copyFromAsync,
  copyToMemoryAsync,
} from '../bulk/async-copy.js';
import { equalSpans, firstDifference } from '../bulk/compare.js';
import { type CopyOptions, copyFrom, copyToMemory, fillSpan, gather, swapBytes } from '../bulk/copy.js';
import { type FileTransferOptions, transferFile } from '../bulk/file-transfer.js';
import { renderView, widthOf } from '../bulk/inspect.js';
import { checkRow, countValue, findValue } from '../bulk/search.js';
import { findSequence } from '../bulk/sequence.js';
import { decodeText, hexText } from '../bulk/text.js';
import { nestedValues } from '../bulk/to-array.js';
import { bufferError, typeError } from '../errors.js';
import type { ElementOf, FormatText, ValueOf } from '../format/element.js';
import type { Format } from '../format/format.js';
import type { TypedArrayConstructor, TypedArrayKind } from '../format/typed-array.js';
import type { IndexPart } from '../layout/index-parts.js';
import { elementCount, isCContiguous, isFContiguous, type Layout } from '../layout/layout.js';
import { type CopyOrder, type Order, readCopyOrder, readOrder } from '../layout/order.js';
import { readIndex, readParts } from '../layout/read-parts.js';
import { isRange, readShortRange, shortRange } from '../layout/short-range.js';
import { sliceLayout } from '../layout/slice.js';
import * as transform from '../layout/transform.js';
import { requireAddresses } from '../memory/external.js';
import type { FileReference } from '../memory/file-reference.js';
import { whilePinned } from '../memory/pins.js';
import { type Access, accessOf } from '../span/access.js';
import { registerOffer } from '../span/exporters.js';
import { indirectItem, indirectSlice, suboffsetsOf } from '../span/indirect.js';
import { type Items, itemAt, NO_ITEMS, type Numbers, numbersIn, storeItem } from '../span/items.js';
import { pinSpan, unpinSpan } from '../span/pin.js';
import { endReader, readerOver } from '../span/reader.js';
import { goneError, type Region } from '../span/region.js';
import { checkLive, isGone, type Span } from '../span/span.js';
import {
  bufferOver,
  dataViewOver,
  readArrayType,
  readAsOptions,
  type TypedArrayOf,
  typedArrayOver,
} from './engine-arrays.js';
import * as retype from './retype.js';
import { shareSpan, type ViewHandle } from './share.js';

const KEY = Symbol('memoryview');

/** The prototype of the engine's iterators, which has `map`, `filter` and `take` where the runtime does. */
const ENGINE_ITERATOR = Reflect.getPrototypeOf(Reflect.getPrototypeOf([].values()) ?? {});

/** Whether any view has a reader, which must end with it. */
let readersExist = false;

/** An iterator over a view. */
abstract class ViewIterator<T> implements IterableIterator<T> {
  abstract next(): IteratorResult<T>;

  [Symbol.iterator](): this {
    return this;
  }

  static {
    Object.setPrototypeOf(ViewIterator.prototype, ENGINE_ITERATOR);
  }
}

/** The longest array (items) in which `get` computes an index in 32 bits. */
const MAX_FAST_ITEMS = 0x7fffffff;

/** The most rows of an indirect view that are all checked for each element: 64 take less than a microsecond. */
const FEW_ROWS = 64;

/** Makes a view over a span. For the view floor and the floors above. */
export let createView: <F extends string>(span: Span, access?: Access) => MemoryView<F>;
/** Registers a function that is called once, ahead of the first view. For the view floor. */
export let beforeFirstView: (act: () => void) => void;
/** The span of a live view. @throws BufferError `ERR_RELEASED` */
export let spanOfView: (subject: string, view: MemoryView) => Span;
/** Whether an object is a MemoryView made here. */
export let isMemoryView: (value: object) => value is MemoryView;

/** An index: an integral number or a bigint; a negative one counts from the end. */
export type Index = number | bigint;

/** Lengths and steps of a 3-D view, in items. */
interface Box {
  readonly n0: number;
  readonly s0: number;
  readonly n1: number;
  readonly s1: number;
  readonly n2: number;
  readonly s2: number;
}

/** Reads elements of one view in loops; made by {@link MemoryView.reader}. */
export interface ElementReader<F extends string = string> {
  /**
   * Reads one element as {@link MemoryView.get} does.
   *
   * @param indices - one for each dimension
   * @throws as {@link MemoryView.get}
   */
  get(...indices: Index[]): ElementOf<F>;
}

/** Options of the `as…` methods. */
export interface AsOptions {
  /** Hands out a writable object over read-only memory; the caller is then responsible for writes. */
  readonly allowWrites?: boolean;
  /**
   * Pins native memory until the returned object has been collected, for code that reads it later than a call returns: a socket, a stream,
   * a queue. `release()` throws meanwhile, `release({ wait: true })` waits. Only that object counts, not slices of it.
   */
  readonly pin?: boolean;
}

/**
 * Looks at memory that an exporter owns: never a copy, unless a method's name says so.
 *
 * ```text
 *   allocate(48)      |00 01 02 03 04 05 ... 47|      memory: one block, owned by a NativeMemory
 *                      ^                               view: 'd', shape [2, 3], strides [24, 8], byteOffset 0
 *                              ^                       view.slice(ellipsis, 1): 'd', shape [2], strides [24], byteOffset 8
 * ```
 *
 * Semantics are those of CPython's `memoryview` (3.12 and later) and, where that raises NotImplementedError, of numpy's
 * basic indexing. Made by `memoryview`, `zeros`, `empty`, `array` and `NativeMemory.view`.
 */
export class MemoryView<F extends string = string> {
  readonly #access: Access;
  readonly #region: Region;
  readonly #readonly: boolean;
  #span: Span | null;
  #released = false;
  #borrows = 0;

  // The fast path to an item, for 1 to 3 dimensions that are aligned: an index into a typed array over the whole buffer. Reading past a
  // detached or shrunk buffer gives undefined, so the engine's bounds check is the liveness check too. Each
  // rank has fields of its own, which are 0 in views of another rank: a wrong count of indices is out of bounds by itself. All begin
  // as small integers, for which V8 has fast fields.
  #items: Items = NO_ITEMS;
  /** The same where it holds numbers: `get` must not meet a bigint where it reads numbers. */
  #numbers: Numbers = NO_ITEMS;
  readonly #kindIndex: number = 0;
  readonly #rank: number = 0;
  #first = 0;
  // 1-D: `#items[#first + i * #s]`
  #n = 0;
  #s = 0;
  // 2-D: `#items[#first + i * #s0 + j * #s1]`
  #n0 = 0;
  #s0 = 0;
  #n1 = 0;
  #s1 = 0;
  // 3-D
  #box: Box | null = null;

  private constructor(
    key: symbol,
    access: Access,
    region: Region,
    readonly: boolean,
    rank: number,
    span: Span | null,
  ) {
    if (key !== KEY) {
      throw typeError(
        'ERR_INVALID_ARG',
        'MemoryView: has no public constructor; use memoryview() to make one',
      );
    }
    this.#access = access;
    this.#kindIndex = access.kindIndex;
    this.#region = region;
    this.#readonly = readonly;
    this.#rank = rank;
    this.#span = span;
  }

  static #over<F extends string>(span: Span, access: Access): MemoryView<F> {
    const rank = span.layout.shape.length;
    const view = new MemoryView<F>(KEY, access, span.region, span.readonly, rank, span);
    if (access.kind !== null && span.indirect === null && rank > 0 && rank <= 3)
      view.#openFastPath(span, access.kind);
    return view;
  }

  #openFastPath({ layout, region }: Span, kind: TypedArrayKind): void {
    // A buffer that shrank may still hold some of the items, of a view that has ended all the same.
    if (region.resizable) return;
    const { offset, shape, strides } = layout;
    const { bytes } = kind;
    if (offset % bytes !== 0) return;
    // The fast paths add and compare in 32 bits.
    for (let d = 0; d < shape.length; d++) if (shape[d]! > 0x7fffffff || strides[d]! % bytes !== 0) return;
    const items = region.items(kind);
    if (items === null) return;
    this.#items = items;
    if (items.length <= MAX_FAST_ITEMS) this.#numbers = numbersIn(items);
    this.#first = offset / bytes;
    const n0 = shape[0]!;
    const s0 = strides[0]! / bytes;
    if (shape.length === 1) {
      this.#n = n0;
      this.#s = s0;
      return;
    }
    const n1 = shape[1]!;
    const s1 = strides[1]! / bytes;
    if (shape.length === 2) {
      this.#n0 = n0;
      this.#s0 = s0;
      this.#n1 = n1;
      this.#s1 = s1;
    } else this.#box = { n0, s0, n1, s1, n2: shape[2]!, s2: strides[2]! / bytes };
  }

  /** The view as a span. A view that a fast path of `slice` made builds it at the first use. */
  #whole(): Span {
    this.#span ??= this.#built();
    return this.#span;
  }

  #built(): Span {
    const { format, kind } = this.#access;
    const { bytes } = kind!;
    const shape = this.#rank === 1 ? [this.#n] : [this.#n0, this.#n1];
    const strides = this.#rank === 1 ? [this.#s * bytes] : [this.#s0 * bytes, this.#s1 * bytes];
    const layout = { offset: this.#first * bytes, shape, strides };
    return { region: this.#region, format, layout, readonly: this.#readonly, indirect: null };
  }

  static {
    const make = <F extends string>(span: Span, access = accessOf(span.format)): MemoryView<F> =>
      MemoryView.#over<F>(span, access);
    createView = make;
    beforeFirstView = (act) => {
      let waiting = true;
      createView = <F extends string>(span: Span, access?: Access): MemoryView<F> => {
        createView = make;
        if (waiting) {
          waiting = false;
          act();
        }
        return make<F>(span, access);
      };
    };
    spanOfView = (subject, view) => {
      view.#live(subject);
      return view.#whole();
    };
    isMemoryView = (value): value is MemoryView => #access in value;
    registerOffer((value) => (isMemoryView(value) ? spanOfView('memoryview', value) : null));
  }

  // --- state ---------------------------------------------------------------------------------------------------------

  #isGone(): boolean {
    // A typed array with items over a buffer of fixed size tells that the buffer is there.
    if (this.#items.length > 0 && !this.#region.resizable) return false;
    return this.#released || isGone(this.#whole());
  }

  #live(subject: string): void {
    if (this.#isGone()) throw this.#endedError(subject);
  }

  #endedError(subject: string): Error {
    if (!this.#released) return goneError(subject, this.#region);
    return bufferError(
      'ERR_RELEASED',
      `${subject}: the view was released, expected a live one; take a new view`,
    );
  }

  /**
   * As {@link MemoryView.#live}, for calls that need one element or a part. Of an indirect view with many rows, each with memory of its own, the
   * caller then looks at those that it needs: a loop over the elements would look at all rows for each.
   */
  #liveHere(subject: string): void {
    const rows = this.#span?.indirect?.rows.length ?? 0;
    if (this.#released || rows <= FEW_ROWS) this.#live(subject);
  }

  #writable(subject: string): void {
    this.#live(subject);
    if (this.#readonly) throw this.#readonlyError(subject);
  }

  #readonlyError(subject: string): Error {
    return typeError('ERR_READONLY', `${subject}: the view is read-only, expected a writable one`);
  }

  /** A sibling with another layout, after a last look that nothing was released while arguments were read. */
  #sibling(subject: string, layout: Layout, readonly: boolean = this.#readonly): MemoryView<F> {
    this.#live(subject);
    return createView<F>({ ...this.#whole(), layout, readonly }, this.#access);
  }

  /** A sibling with another format. */
  #retyped<G extends string>(subject: string, format: Format, layout: Layout): MemoryView<G> {
    this.#live(subject);
    return createView<G>({ ...this.#whole(), format, layout });
  }

  /** The layout, for methods that an indirect view does not have. */
  #direct(subject: string): Layout {
    this.#live(subject);
    if (this.#whole().indirect !== null) {
      throw typeError(
        'ERR_NOT_CONTIGUOUS',
        `${subject}: the view is indirect (suboffsets), expected one block of memory; copy() it`,
      );
    }
    return this.#whole().layout;
  }

  #cContiguous(subject: string): Layout {
    const layout = this.#direct(subject);
    if (!isCContiguous(layout, this.itemsize)) {
      throw typeError(
        'ERR_NOT_CONTIGUOUS',
        `${subject}: the view is not C-contiguous (strides ${shownList(layout.strides)}), expected one that is; copy() it`,
      );
    }
    return layout;
  }

  /** The root exporter, which owns the memory. For `MemoryView.indirect` the first row's. */
  get obj(): object | string {
    this.#live('obj');
    return this.#region.obj;
  }

  /** The format of one element, as it was given (PEP 3118); for one of numpy's names the format that it means. */
  get format(): F {
    this.#live('format');
    return this.#access.format.text as F;
  }

  /** numpy's name of the elements' type (`'float32'`, `'datetime64[us]'`); null for records, and for formats without a numpy type. */
  get dtype(): string | null {
    this.#live('dtype');
    return this.#access.format.dtype;
  }

  /** Bytes of one element. */
  get itemsize(): number {
    this.#live('itemsize');
    return this.#access.format.itemsize;
  }

  /** How many dimensions, 0 to 64. */
  get ndim(): number {
    this.#live('ndim');
    return this.#rank;
  }

  /** Elements along each dimension; a frozen copy. */
  get shape(): readonly number[] {
    this.#live('shape');
    return Object.freeze(this.#whole().layout.shape.slice());
  }

  /** Bytes from one element to the next along each dimension; a frozen copy. */
  get strides(): readonly number[] {
    this.#live('strides');
    return Object.freeze(this.#whole().layout.strides.slice());
  }

  /** Empty, or for an indirect view one entry for each dimension, negative where there is no pointer (PEP 3118). */
  get suboffsets(): readonly number[] {
    this.#live('suboffsets');
    return Object.freeze(suboffsetsOf(this.#whole()));
  }

  /** Whether the view refuses to write. */
  get readonly(): boolean {
    this.#live('readonly');
    return this.#readonly;
  }

  /** Bytes that the elements have together: the product of the shape, times the itemsize. */
  get nbytes(): number {
    this.#live('nbytes');
    return elementCount(this.#whole().layout.shape) * this.#access.format.itemsize;
  }

  /** Elements along the first dimension; 1 for a 0-d view. */
  get length(): number {
    this.#live('length');
    return this.#rank === 0 ? 1 : this.#whole().layout.shape[0]!;
  }

  /** Bytes from the first byte of `obj` to the first element. */
  get byteOffset(): number {
    this.#live('byteOffset');
    const { indirect } = this.#whole();
    if (indirect === null) return this.#whole().layout.offset - this.#region.start;
    return indirect.rows.length === 0
      ? 0
      : indirect.rows[0]!.offset - this.#region.start + this.#whole().layout.offset;
  }

  /** Address of the first element in this process. Unsafe by nature: it says nothing of how long the memory lives. */
  get address(): bigint {
    this.#live('address');
    requireAddresses('address');
    return this.#address();
  }

  #address(): bigint {
    const row = this.#whole().indirect?.rows[0];
    if (row !== undefined) return row.region.addressOf(row.offset + this.#whole().layout.offset);
    return this.#region.addressOf(this.#whole().layout.offset);
  }

  /** Whether the elements lie in C order without gaps; true for a view of size 0, false for an indirect one. */
  get cContiguous(): boolean {
    this.#live('cContiguous');
    return (
      this.#whole().indirect === null && isCContiguous(this.#whole().layout, this.#access.format.itemsize)
    );
  }

  /** Whether the elements lie in Fortran order without gaps; true for a view of size 0, false for an indirect one. */
  get fContiguous(): boolean {
    this.#live('fContiguous');
    return (
      this.#whole().indirect === null && isFContiguous(this.#whole().layout, this.#access.format.itemsize)
    );
  }

  /** Whether the elements lie in C or Fortran order without gaps. */
  get contiguous(): boolean {
    return this.cContiguous || this.fContiguous;
  }

  /** Whether this view or its memory has ended. Never throws. */
  get released(): boolean {
    return this.#isGone();
  }

  // --- elements ------------------------------------------------------------------------------------------------------

  /**
   * Reads one element.
   *
   * @param indices - one for each dimension; none for a 0-d view
   * @throws RangeError `ERR_OUT_OF_BOUNDS`; TypeError `ERR_INVALID_ARG` for a wrong count or kind of indices, `ERR_UNSUPPORTED`
   *   for a format that can't be decoded; BufferError `ERR_RELEASED`
   * @example view.get(2, -1)
   */
  get(...indices: Index[]): ElementOf<F>;
  get(i?: unknown, j?: unknown, k?: unknown): unknown {
    // Written for V8's optimizer, see warm-up.ts: every field is read whether it is needed or not, so that loops keep it in a
    // register; no call and no branch stands where none was taken before; and it is short enough to be inlined twice into a loop.
    // biome-ignore lint/complexity/noArguments: their number costs nothing, as handing all of them on does; a rest array would
    const count = arguments.length;
    const numbers = this.#numbers;
    const kindIndex = this.#kindIndex;
    const first = this.#first;
    let at = -1;
    // `(i | 0) === i` is true for int32 only: fractions, NaN and larger numbers take the general path, errors too. `i >> 31` has all bits
    // set where i is negative. All in 32 bits: a product of Math.imul needs no check for an overflow or -0, and `>>> 0` makes one
    // comparison of two. No array is longer here, so an intermediate overflow cancels out.
    if (j === undefined) {
      const n = this.#n;
      const s = this.#s;
      if (count === 1 && typeof i === 'number' && (i | 0) === i) {
        const at0 = i + (n & (i >> 31));
        if (at0 >>> 0 < n >>> 0) at = (first + Math.imul(at0, s)) | 0;
      }
    } else if (k === undefined) {
      const n0 = this.#n0;
      const s0 = this.#s0;
      const n1 = this.#n1;
      const s1 = this.#s1;
      if (count === 2 && typeof i === 'number' && typeof j === 'number' && (i | 0) === i && (j | 0) === j) {
        const at0 = i + (n0 & (i >> 31));
        const at1 = j + (n1 & (j >> 31));
        if (at0 >>> 0 < n0 >>> 0 && at1 >>> 0 < n1 >>> 0)
          at = (first + Math.imul(at0, s0) + Math.imul(at1, s1)) | 0;
      }
    } else if (count === 3) at = this.#at3(i, j, k);
    // Three loads, because an inline cache handles at most four kinds of array. The first is for doubles.
    const value = kindIndex === 0 ? numbers[at] : kindIndex < 4 ? numbers[at] : numbers[at];
    if (value !== undefined) return value;
    // biome-ignore lint/complexity/noArguments: see above
    return this.#read(at, ...arguments);
  }

  /** Where an item of a 1-D view is in `#items`; -1 for any other case. */
  #at1(i: unknown): number {
    if (typeof i !== 'number' || (i | 0) !== i) return -1;
    const at = (i < 0 ? i + this.#n : i) >>> 0;
    return at < this.#n ? this.#first + at * this.#s : -1;
  }

  #at2(i: unknown, j: unknown): number {
    if (typeof i !== 'number' || typeof j !== 'number' || (i | 0) !== i || (j | 0) !== j) return -1;
    const at0 = (i < 0 ? i + this.#n0 : i) >>> 0;
    const at1 = (j < 0 ? j + this.#n1 : j) >>> 0;
    return at0 < this.#n0 && at1 < this.#n1 ? this.#first + at0 * this.#s0 + at1 * this.#s1 : -1;
  }

  #at3(i: unknown, j: unknown, k: unknown): number {
    const box = this.#box;
    if (box === null || typeof i !== 'number' || typeof j !== 'number' || typeof k !== 'number') return -1;
    if ((i | 0) !== i || (j | 0) !== j || (k | 0) !== k) return -1;
    const at0 = (i < 0 ? i + box.n0 : i) >>> 0;
    const at1 = (j < 0 ? j + box.n1 : j) >>> 0;
    const at2 = (k < 0 ? k + box.n2 : k) >>> 0;
    if (at0 >= box.n0 || at1 >= box.n1 || at2 >= box.n2) return -1;
    return this.#first + at0 * box.s0 + at1 * box.s1 + at2 * box.s2;
  }

  #placeOf(indices: readonly unknown[]): number {
    const [i, j, k] = indices;
    if (indices.length !== this.#rank) return -1;
    return this.#rank === 1 ? this.#at1(i) : this.#rank === 2 ? this.#at2(i, j) : this.#at3(i, j, k);
  }

  /** The general path; `found` is the index into `#items` that `get` found, or -1. */
  #read(found: number, ...indices: unknown[]): unknown {
    // A bigint, an item of an array that is too long for 32 bits, or memory that has just gone.
    const place = this.#items.length <= MAX_FAST_ITEMS ? found : this.#placeOf(indices);
    const item = place >= 0 ? itemAt(this.#items, this.#kindIndex, place) : undefined;
    if (item !== undefined) return item;
    this.#liveHere('get');
    const { codec } = this.#access;
    const { region, at } = this.#locate('get', indices, indices.length);
    return codec.read(region.data, at);
  }

  /** Where the element of the first `count` of `indices` is, which is live. Runs no code of the caller's. */
  #locate(subject: string, indices: ArrayLike<unknown>, count: number): { region: Region; at: number } {
    this.#liveHere(subject);
    const { offset, shape, strides } = this.#whole().layout;
    if (count !== this.#rank) {
      throw typeError(
        'ERR_INVALID_ARG',
        `${subject}: ${count} indices given, expected ${this.#rank}, one for each dimension`,
      );
    }
    if (this.#whole().indirect !== null) {
      const found = indirectItem(subject, this.#whole(), indices);
      if (found.region.isGone(found.at + this.#access.format.itemsize))
        throw goneError(subject, found.region);
      return found;
    }
    let at = offset;
    for (let d = 0; d < count; d++) at += readIndex(subject, indices[d], d, shape[d]!) * strides[d]!;
    return { region: this.#region, at };
  }

  /**
   * Makes a reader for loops: its `get` takes 1.2 to 1.9 times as long as a flat loop over a TypedArray, where the view's takes 2.8 to 3. It is made for 1 to 3 dimensions of
   * numbers in this machine's byte order, on whole multiples of their size; for every other view it calls the view's `get`. It hands out values only: the
   * memory is neither pinned nor exposed. Make one ahead of the loop.
   *
   * @returns a reader, which ends with the view and with its memory
   * @throws BufferError `ERR_RELEASED`
   * @example
   * const pixels = image.reader();
   * for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) sum += pixels.get(y, x);
   */
  reader(): ElementReader<F>;
  reader(): { get(...indices: unknown[]): unknown } {
    this.#live('reader');
    const general = (...indices: unknown[]): unknown =>
      Reflect.apply(MemoryView.prototype.get, this, indices);
    if (this.#items.length === 0 || this.#items.length > MAX_FAST_ITEMS)
      return readerOver(this, null, general);
    readersExist = true;
    const { shape, strides } = this.#whole().layout;
    const { bytes } = this.#access.kind!;
    const steps = strides.map((stride) => stride / bytes);
    return readerOver(this, { items: this.#items, first: this.#first, shape, strides: steps }, general);
  }

  /**
   * Stores one element.
   *
   * @param indicesAndValue - one index for each dimension, then the value
   * @throws TypeError `ERR_READONLY`, `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_BOUNDS`, or `ERR_OUT_OF_RANGE` for a value that does
   *   not fit the format; BufferError `ERR_RELEASED`. Nothing is written then.
   * @example view.set(2, -1, 0.5)
   */
  set(...indicesAndValue: [...indices: Index[], value: ValueOf<F>]): void;
  set(i?: unknown, j?: unknown, k?: unknown, value?: unknown, ..._more: unknown[]): void {
    // biome-ignore lint/complexity/noArguments: as in `get`
    const count = arguments.length;
    if (!this.#readonly) {
      if (count === 3) {
        const at = this.#at2(i, j);
        if (at >= 0 && this.#storeFast(at, k)) return;
      } else if (count === 2) {
        const at = this.#at1(i);
        if (at >= 0 && this.#storeFast(at, j)) return;
      } else if (count === 4) {
        const at = this.#at3(i, j, k);
        if (at >= 0 && this.#storeFast(at, value)) return;
      }
    }
    // biome-ignore lint/complexity/noArguments: as in `get`
    this.#write(...arguments);
  }

  #storeFast(at: number, value: unknown): boolean {
    const { min, max, integral } = this.#access;
    if (typeof value !== 'number' || !(value >= min && value <= max)) return false;
    if (integral && !Number.isInteger(value)) return false;
    // An index past the end means that the memory has gone; the general path throws the error.
    if (at >= this.#items.length) return false;
    if (this.#kindIndex === 0) this.#items[at] = value;
    else storeItem(this.#items, this.#kindIndex, at, value);
    return true;
  }

  #write(...given: unknown[]): void {
    this.#liveHere('set');
    if (this.#readonly) throw this.#readonlyError('set');
    if (given.length === 0)
      throw typeError(
        'ERR_INVALID_ARG',
        'set: no value given, expected one index for each dimension, then the value',
      );
    const { codec } = this.#access;
    const { region, at } = this.#locate('set', given, given.length - 1);
    const encoded = codec.encode(given[given.length - 1]);
    this.#liveHere('set');
    if (region.isGone(at + this.#access.format.itemsize)) throw goneError('set', region);
    codec.store(region.data, at, encoded);
  }

  /**
   * Iterates over the first dimension: the elements of a 1-D view, the sub-views of one with more dimensions. A loop over doubles takes 0.4
   * (Node 24) to 1.0 (Node 20) of the time that one over a Float64Array takes.
   *
   * @throws TypeError `ERR_INVALID_ARG` for a 0-d view; BufferError `ERR_RELEASED`, also in the middle
   */
  values(): IterableIterator<ElementOf<F>>;
  values(): IterableIterator<unknown> {
    this.#live('iteration');
    if (this.#rank === 0)
      throw typeError(
        'ERR_INVALID_ARG',
        'iteration: the view has 0 dimensions, expected at least one; get() reads it',
      );
    if (this.#rank > 1) return new MemoryView.#Parts(this);
    // A format that can't be decoded refuses here, also where there is nothing to read.
    void this.#access.codec;
    const inDoubles = this.#kindIndex === 0 && this.#items.length > 0;
    return inDoubles ? new MemoryView.#Doubles(this) : new MemoryView.#Elements(this);
  }

  /** {@link MemoryView.values}, for `for (const x of view)`. */
  [Symbol.iterator](): IterableIterator<ElementOf<F>> {
    return this.values();
  }

  /**
   * Iterates as {@link MemoryView.values} does, over pairs of an index and its element or sub-view.
   *
   * @throws as {@link MemoryView.values}
   * @example for (const [i, row] of matrix.entries()) console.log(i, row.toArray())
   */
  entries(): IterableIterator<[index: number, value: ElementOf<F>]> {
    return new MemoryView.#Entries(this.values());
  }

  // The iterators are classes in here because they read the fields of the view. `next` returns at one place: V8 allocates no result
  // for a loop then, and must where objects from two places meet (6.0 instead of 7.8 ns an element on Node 20).

  /** The elements of a 1-D view. */
  static readonly #Elements = class extends ViewIterator<unknown> {
    readonly #view: MemoryView;
    readonly #count: number;
    #i = 0;

    constructor(view: MemoryView) {
      super();
      this.#view = view;
      this.#count = view.length;
    }

    next(): IteratorResult<unknown> {
      const i = this.#i;
      const done = i === this.#count;
      let value: unknown;
      if (done) this.#view.#live('iteration');
      else {
        const view = this.#view;
        this.#i = i + 1;
        value = itemAt(view.#items, view.#kindIndex, view.#first + i * view.#s);
        // A format that only a codec reads, or memory that has gone.
        if (value === undefined) value = view.#read(-1, i);
      }
      return { done, value };
    }
  };

  /** The same where they are doubles: a choice between kinds of array costs V8 a second allocation for each. */
  static readonly #Doubles = class extends ViewIterator<unknown> {
    readonly #view: MemoryView;
    readonly #count: number;
    #i = 0;

    constructor(view: MemoryView) {
      super();
      this.#view = view;
      this.#count = view.length;
    }

    next(): IteratorResult<unknown> {
      const i = this.#i;
      const done = i === this.#count;
      let value: unknown;
      if (done) this.#view.#live('iteration');
      else {
        const view = this.#view;
        this.#i = i + 1;
        value = view.#items[view.#first + i * view.#s];
        if (value === undefined) value = view.#read(-1, i);
      }
      return { done, value };
    }
  };

  /** The sub-views along the first dimension. */
  static readonly #Parts = class extends ViewIterator<unknown> {
    readonly #view: MemoryView;
    readonly #count: number;
    #i = 0;

    constructor(view: MemoryView) {
      super();
      this.#view = view;
      this.#count = view.length;
    }

    next(): IteratorResult<unknown> {
      const done = this.#i === this.#count;
      if (done) this.#view.#live('iteration');
      return { done, value: done ? undefined : this.#view.slice(this.#i++) };
    }
  };

  /** Pairs of an index and another iterator's value for it. */
  static readonly #Entries = class<T> extends ViewIterator<[number, T]> {
    readonly #values: Iterator<T>;
    #i = 0;

    constructor(values: Iterator<T>) {
      super();
      this.#values = values;
    }

    next(): IteratorResult<[number, T]> {
      const { done = false, value } = this.#values.next();
      let pair: [number, T] | undefined;
      if (!done) pair = [this.#i++, value as T];
      return { done, value: pair } as IteratorResult<[number, T]>;
    }
  };

  // --- other views of the same memory --------------------------------------------------------------------------------

  /**
   * Looks at a part: numpy's basic indexing.
   *
   * @param parts - one for each dimension: an integer (drops it), `range(a, b, step)` or `[a, b, step]` with null for a left-out
   *   bound, `ellipsis`, `newAxis`; or one string in Python's own syntax for all of it
   * @returns a view of the same memory; of 0 dimensions where every dimension was dropped
   * @throws RangeError `ERR_OUT_OF_BOUNDS` for an index, `ERR_OUT_OF_RANGE` for step 0; TypeError `ERR_INVALID_ARG`
   * @example matrix.slice([10, 900, 2], -1) // or matrix.slice('10:900:2, -1')
   */
  slice(...parts: (IndexPart | string)[]): MemoryView<F>;
  slice(p?: unknown, q?: unknown, ..._more: unknown[]): MemoryView<F> {
    // biome-ignore lint/complexity/noArguments: a rest array costs more than the slice
    const given = arguments;
    if (this.#items.length > 0 && !this.#region.resizable) {
      let view: MemoryView<F> | null = null;
      if (given.length === 1) view = this.#rank === 1 ? this.#slice1(p) : this.#row(p);
      else if (given.length === 2) view = this.#slice2(p, q);
      if (view !== null) return view;
    }
    return this.#sliced(...given);
  }

  /** The fast path for a range of a 1-D view; null for any other index. */
  #slice1(part: unknown): MemoryView<F> | null {
    if (!isRange(part) || !readShortRange(part, this.#n) || this.#items.length === 0) return null;
    return this.#line(this.#first + shortRange.start * this.#s, shortRange.count, shortRange.step * this.#s);
  }

  /** The fast path for one row of a 2-D view. */
  #row(i: unknown): MemoryView<F> | null {
    if (typeof i !== 'number' || (i | 0) !== i) return null;
    const at = (i < 0 ? i + this.#n0 : i) >>> 0;
    return at < this.#n0 ? this.#line(this.#first + at * this.#s0, this.#n1, this.#s1) : null;
  }

  /** A 1-D view; `first` and `step` in items. */
  #line(first: number, count: number, step: number): MemoryView<F> {
    const view = new MemoryView<F>(KEY, this.#access, this.#region, this.#readonly, 1, null);
    view.#items = this.#items;
    view.#numbers = this.#numbers;
    view.#first = first;
    view.#n = count;
    view.#s = step;
    return view;
  }

  /** The fast path for two ranges of a 2-D view. */
  #slice2(part: unknown, other: unknown): MemoryView<F> | null {
    if (this.#rank !== 2 || !isRange(part) || !isRange(other) || !readShortRange(part, this.#n0)) return null;
    const { start, count, step } = shortRange;
    if (!readShortRange(other, this.#n1) || this.#items.length === 0) return null;
    const view = new MemoryView<F>(KEY, this.#access, this.#region, this.#readonly, 2, null);
    view.#items = this.#items;
    view.#numbers = this.#numbers;
    view.#first = this.#first + start * this.#s0 + shortRange.start * this.#s1;
    view.#n0 = count;
    view.#s0 = step * this.#s0;
    view.#n1 = shortRange.count;
    view.#s1 = shortRange.step * this.#s1;
    return view;
  }

  #sliced(...parts: readonly unknown[]): MemoryView<F> {
    this.#liveHere('slice');
    const read = readParts('slice', parts);
    const { indirect } = this.#whole();
    if (indirect === null) return this.#sibling('slice', sliceLayout(this.#whole().layout, read));
    const span = indirectSlice(this.#whole(), read);
    this.#liveHere('slice');
    checkLive('slice', span);
    return createView<F>(span, this.#access);
  }

  /**
   * Looks at one field of a record format; the dimensions of a sub-array are appended.
   *
   * @param name - the field's name, or `f0`, `f1`, … for one without
   * @returns a view of that field in every element, as numpy's `a['name']`
   * @throws TypeError `ERR_INVALID_ARG` where the format is no record or has no such field (numpy's KeyError)
   */
  field(name: string): MemoryView {
    const layout = this.#direct('field');
    const made = retype.field(this.#access.format, layout, name);
    return this.#retyped('field', made.format, made.layout);
  }

  /**
   * Reinterprets the bytes: CPython's `memoryview.cast`, from a byte format or to one, 1-D to N-D or N-D to 1-D.
   *
   * @param format - one of `c b B h H i I l L q Q n N e f d ? P`, optionally after `@`
   * @param shape - of the result, in elements; 1-D where left out
   * @param order - of the result's axes, as CPython 3.16 has it
   * @throws TypeError `ERR_FORMAT`, `ERR_CAST`, `ERR_NOT_CONTIGUOUS`; RangeError `ERR_SHAPE`
   * @example bytes.cast('d', [1000, 1000])
   */
  cast<G extends string>(
    format: G,
    shape?: readonly number[],
    order?: Order | null,
  ): MemoryView<FormatText<G>> {
    const layout = this.#cContiguous('cast');
    const made = retype.cast(this.#access.format, layout, format, shape, order);
    return this.#retyped<FormatText<G>>('cast', made.format, made.layout);
  }

  /**
   * Reinterprets the items: numpy's `a.view(dtype)`. Where the itemsize changes, the last axis must be contiguous and changes its length.
   *
   * @param format - of an element of the result; any, records too
   * @throws TypeError `ERR_FORMAT`, `ERR_NOT_CONTIGUOUS`; RangeError `ERR_SHAPE` where the sizes do not divide
   */
  viewAs<G extends string>(format: G): MemoryView<FormatText<G>> {
    const made = retype.viewAs(this.#access.format, this.#direct('viewAs'), format);
    return this.#retyped<FormatText<G>>('viewAs', made.format, made.layout);
  }

  /**
   * Reads the same bytes in another byte order: numpy's `dtype.newbyteorder`. Offsets and sizes stay, so a native `l` becomes `q` or `i`.
   *
   * @param order - `'<'` little, `'>'` big, `'='` the machine's
   * @throws RangeError `ERR_OUT_OF_RANGE` for another order; TypeError `ERR_INVALID_ARG`; BufferError `ERR_RELEASED`
   */
  newByteOrder(order: '<' | '>' | '='): MemoryView {
    this.#direct('newByteOrder');
    return this.#retyped(
      'newByteOrder',
      retype.newByteOrder(this.#access.format, order),
      this.#whole().layout,
    );
  }

  /**
   * Gives the elements another shape: numpy's `reshape`, and always a view.
   *
   * @param shape - in elements; a lone integer is a shape of one; one -1 is inferred
   * @param order - in which elements are read and placed; `'A'` is Fortran where the view is so, else C
   * @throws RangeError `ERR_SHAPE` for another number of elements; TypeError `ERR_NOT_CONTIGUOUS` where only a copy could do it
   * @example zeros(12).reshape([3, -1], 'F').shape // [3, 4]
   */
  reshape(shape: number | readonly number[], order?: Order | null): MemoryView<F> {
    const layout = this.#direct('reshape');
    return this.#sibling('reshape', transform.reshape(layout, this.itemsize, shape, order));
  }

  /**
   * Permutes the axes: numpy's `transpose`.
   *
   * @param axes - for each axis of the result, which one of this view; reverse order where none are given
   * @throws RangeError `ERR_OUT_OF_BOUNDS`, `ERR_SHAPE` for a repeated or missing axis
   * @example zeros([2, 3, 4]).transpose(2, 0, 1).shape // [4, 2, 3]
   */
  transpose(...axes: number[] | [readonly number[]]): MemoryView<F> {
    return this.#sibling('transpose', transform.transpose(this.#direct('transpose'), axes));
  }

  /** The view with its axes in reverse order. */
  get T(): MemoryView<F> {
    return this.transpose();
  }

  /**
   * Swaps two axes: numpy's `swapaxes`.
   *
   * @param a - an axis; a negative one counts from the end
   * @param b - the other
   * @throws RangeError `ERR_OUT_OF_BOUNDS`
   * @example zeros([2, 3, 4]).swapAxes(0, -1).shape // [4, 3, 2]
   */
  swapAxes(a: number, b: number): MemoryView<F> {
    return this.#sibling('swapAxes', transform.swapAxes(this.#direct('swapAxes'), a, b));
  }

  /**
   * Moves one axis, or several, to other places; the rest keep their order: numpy's `moveaxis`.
   *
   * @param from - an axis, or several; a negative one counts from the end
   * @param to - where each goes
   * @throws RangeError `ERR_OUT_OF_BOUNDS`, `ERR_SHAPE` for repeated ones or another number of places
   * @example zeros([2, 3, 4]).moveAxis(0, -1).shape // [3, 4, 2]
   */
  moveAxis(from: number | readonly number[], to: number | readonly number[]): MemoryView<F> {
    return this.#sibling('moveAxis', transform.moveAxis(this.#direct('moveAxis'), from, to));
  }

  /**
   * Reverses axes: numpy's `flip`.
   *
   * @param axis - one, or several; all where left out
   * @throws RangeError `ERR_OUT_OF_BOUNDS`, `ERR_SHAPE` for a repeated one
   */
  flip(axis?: number | readonly number[]): MemoryView<F> {
    return this.#sibling('flip', transform.flip(this.#direct('flip'), axis));
  }

  /**
   * Drops dimensions of length 1: numpy's `squeeze`.
   *
   * @param axis - one, or several; all of length 1 where left out
   * @throws RangeError `ERR_SHAPE` for a named one of another length, `ERR_OUT_OF_BOUNDS`
   */
  squeeze(axis?: number | readonly number[]): MemoryView<F> {
    return this.#sibling('squeeze', transform.squeeze(this.#direct('squeeze'), axis));
  }

  /**
   * Looks at a diagonal of two axes, which becomes the last axis: numpy's `diagonal`.
   *
   * @param offset - elements to the right of the main diagonal, or to the left where negative; 0 by default
   * @param axis1 - 0 by default
   * @param axis2 - 1 by default
   * @throws RangeError `ERR_OUT_OF_BOUNDS`, `ERR_SHAPE` for one axis twice or a view of fewer than 2 dimensions
   * @example array([[1, 2], [3, 4]]).diagonal(1).toArray() // [2]
   */
  diagonal(offset?: number, axis1?: number, axis2?: number): MemoryView<F> {
    return this.#sibling('diagonal', transform.diagonal(this.#direct('diagonal'), offset, axis1, axis2));
  }

  /**
   * Stretches dimensions of length 1 with stride 0, as numpy's `broadcast_to`; the result is read-only.
   *
   * @param shape - of the result, in elements
   * @throws RangeError `ERR_SHAPE` where it does not stretch to that
   */
  broadcastTo(shape: number | readonly number[]): MemoryView<F> {
    return this.#sibling(
      'broadcastTo',
      transform.broadcastTo(this.#direct('broadcastTo'), this.itemsize, shape),
      true,
    );
  }

  /**
   * Looks through a sliding window: numpy's `sliding_window_view`. Windows overlap in memory.
   *
   * @param shape - of the window, in elements, one entry for each of `axis`
   * @param axis - along which it slides, one or several; every axis where left out
   * @param options - `writable`: whether the result takes writes, which change every window that an element is in; false by default
   * @throws RangeError `ERR_SHAPE`, `ERR_OUT_OF_BOUNDS`; TypeError `ERR_READONLY` for writable windows of a read-only view
   * @example array([1, 2, 3, 4]).windows(2).toArray() // [[1, 2], [2, 3], [3, 4]]
   */
  windows(
    shape: number | readonly number[],
    axis?: number | readonly number[],
    options?: { readonly writable?: boolean },
  ): MemoryView<F> {
    const layout = transform.windows(this.#direct('windows'), this.itemsize, shape, axis);
    const { writable = false } = readOptions('windows', options, ['writable']);
    const writes = readBoolean('windows: writable', writable);
    if (writes) this.#writable('windows');
    return this.#sibling('windows', layout, !writes);
  }

  /**
   * Lays any shape and strides over the memory, from the first element of this view on: numpy's `as_strided`, with a check.
   *
   * @param shape - in elements
   * @param strides - in bytes, of the same length
   * @throws RangeError `ERR_OUT_OF_BOUNDS` where an element would lie outside of the memory, `ERR_SHAPE`
   * @example zeros(6).asStrided([2, 2], [8, 16])
   */
  asStrided(shape: number | readonly number[], strides: readonly number[]): MemoryView<F> {
    const layout = this.#direct('asStrided');
    const { start, nbytes } = this.#region;
    return this.#sibling(
      'asStrided',
      transform.asStrided(layout, this.itemsize, shape, strides, start, start + nbytes),
    );
  }

  /** A read-only sibling; releasing one leaves the other. */
  toReadonly(): MemoryView<F> {
    return createView<F>({ ...spanOfView('toReadonly', this), readonly: true }, this.#access);
  }

  // --- many elements at once -----------------------------------------------------------------------------------------

  /**
   * Copies a source into this view: Python's `m[:] = source`, safe where both overlap.
   *
   * @param source - any exporter, of the same format text (a leading `@` aside) and shape
   * @param options - `broadcast` stretches the source as numpy does; `convert` takes any format that can be decoded, by value, and records by
   *   the names of their fields, which have to be the same (numpy assigns by position)
   * @throws TypeError `ERR_INVALID_ARG` for a value that is not an exporter, `ERR_READONLY`; RangeError `ERR_SHAPE`, `ERR_OUT_OF_RANGE` for another
   *   format or a value that does not fit. Nothing is written then.
   * @example zeros([4, 3]).copyFrom(array([1, 2, 3], 'i'), { broadcast: true, convert: true })
   */
  copyFrom(source: unknown, options?: CopyOptions): void {
    this.#writable('copyFrom');
    copyFrom('copyFrom', this.#whole(), source, options, () => this.#live('copyFrom'));
  }

  /**
   * Copies a source into this view, as {@link MemoryView.copyFrom} does, without keeping the event loop from turning. Native memory and
   * SharedArrayBuffers are copied on the thread pool, an ArrayBuffer of the engine's in small pieces on this thread. Native memory of both
   * sides cannot be released meanwhile (`ERR_EXPORTED`). Where the promise is rejected in the middle, the pieces that `onProgress` was
   * told of have been written, perhaps one more, and nothing else.
   *
   * @param source - any exporter, as {@link MemoryView.copyFrom} takes it
   * @param options - `signal` stops the copy after the piece under way (16 MiB at most), and the promise is rejected with its reason;
   *   `onProgress` is told of each piece; `broadcast`, and `convert`, by which this thread converts in small pieces before anything is written
   * @returns a promise; whatever {@link MemoryView.copyFrom} would throw rejects it
   * @throws BufferError `ERR_RELEASED` where an ArrayBuffer of the engine's was detached or shrank in the middle
   * @example await target.copyFromAsync(source, { signal: AbortSignal.timeout(1000) })
   */
  async copyFromAsync(source: unknown, options?: AsyncCopyOptions): Promise<void> {
    this.#writable('copyFromAsync');
    await copyFromAsync(this.#whole(), source, options, () => this.#live('copyFromAsync'));
  }

  /**
   * Stores one value in every element.
   *
   * @param value - as {@link MemoryView.set} takes it
   * @throws as {@link MemoryView.set}; nothing is written then
   */
  fill(value: ValueOf<F>): void {
    this.#writable('fill');
    const { codec } = this.#access;
    const encoded = codec.encode(value);
    this.#live('fill');
    fillSpan(this.#whole(), codec, encoded);
  }

  /** Swaps the bytes of every element in place, of each part by itself in records and complex numbers. @throws TypeError `ERR_READONLY` */
  byteswap(): void {
    this.#writable('byteswap');
    swapBytes(this.#whole());
  }

  /**
   * Copies the elements into new native memory, contiguous.
   *
   * @param options - `order`: `'C'` (default) or `'F'`, `'A'` for Fortran order where the view is so, or `'K'` to keep the axes in the order of
   *   the view's strides, as numpy does
   * @throws RangeError `ERR_OUT_OF_MEMORY`
   */
  copy(options?: { readonly order?: CopyOrder | null }): MemoryView<F> {
    this.#live('copy');
    const { order } = readOptions('copy', options, ['order']);
    const read = readCopyOrder('copy', order);
    this.#live('copy');
    return createView<F>(copyToMemory('copy', this.#whole(), read), this.#access);
  }

  /**
   * Reads bytes of a file into the items, in C order, on the thread pool: of any number, into any strides. The memory is pinned meanwhile.
   *
   * @param source - a path, a `file:` URL, a descriptor or a FileHandle, which has to stay open
   * @param options - `position` in the file (bytes), `direct`, `signal`, `onProgress`
   * @returns a promise of the number of bytes, fewer than the view has where the file ends before; those behind keep their values. It rejects
   *   with Node's own errors, with the signal's reason (pieces that were read before stay), or with the errors of other writing methods
   * @example await frames.readFrom('frames.raw', { position: 4096 })
   */
  async readFrom(source: FileReference, options?: FileTransferOptions): Promise<number> {
    this.#writable('readFrom');
    return transferFile('readFrom', this.#whole(), source, options, () => this.#live('readFrom'));
  }

  /**
   * Writes the items to a file, in C order, on the thread pool. The memory is pinned meanwhile.
   *
   * @param target - a path (the file is made, and emptied unless `position` is given), a `file:` URL, a descriptor or a FileHandle
   * @param options - `position` in the file (bytes), `direct`, `signal`, `onProgress`
   * @returns a promise of the number of bytes. It rejects with Node's own errors (`ENOSPC` for a full disk) or with the signal's reason;
   *   bytes that were written before stay
   * @example await view.writeTo('frames.raw')
   */
  async writeTo(target: FileReference, options?: FileTransferOptions): Promise<number> {
    this.#live('writeTo');
    return transferFile('writeTo', this.#whole(), target, options, () => this.#live('writeTo'));
  }

  /**
   * Copies the elements into new native memory, as {@link MemoryView.copy} does, without keeping the event loop from turning.
   *
   * @param options - `order`, and `signal` and `onProgress` as {@link MemoryView.copyFromAsync} has them; an abort releases the memory that
   *   was written so far
   * @returns a promise of a view of the new memory; whatever {@link MemoryView.copy} would throw rejects it
   */
  async copyAsync(options?: AsyncOptions & { readonly order?: CopyOrder | null }): Promise<MemoryView<F>> {
    this.#live('copyAsync');
    const span = await copyToMemoryAsync(this.#whole(), options, () => this.#live('copyAsync'));
    return createView<F>(span, this.#access);
  }

  /**
   * Copies the elements' bytes: Python's `tobytes`.
   *
   * @param order - `'C'` last index fastest, `'F'` first index fastest, `'A'` Fortran where the view is so, else C
   * @throws RangeError `ERR_OUT_OF_RANGE` for another order, `ERR_OUT_OF_MEMORY`
   */
  toBytes(order?: Order | null): Buffer {
    this.#live('toBytes');
    return gather('toBytes', this.#whole(), readOrder('toBytes', order));
  }

  /**
   * Copies the values into nested arrays: Python's `tolist`. A 0-d view gives the value alone, one of several dimensions arrays of arrays;
   * as in Python's own type stubs, the static type is that of a 1-D view.
   *
   * @throws TypeError `ERR_UNSUPPORTED` for a format that can't be decoded; RangeError `ERR_OUT_OF_MEMORY`
   */
  toArray(): ElementOf<F>[];
  toArray(): unknown {
    this.#live('toArray');
    return nestedValues('toArray', this.#whole(), this.#access);
  }

  /** For `JSON.stringify`: as {@link MemoryView.toArray}. JSON has no bigint, so formats of 64-bit integers are a TypeError of the engine's. */
  toJSON(): unknown {
    return this.toArray();
  }

  /**
   * Writes the bytes as hexadecimal digits: Python's `memoryview.hex`.
   *
   * @param sep - one ASCII character between groups, also as one byte
   * @param bytesPerSep - bytes in a group, counted from the right, or from the left where negative; 0 for no groups
   * @throws RangeError `ERR_OUT_OF_RANGE`, `ERR_OUT_OF_MEMORY`; TypeError `ERR_INVALID_ARG`
   * @example memoryview(Buffer.from('abc')).hex('-', 2) // '61-6263'
   */
  hex(sep?: string | Uint8Array, bytesPerSep?: number): string {
    this.#live('hex');
    return hexText(this.#whole(), sep, bytesPerSep);
  }

  /**
   * Reads the bytes, in C order, as text.
   *
   * @param encoding - one of Node's, `'utf8'` by default, or `'utf-16be'`
   * @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE` for another word, `ERR_OUT_OF_MEMORY`
   */
  decode(encoding?: BufferEncoding | 'utf-16be'): string {
    this.#live('decode');
    return decodeText(this.#whole(), encoding);
  }

  /**
   * Tells whether another exporter has the same shape and equal values: Python's `==`, across formats and byte orders. A released view equals
   * only itself. Never throws.
   *
   * @param other - anything; a value that is not an exporter is unequal
   */
  equals(other: unknown): boolean {
    if (this.#isGone()) return this === other;
    return equalSpans(this.#whole(), other);
  }

  /**
   * Finds a value in a 1-D view by Python's `==`: NaN is never found, true equals 1. In a view of bytes (`B`, `b`, `c`) a Uint8Array is a
   * sequence, which is found as Buffer's `indexOf` finds it.
   *
   * @param value - an element, or in a view of bytes a Uint8Array
   * @param from - where to start; a negative one counts from the end
   * @returns its index, or -1
   * @throws TypeError `ERR_INVALID_ARG` for a 0-d view, and for an object that can be no element (another primitive is not found),
   *   `ERR_UNSUPPORTED` for a view of more dimensions
   * @example array([5, 6, 5]).indexOf(5, 1) // 2
   */
  indexOf(value: unknown, from?: Index): number {
    this.#live('indexOf');
    return findValue('indexOf', this.#whole(), this.#access, value, from);
  }

  /**
   * Tells whether {@link MemoryView.indexOf} finds a value.
   *
   * @param value - as {@link MemoryView.indexOf} takes it
   * @throws as {@link MemoryView.indexOf}
   */
  includes(value: unknown): boolean {
    this.#live('includes');
    return findValue('includes', this.#whole(), this.#access, value, undefined) >= 0;
  }

  /**
   * Counts the elements of a 1-D view that equal a value, by Python's `==`; in a view of bytes also how often a sequence is there without
   * overlaps, as Python's `bytes.count` does.
   *
   * @param value - as {@link MemoryView.indexOf} takes it
   * @throws as {@link MemoryView.indexOf}
   */
  count(value: unknown): number {
    this.#live('count');
    return countValue('count', this.#whole(), this.#access, value);
  }

  /**
   * Finds several elements in a row in a 1-D view, by Python's `==`, across formats.
   *
   * @param sequence - any exporter of one dimension, or an array of values of this view's format
   * @param from - where to start; a negative one counts from the end
   * @returns the index of the first of them, or -1; an empty sequence is found where the search starts
   * @throws TypeError `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for a view of more dimensions; RangeError `ERR_OUT_OF_RANGE` for a value in an array
   *   that does not fit the format; BufferError `ERR_RELEASED`
   * @example array([1, 2, 3, 4], 'i').find([3, 4]) // 2
   */
  find(sequence: object | readonly ValueOf<F>[], from?: Index): number {
    this.#live('find');
    const span = this.#whole();
    checkRow('find', span);
    return findSequence(span, sequence, from);
  }

  /**
   * Finds the first element that differs from another exporter's by Python's `==`, which {@link MemoryView.equals} asks for all.
   *
   * @param other - any exporter of the same shape
   * @returns its index in C order of all dimensions, or -1 where none differs; NaN differs from itself
   * @throws TypeError `ERR_INVALID_ARG` for a value that is not an exporter; RangeError `ERR_SHAPE` for another shape; BufferError `ERR_RELEASED`
   * @example array([1, 2, 3]).mismatch(new Uint8Array([1, 2, 4])) // 2
   */
  mismatch(other: object): number {
    this.#live('mismatch');
    return firstDifference(this.#whole(), other);
  }

  // --- the engine's own objects over the same memory -----------------------------------------------------------------

  /**
   * Gives the same memory as a typed array, flat.
   *
   * @param options - `allowWrites`, `pin`
   * @throws TypeError `ERR_NOT_CONTIGUOUS` unless C-contiguous and aligned, `ERR_UNSUPPORTED` where no typed array has the format or byte
   *   order, `ERR_READONLY` unless `allowWrites`
   */
  asTypedArray(options?: AsOptions & { readonly type?: undefined }): TypedArrayOf<F>;
  /**
   * Gives the same memory as a typed array of another type, flat: the bytes of each element as that type reads them.
   *
   * @param options - `type`, a constructor whose elements have the itemsize; `allowWrites`, `pin`
   * @throws TypeError `ERR_INVALID_ARG` for no constructor of the engine's, `ERR_UNSUPPORTED` for another size; as the other form
   * @example zeros([480, 640, 4], 'B').asTypedArray({ type: Uint8ClampedArray }) // for an ImageData
   */
  asTypedArray<T extends TypedArrayConstructor>(options: AsOptions & { readonly type: T }): InstanceType<T>;
  asTypedArray(options?: AsOptions & { readonly type?: unknown }): unknown {
    const { allowed, pin, type } = readAsOptions('asTypedArray', options, ['allowWrites', 'pin', 'type']);
    return typedArrayOver(this.#contiguousWritable('asTypedArray', allowed), pin, readArrayType(type));
  }

  /**
   * Gives the same memory as a Buffer.
   *
   * @param options - `allowWrites`, `pin`
   * @throws TypeError `ERR_NOT_CONTIGUOUS` unless C-contiguous, `ERR_READONLY` unless `allowWrites`
   * @example await socket.send(view.asBuffer({ pin: true })) // release() throws until the socket has dropped it
   */
  asBuffer(options?: AsOptions): Buffer {
    const { allowed, pin } = readAsOptions('asBuffer', options, ['allowWrites', 'pin']);
    return bufferOver(this.#contiguousWritable('asBuffer', allowed), pin);
  }

  /**
   * Gives the same memory as a DataView.
   *
   * @param options - `allowWrites`, `pin`
   * @throws TypeError `ERR_NOT_CONTIGUOUS` unless C-contiguous, `ERR_READONLY` unless `allowWrites`
   */
  asDataView(options?: AsOptions): DataView {
    const { allowed, pin } = readAsOptions('asDataView', options, ['allowWrites', 'pin']);
    return dataViewOver(this.#contiguousWritable('asDataView', allowed), pin);
  }

  #contiguousWritable(subject: string, allowed: boolean): Span {
    this.#cContiguous(subject);
    if (this.#readonly && !allowed) {
      throw typeError(
        'ERR_READONLY',
        `${subject}: the view is read-only, and a raw object could be written; pass { allowWrites: true }`,
      );
    }
    return this.#whole();
  }

  // --- lifetime ------------------------------------------------------------------------------------------------------

  /**
   * Calls `fn` with this view; neither the view nor its native memory can be released until it returns or its promise settles.
   *
   * @param fn - gets this view
   * @returns what `fn` returns
   * @throws BufferError `ERR_RELEASED`; whatever `fn` throws
   * @example await view.borrow((v) => nativeCall(v.address))
   */
  borrow<R>(fn: (view: this) => R): R;
  borrow(fn: (view: this) => unknown): unknown {
    this.#live('borrow');
    readFunction('borrow', fn);
    const span = this.#whole();
    pinSpan(span);
    this.#borrows++;
    return whilePinned(
      () => fn(this),
      () => {
        this.#borrows--;
        unpinSpan(span);
      },
    );
  }

  /**
   * Makes a handle under which another thread can {@link attach} a view like this one over the same memory, without a copy. It can be posted
   * once, and holds native memory until it is attached or unshared.
   *
   * @throws TypeError `ERR_UNSUPPORTED` for an ArrayBuffer of this thread, `ERR_NOT_CONTIGUOUS` for an indirect view; BufferError `ERR_RELEASED`
   * @example worker.postMessage(view.share()) // there: const view = attach(handle)
   */
  share(): ViewHandle<F>;
  share(): ViewHandle {
    this.#live('share');
    return shareSpan(this.#whole());
  }

  /**
   * Ends this view, and no other. Does nothing the second time.
   *
   * @throws BufferError `ERR_EXPORTED` while the view is borrowed
   */
  release(): void {
    if (this.#borrows > 0) {
      const borrows = this.#borrows === 1 ? '1 borrow' : `${this.#borrows} borrows`;
      throw bufferError(
        'ERR_EXPORTED',
        `release: the view is borrowed (${borrows}), expected none; await them first`,
      );
    }
    this.#released = true;
    if (readersExist) endReader(this);
    this.#items = NO_ITEMS;
    this.#n = 0;
    this.#n0 = 0;
    this.#box = null;
  }

  /** {@link MemoryView.release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** Writes `<memory at 0x…>` with the address of the first element, or `<released memory>`. */
  toString(): string {
    if (this.#isGone()) return '<released memory>';
    return `<memory at 0x${this.#address().toString(16)}>`;
  }

  /**
   * For `String(view)` and sums of strings: {@link MemoryView.toString}. A number is refused: a typed array that is made of a view of several
   * dimensions asks each sub-view for one.
   *
   * @param hint - the engine's preferred type
   * @throws TypeError `ERR_UNSUPPORTED` for a number
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint !== 'number') return this.toString();
    throw typeError(
      'ERR_UNSUPPORTED',
      'conversion to a number: a MemoryView given, expected a number; get() gives an element, asTypedArray() or toArray() all',
    );
  }

  /** @internal */
  [inspect.custom](depth: unknown, options: unknown): string {
    // Objects that inherit from a view are inspected too.
    if (!(#access in this)) return 'MemoryView {}';
    const width = widthOf(options);
    return renderView(this.toString(), this.#isGone() ? null : this.#whole(), depth, width);
  }
}

function shownList(list: readonly number[]): string {
  return `[${list.join(', ')}]`;
}
