/**
 * The Arrow C Data Interface, `memoryview/arrow`: columns of DuckDB, pyarrow, Polars and the like as views, and views as columns.
 * Structs are named by their addresses, as FFI has them; nothing is copied unless an option says so.
 *
 * @module memoryview/arrow
 */
import { readBoolean, readInteger, readOptions, readString } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import type { Format } from '../format/format.js';
import { fieldNames } from '../format/info.js';
import { EXPORTER } from '../memory/adopted.js';
import {
  type ArrowParts,
  type ArrowStructs,
  buildArray,
  closeStream,
  describeArray,
  nextArray,
  releaseArray,
  requireArrow,
  takeArray,
  takeStream,
} from '../memory/arrow-array.js';
import { spanOf } from '../span/offer.js';
import type { Exporter } from '../view/exporter.js';
import { createView, type MemoryView } from '../view/memory-view.js';
import { requireNativeMemory } from '../view/native-exporter.js';
import '../view/owner-methods.js';
import { type ArrowColumn, checkNode, columnOf } from './arrow-column.js';
import { arrowFormatOf } from './arrow-format.js';

export { ArrowColumn } from './arrow-column.js';
export type { ArrowKind } from './arrow-format.js';

const SECRET = Symbol('arrow');

/** Where an array is that another library made. */
export interface ArrowAddresses {
  /** Of an `ArrowSchema`. */
  readonly schema: bigint | number;
  /** Of an `ArrowArray`. */
  readonly array: bigint | number;
}

/** Where a stream is that another library made. */
export interface ArrowStreamAddress {
  /** Of an `ArrowArrayStream`. */
  readonly stream: bigint | number;
}

let openStream: (stream: object) => ArrowStream;

/** The arrays of an Arrow stream, one after another. Made by `fromArrow`; the stream is released at its end, or by `release()`. */
export class ArrowStream implements Iterable<ArrowColumn> {
  readonly #stream: object;

  private constructor(secret: symbol, stream: object) {
    if (secret !== SECRET) {
      throw typeError(
        'ERR_INVALID_ARG',
        'ArrowStream: not to be constructed, expected a call of fromArrow()',
      );
    }
    this.#stream = stream;
  }

  static {
    openStream = (stream) => new ArrowStream(SECRET, stream);
  }

  /** The next array, or null at the end. @throws TypeError with what the stream says of its failure */
  next(): ArrowColumn | null {
    const found = nextArray('next', this.#stream);
    if (found === null) return null;
    return columnOf('next', found.root, found.holding);
  }

  /** Iterates over the arrays that are left. */
  *[Symbol.iterator](): Generator<ArrowColumn, void> {
    for (let column = this.next(); column !== null; column = this.next()) yield column;
  }

  /** Releases the stream; arrays that came of it live on. */
  release(): void {
    closeStream(this.#stream);
  }

  /** Releases the stream at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Moves an Arrow array, or a stream of them, out of another library's structs and looks at its buffers. The structs' `release` is NULL
 * afterwards; the array's own release is called once, when its column is released or its views are garbage. What the structs say is
 * checked; that they are at these addresses, and that buffers are as long as they say, can't be.
 *
 * @param source - the addresses of an `ArrowSchema` and an `ArrowArray`, or of an `ArrowArrayStream`
 * @throws TypeError `ERR_UNSUPPORTED` for types that are not read (dictionaries, unions, views), and in a runtime without external
 *   ArrayBuffers, `ERR_INVALID_ARG` for what contradicts
 *   itself; BufferError `ERR_RELEASED` for structs that were released or moved. The structs then are as they were
 * @example const table = fromArrow({ schema, array }); table.child('price')?.values // MemoryView 'd'
 */
export function fromArrow(source: ArrowAddresses): ArrowColumn;
export function fromArrow(source: ArrowStreamAddress): ArrowStream;
export function fromArrow(source: unknown): ArrowColumn | ArrowStream {
  const named = isExport(source) ? { schema: source.schema, array: source.array } : source;
  const read = readOptions('fromArrow', named, ['schema', 'array', 'stream']);
  if (read.stream !== undefined) {
    const stream = readAddress('fromArrow: stream', read.stream);
    requireArrow('fromArrow');
    return openStream(takeStream('fromArrow', stream));
  }
  const schema = readAddress('fromArrow: schema', read.schema);
  const array = readAddress('fromArrow: array', read.array);
  requireArrow('fromArrow');
  const node = describeArray('fromArrow', schema, array);
  checkNode('fromArrow', node);
  return columnOf('fromArrow', node, takeArray('fromArrow', schema, array));
}

function readAddress(subject: string, value: unknown): bigint {
  return BigInt(readInteger(subject, value, { min: 1 }));
}

/** Options of {@link toArrow}. */
export interface ToArrowOptions {
  /** Of the column; empty by default. */
  readonly name?: string;
  /** True copies what does not lie as Arrow wants it: gaps, the engine's memory, the fields of records. */
  readonly copy?: boolean;
  /** Bits, lowest first: 1 for each element that is there. At least one byte for each 8 elements. */
  readonly validity?: Exporter;
}

let createExport: (structs: ArrowStructs) => ArrowExport;
let isExport: (value: unknown) => value is ArrowExport;

/** An `ArrowSchema` and an `ArrowArray` for one consumer, who moves them. Keep it until that has happened. */
export class ArrowExport implements ArrowAddresses {
  readonly #structs: ArrowStructs;

  private constructor(secret: symbol, structs: ArrowStructs) {
    if (secret !== SECRET) {
      throw typeError('ERR_INVALID_ARG', 'ArrowExport: not to be constructed, expected a call of toArrow()');
    }
    this.#structs = structs;
  }

  static {
    createExport = (structs) => new ArrowExport(SECRET, structs);
    isExport = (value): value is ArrowExport =>
      typeof value === 'object' && value !== null && #structs in value;
  }

  /** Also for what leads to an export, such as a proxy of one: its addresses are read as those of any object. */
  static #of(value: unknown, subject: string): ArrowStructs {
    if (isExport(value)) return value.#structs;
    throw typeError('ERR_INVALID_ARG', `${subject}: called on ${shown(value)}, expected an ArrowExport`);
  }

  /** The address of the `ArrowSchema`. */
  get schema(): bigint {
    return ArrowExport.#of(this, 'schema').schema;
  }

  /** The address of the `ArrowArray`. */
  get array(): bigint {
    return ArrowExport.#of(this, 'array').array;
  }

  /** Releases what no consumer has moved out. */
  release(): void {
    releaseArray(this.#structs);
  }

  /** Releases at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Makes an Arrow array of a view: 1-D elements as a primitive column, 2-D ones as fixed-size lists, records as a struct. The memory is
 * pinned by "arrow" until the array is released.
 *
 * @param view - native, C-contiguous memory in the machine's byte order; for anything else say `copy: true`
 * @param options - `name` of the column, `validity` bits, `copy`
 * @returns the two structs, for one consumer
 * @throws TypeError `ERR_UNSUPPORTED` for elements or dimensions that Arrow does not have, and for memory of the engine;
 *   `ERR_NOT_CONTIGUOUS`; `ERR_INVALID_ARG` for a bitmap that is too short; BufferError `ERR_RELEASED`
 * @example const { schema, array } = toArrow(zeros(1000, 'd'), { name: 'price' });
 */
export function toArrow(view: Exporter, options?: ToArrowOptions): ArrowExport {
  const read = readOptions('toArrow', options, ['name', 'copy', 'validity']);
  const name = read.name === undefined ? '' : readString('toArrow: name', read.name);
  if (name.includes('\0')) {
    throw typeError('ERR_INVALID_ARG', `toArrow: name ${shown(name)} given, expected one without NUL`);
  }
  const copies = read.copy === undefined ? false : readBoolean('toArrow: copy', read.copy);
  const bitmap = read.validity === undefined ? null : createView(spanOf('toArrow', read.validity));
  const given = createView(spanOf('toArrow', view));
  const validity = bitmap === null ? null : bufferOf(bitmapFor(bitmap, given.length), copies);
  return createExport(buildArray('toArrow', column(given, name, validity, copies)));
}

function bitmapFor(bitmap: MemoryView, length: number): MemoryView {
  if (bitmap.ndim !== 1 || bitmap.itemsize !== 1 || bitmap.length * 8 < length) {
    const expected = `at least ${Math.ceil(length / 8)} bytes in one dimension`;
    throw typeError('ERR_INVALID_ARG', `toArrow: validity has ${bitmap.nbytes} bytes, expected ${expected}`);
  }
  return bitmap;
}

function column(view: MemoryView, name: string, validity: object | null, copies: boolean): ArrowParts {
  const { format, layout } = spanOf('toArrow', view);
  const { shape } = layout;
  const flags = validity === null ? 0 : 2;
  const nulls = validity === null ? 0 : -1;
  const length = shape[0] ?? 0;
  if (shape.length === 2) {
    const inner = column(flattened(view, copies), 'item', null, copies);
    return [`+w:${shape[1]!}`, name, flags, length, nulls, [validity], [inner]];
  }
  if (shape.length !== 1) {
    throw typeError('ERR_UNSUPPORTED', `toArrow: the view has ${shape.length} dimensions, expected 1 or 2`);
  }
  const names = fieldNames(format);
  if (names.length > 0) {
    const fields = names.map((field) => column(view.field(field), field, null, copies));
    return ['+s', name, flags, length, nulls, [validity], fields];
  }
  return [arrowFormat(format), name, flags, length, nulls, [validity, bufferOf(view, copies)], []];
}

function arrowFormat(format: Format): string {
  const { item } = format;
  const code = item.kind === 'scalar' ? item.code : null;
  const found = code === 's' || format.isNative ? arrowFormatOf(code, format.itemsize) : null;
  if (found !== null) return found;
  throw typeError(
    'ERR_UNSUPPORTED',
    `toArrow: Arrow has no type for format ${shown(format.text)}, expected integers, floats or bytes in native byte order`,
  );
}

function flattened(view: MemoryView, copies: boolean): MemoryView {
  const dense = view.cContiguous || !copies ? view : view.copy();
  if (dense.cContiguous) return dense.reshape([dense.nbytes / dense.itemsize]);
  throw gapsError();
}

/** An exporter of a dense buffer. */
function bufferOf(view: MemoryView, copies: boolean): object {
  const isDense = view.cContiguous;
  if (!isDense && !copies) throw gapsError();
  const direct: unknown = isDense ? Reflect.get(view, EXPORTER) : undefined;
  if (direct !== undefined) return direct as object;
  requireNativeMemory('toArrow');
  if (!copies) {
    throw typeError(
      'ERR_UNSUPPORTED',
      "toArrow: the memory is the engine's own and can't be pinned, expected native memory; pass copy: true",
    );
  }
  return Reflect.get(view.copy(), EXPORTER) as object;
}

function gapsError(): Error {
  return typeError(
    'ERR_NOT_CONTIGUOUS',
    'toArrow: the elements have gaps between them, Arrow wants them dense; pass copy: true',
  );
}
