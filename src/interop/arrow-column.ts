/**
 * A column of an imported Arrow array: its buffers as read-only views, nothing copied. The views keep the array alive; its release is called
 * once, when the last of their memory has ended. A column that can't be read throws when it is read; its siblings still work.
 */
import { checkHeap } from '../bulk/to-array.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { ArrowNode } from '../memory/arrow-array.js';
import type { MemoryView } from '../view/memory-view.js';
import { ArrayBuffers, type ArraySlice, wholeArray } from './arrow-buffers.js';
import { type ArrowField, fieldOf, NULLABLE, ORDERED } from './arrow-field.js';
import { type ArrowMetadata, parseMetadata } from './arrow-metadata.js';
import { arrowTypeOf, type ColumnParts, columnPartsOf } from './arrow-parts.js';
import type { ArrowKind, ArrowType, ArrowUnit } from './arrow-type.js';
import { Budget, bitsOf, type Facts, type Readable, readerOf, type ValueReader } from './arrow-values.js';

const KEY = Symbol('column');
const KEYS_SORTED = 4;
/** The least size of an element of any kind, in slots of a list. */
const SLOTS = 2;
const EXTENSION = 'ARROW:extension:name';

let createColumn: (buffers: ArrayBuffers, window: ArraySlice) => ArrowColumn;
let takeAll: (column: ArrowColumn) => void;
let factsOf: (column: Readable) => Facts;
/** The elements of a column, for an export. @internal */
export let arraySliceOf: (column: ArrowColumn) => {
  readonly buffers: ArrayBuffers;
  readonly window: ArraySlice;
};
/** Whether a value is a column that this module made. @internal */
export let isArrowColumn: (value: unknown) => value is ArrowColumn;

/**
 * Makes the column of a tree; consumes the holding, also when it throws.
 *
 * @throws TypeError `ERR_UNSUPPORTED`, `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_BOUNDS` where the root itself can't be read
 */
export function columnOf(subject: string, node: ArrowNode, holding: object): ArrowColumn {
  const buffers = new ArrayBuffers(subject, holding);
  try {
    const column = createColumn(buffers, wholeArray(node));
    takeAll(column);
    return column;
  } catch (error) {
    buffers.release();
    throw error;
  } finally {
    buffers.close();
  }
}

/** A column of an Arrow array. Made by `fromArrow`. */
export class ArrowColumn implements Readable, Iterable<unknown> {
  /** The name of the field; empty where it has none. */
  readonly name: string;
  /** Arrow's own format string, such as `i`, `tdD` or `+w:3`. */
  readonly format: string;
  /** The kind of the column, which says what buffers it has. */
  readonly kind: ArrowKind;
  /** In elements. */
  readonly length: number;
  /** Whether the schema allows elements that are null. */
  readonly nullable: boolean;
  /** Whether the order of a dictionary's values means something. */
  readonly ordered: boolean;
  /** Whether the keys of each map are sorted. */
  readonly keysSorted: boolean;
  /** Of the first element, in the first byte of `validity` and of a boolean column's `values`. */
  readonly bitOffset: number;
  /** Of dates, times, timestamps, durations and intervals; null for the rest. */
  readonly unit: ArrowUnit | null;
  /** Of a timestamp that has one. */
  readonly timezone: string | null;
  /** Of a decimal: how many digits it has at most. */
  readonly precision: number | null;
  /** Of a decimal: how many of its digits are after the point. */
  readonly scale: number | null;

  readonly #buffers: ArrayBuffers;
  readonly #window: ArraySlice;
  readonly #type: ArrowType;
  readonly #budget = new Budget('get');
  #parts: ColumnParts | null = null;
  #fault: unknown = null;
  #children: readonly ArrowColumn[] | null = null;
  #dictionary: ArrowColumn | null = null;
  #values: MemoryView | null = null;
  #metadata: ArrowMetadata | null = null;
  #reader: ValueReader | null = null;
  #nullCount = -1;

  private constructor(key: symbol, buffers: ArrayBuffers, window: ArraySlice) {
    if (key !== KEY) {
      throw typeError(
        'ERR_INVALID_ARG',
        'ArrowColumn: has no public constructor; use fromArrow() to make one',
      );
    }
    const { array: node, start, length } = window;
    const type = arrowTypeOf(node);
    this.#buffers = buffers;
    this.#window = window;
    this.#type = type;
    this.name = node.name;
    this.format = node.format;
    this.kind = type.kind;
    this.length = length;
    this.nullable = (node.flags & NULLABLE) !== 0;
    this.ordered = (node.flags & ORDERED) !== 0;
    this.keysSorted = (node.flags & KEYS_SORTED) !== 0;
    this.bitOffset = start % 8;
    this.unit = type.unit ?? null;
    this.timezone = type.timezone ?? null;
    this.precision = type.precision ?? null;
    this.scale = type.scale ?? null;
  }

  static {
    createColumn = (buffers, window) => new ArrowColumn(KEY, buffers, window);
    takeAll = (column) => column.#takeAll();
    factsOf = (column) => {
      const made = column as ArrowColumn;
      return { type: made.#type, start: made.#window.start };
    };
    arraySliceOf = (column) => ({ buffers: column.#buffers, window: column.#window });
    isArrowColumn = (value): value is ArrowColumn =>
      typeof value === 'object' && value !== null && #window in value;
  }

  /** Finds the parts once; an error in them is thrown at each call. */
  #open(): ColumnParts {
    if (this.#parts !== null) return this.#parts;
    if (this.#fault !== null) throw this.#fault;
    try {
      this.#parts = columnPartsOf(this.#buffers, this.#window);
      return this.#parts;
    } catch (error) {
      this.#fault = error;
      throw error;
    }
  }

  /** Takes the buffers of the whole tree while the array's holder is alive. Errors below the root are thrown when that part is read. */
  #takeAll(): void {
    this.#open();
    for (const child of [...this.children, this.dictionary]) {
      try {
        if (child !== null) child.#takeAll();
      } catch {
        // The child keeps its error.
      }
    }
  }

  /** The bytes of the validity bitmap, or null where all elements are valid; the first element is bit {@link bitOffset}. */
  get validity(): MemoryView | null {
    return this.#open().validity;
  }

  /**
   * The elements: 2-D for a fixed-size list, N-D for nested ones, the bytes of the bits for a boolean column, the indices of a dictionary,
   * the integers of a decimal, the 16-byte views of view types; null where children have them.
   */
  get values(): MemoryView | null {
    if (this.#values !== null) return this.#values;
    const { values } = this.#open();
    this.#values = this.kind === 'fixed-size-list' ? this.#rows() : values;
    return this.#values;
  }

  #rows(): MemoryView | null {
    const child = this.children[0]!;
    const dense = child.kind === 'primitive' || child.kind === 'decimal' || child.kind === 'fixed-size-list';
    const { values } = dense ? child : { values: null };
    return values === null ? null : values.reshape([this.length, this.#type.size!, ...values.shape.slice(1)]);
  }

  /**
   * Of utf8, binary, list and map columns: `length + 1` offsets into `data` or the child, none for no elements; of list views and dense
   * unions: one for each element.
   */
  get offsets(): MemoryView | null {
    return this.#open().offsets;
  }

  /** Of list views: how many elements of the child each has. */
  get sizes(): MemoryView | null {
    return this.#open().sizes;
  }

  /** The bytes of a utf8 or binary column. */
  get data(): MemoryView | null {
    return this.#open().data;
  }

  /** Of utf8 and binary views: the buffers that longer elements lie in. */
  get dataBuffers(): readonly MemoryView[] {
    return this.#open().dataBuffers;
  }

  /** Of unions: which type each element has; {@link typeCodes} has the child of each. */
  get typeIds(): MemoryView | null {
    return this.#open().typeIds;
  }

  /** Of unions: the type id of each child. */
  get typeCodes(): readonly number[] | null {
    return this.#type.typeCodes ?? null;
  }

  /** Fields of a struct, types of a union, elements of a list, run ends and values of runs. */
  get children(): readonly ArrowColumn[] {
    this.#children ??= Object.freeze(
      this.#open().children.map((window) => createColumn(this.#buffers, window)),
    );
    return this.#children;
  }

  /** The values that the indices of a dictionary column refer to. */
  get dictionary(): ArrowColumn | null {
    const { dictionary } = this.#open();
    if (dictionary !== null) this.#dictionary ??= createColumn(this.#buffers, dictionary);
    return this.#dictionary;
  }

  /**
   * Key-value metadata of the field; of the root, of the schema. Text where a value is UTF-8, else its bytes.
   *
   * @throws TypeError `ERR_INVALID_ARG` for metadata whose lengths contradict themselves
   */
  get metadata(): ArrowMetadata {
    const { metadata, name } = this.#window.array;
    if (metadata === false) {
      throw typeError('ERR_INVALID_ARG', `metadata: that of column ${shown(name)} has lengths below 0`);
    }
    this.#metadata ??= metadata === null ? Object.freeze({}) : parseMetadata(metadata);
    return this.#metadata;
  }

  /** The schema's description of this field; for the root, the schema itself. */
  get schema(): ArrowField {
    return fieldOf(this.#window.array);
  }

  /** The name of the extension type, such as `arrow.uuid`; null for a plain column. */
  get extension(): string | null {
    const found = Object.hasOwn(this.metadata, EXTENSION) ? this.metadata[EXTENSION] : undefined;
    return typeof found === 'string' ? found : null;
  }

  /** How many elements are null by the validity bitmap; counted once where the producer did not. */
  get nullCount(): number {
    if (this.#nullCount >= 0) return this.#nullCount;
    const { array: node, start } = this.#window;
    const isWhole = start === node.offset && this.length === node.length;
    if (this.kind === 'null') this.#nullCount = this.length;
    else if (this.validity === null) this.#nullCount = 0;
    else if (isWhole && node.nullCount >= 0 && node.nullCount <= this.length)
      this.#nullCount = node.nullCount;
    else this.#nullCount = this.#countNulls(this.validity);
    return this.#nullCount;
  }

  #countNulls(validity: MemoryView): number {
    const isValid = bitsOf(validity, this.bitOffset);
    let count = 0;
    for (let i = 0; i < this.length; i++) if (!isValid(i)) count++;
    return count;
  }

  /**
   * Tells whether an element is there, by the validity bitmap. Elements of unions and runs are: their children have bitmaps.
   *
   * @param index - of the element; negative ones do not count from the end
   * @throws RangeError `ERR_OUT_OF_BOUNDS`; BufferError `ERR_RELEASED`
   */
  isValid(index: number): boolean {
    const i = this.#indexOf('isValid', index);
    if (this.kind === 'null') return false;
    const { validity } = this;
    return validity === null || bitsOf(validity, this.bitOffset)(i);
  }

  #indexOf(subject: string, index: number | bigint): number {
    const i = typeof index === 'bigint' ? Number(index) : index;
    if (Number.isInteger(i) && i >= 0 && i < this.length) return i;
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${subject}: ${shown(index)} given, expected 0 to ${this.length - 1}`,
    );
  }

  /**
   * Finds a field of a struct by its name.
   *
   * @param name - of the field
   * @returns its column, the first of that name; undefined where there is none
   */
  child(name: string): ArrowColumn | undefined {
    return this.children.find((column) => column.name === name);
  }

  /**
   * One element as a JavaScript value, null where it is missing: as {@link ArrowColumn.toArray} has it.
   *
   * @param index - of the element; negative ones do not count from the end
   * @throws RangeError `ERR_OUT_OF_BOUNDS`, also for an element whose offsets lead out of the data; BufferError `ERR_RELEASED`
   */
  get(index: number | bigint): unknown {
    const i = this.#indexOf('get', index);
    this.#budget.reset();
    this.#reader ??= readerOf(this, this.#budget, factsOf);
    return this.#reader(i);
  }

  /**
   * Some elements as a column: the same memory, nothing copied.
   *
   * @param start - the first element; a negative one counts from the end
   * @param end - the first that is left out
   * @returns a column of the same array; a release of either ends both
   */
  slice(start = 0, end: number = this.length): ArrowColumn {
    this.#open();
    const from = bound('slice: start', start, this.length);
    const to = Math.max(from, bound('slice: end', end, this.length));
    const { array, start: first } = this.#window;
    return createColumn(this.#buffers, { array, start: first + from, length: to - from });
  }

  /**
   * All elements as JavaScript values, null where one is missing; a copy. 64-bit integers are bigints, decimals {@link ArrowDecimal}s, dates
   * and times the integers of their unit, intervals objects, binary a Buffer, a map an array of `[key, value]` pairs. An element of a struct
   * is an object; where two fields have one name, an array of `[name, value]` pairs.
   *
   * @throws BufferError `ERR_RELEASED`; RangeError `ERR_OUT_OF_BOUNDS` for offsets that lead out of the data, `ERR_OUT_OF_MEMORY`
   */
  toArray(): unknown[] {
    checkHeap('toArray', this.length, this.length * SLOTS);
    const { validity, values } = this;
    if (validity === null && values !== null && this.kind === 'primitive' && values.ndim === 1) {
      return values.toArray() as unknown[];
    }
    const budget = new Budget('toArray');
    budget.spend(this.length * SLOTS);
    const read = readerOf(this, budget, factsOf);
    return Array.from({ length: this.length }, (_, i) => read(i));
  }

  /** Iterates over the elements by value. */
  *[Symbol.iterator](): Generator<unknown, void> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  /**
   * Ends the views of the whole array that this column belongs to, its siblings' too, and calls the array's release.
   *
   * @throws BufferError `ERR_EXPORTED` while one of its buffers is pinned; then the others have ended
   */
  release(): void {
    this.#buffers.release();
  }

  /** Releases the array at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/** A bound of a slice, as Array's `slice` reads it. */
function bound(subject: string, value: unknown, length: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(value)} given, expected an integer`);
  }
  const whole = Math.trunc(value);
  return Math.min(length, whole < 0 ? Math.max(0, length + whole) : whole);
}
