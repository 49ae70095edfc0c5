/**
 * The Arrow C Data Interface, `memoryview/arrow`: columns of DuckDB, pyarrow, Polars and the like as views, and views as columns.
 * Structs are given by their addresses, as in an FFI. No call copies unless an option asks for it.
 *
 * @module memoryview/arrow
 */
import { readInteger, readOptions } from '../arguments.js';
import { typeError } from '../errors.js';
import type { FormatText } from '../format/element.js';
import { expectedFormat } from '../format/expected.js';
import { type ArrowNode, describeArray, requireArrow, takeArray, takeStream } from '../memory/arrow-array.js';
import type { Exporter } from '../view/exporter.js';
import type { MemoryView } from '../view/memory-view.js';
import '../view/owner-methods.js';
import { type ArrowColumn, columnOf } from './arrow-column.js';
import {
  type ArrowExport,
  type ArrowSource,
  exportOf,
  isExport,
  type ToArrowOptions,
} from './arrow-export.js';
import { arrowTypeOf, checkNode } from './arrow-parts.js';
import { type ArrowStream, streamOver } from './arrow-stream.js';
import {
  type ArrowBatch,
  type ArrowStreamExport,
  isStreamExport,
  streamOf,
  type ToArrowStreamOptions,
} from './arrow-stream-out.js';

export { ArrowColumn } from './arrow-column.js';
export { ArrowDecimal } from './arrow-decimal.js';
export { ArrowExport, type ArrowSource, type ToArrowOptions } from './arrow-export.js';
export type { ArrowField } from './arrow-field.js';
export type { ArrowMetadata } from './arrow-metadata.js';
export { ArrowStream } from './arrow-stream.js';
export { type ArrowBatch, ArrowStreamExport, type ToArrowStreamOptions } from './arrow-stream-out.js';
export type { ArrowKind, ArrowUnit } from './arrow-type.js';

/** The addresses of an array that another library made. */
export interface ArrowAddresses {
  /** Of an `ArrowSchema`. */
  readonly schema: bigint | number;
  /** Of an `ArrowArray`. */
  readonly array: bigint | number;
}

/** The address of a stream that another library made. */
export interface ArrowStreamAddress {
  /** Of an `ArrowArrayStream`. */
  readonly stream: bigint | number;
}

/** Options of {@link fromArrow}. */
export interface FromArrowOptions<F extends string = string> {
  /** The format that the elements of the column must have; `values` then has it as its type. By default any will do. */
  readonly format?: F;
}

/** A column whose elements are known to have a format. */
export type ArrowColumnOf<F extends string> = string extends F
  ? ArrowColumn
  : { readonly values: MemoryView<F> | null } & ArrowColumn;

/**
 * Moves an Arrow array, or a stream of them, out of another library's structs and looks at its buffers. The structs' `release` is NULL
 * afterwards; the array's own release is called once, when its column is released or its views are garbage. The contents of the structs are
 * checked; whether they are at these addresses, and whether the buffers are as long as they say, can't be. Every type of the specification
 * is read;
 * a column below the root that can't be read throws when it is read, and its siblings stay readable.
 *
 * @param source - the addresses of an `ArrowSchema` and an `ArrowArray`, or of an `ArrowArrayStream`
 * @param options - `format`: what the elements of an array must be
 * @throws TypeError `ERR_FORMAT` for elements of another format than the option says, `ERR_UNSUPPORTED` for a root of a format that the specification does not have, and in a runtime without external
 *   ArrayBuffers, `ERR_INVALID_ARG` for structs that contradict themselves; BufferError `ERR_RELEASED` for structs that were released or moved. The
 *   structs then are as they were
 * @example const table = fromArrow({ schema, array }); table.child('price')?.values // MemoryView 'd'
 */
export function fromArrow<F extends string = string>(
  source: ArrowAddresses,
  options?: FromArrowOptions<F>,
): ArrowColumnOf<FormatText<F>>;
export function fromArrow(source: ArrowStreamAddress): ArrowStream;
export function fromArrow(source: unknown, options?: FromArrowOptions): ArrowColumn | ArrowStream {
  const { format } = readOptions('fromArrow', options, ['format']);
  const check = expectedFormat('fromArrow', 'the column', format);
  const read = readOptions('fromArrow', namedStructs(source), ['schema', 'array', 'stream']);
  if (read.stream !== undefined) {
    if (format !== undefined) {
      throw typeError(
        'ERR_INVALID_ARG',
        'fromArrow: format given for a stream, expected it for the addresses of an array',
      );
    }
    const stream = readStructAddress('fromArrow: stream', read.stream);
    requireArrow('fromArrow');
    return streamOver(takeStream('fromArrow', stream));
  }
  const schema = readStructAddress('fromArrow: schema', read.schema);
  const array = readStructAddress('fromArrow: array', read.array);
  requireArrow('fromArrow');
  const node = describeArray('fromArrow', schema, array);
  checkNode('fromArrow', node);
  check(formatOfValues(node));
  return columnOf('fromArrow', node, takeArray('fromArrow', schema, array));
}

/** The format of the elements of a column; of a fixed-size list, of those in it. */
function formatOfValues(node: ArrowNode): string {
  const { kind, format } = arrowTypeOf(node);
  const [child] = node.children;
  return kind === 'fixed-size-list' && child !== undefined ? formatOfValues(child) : format;
}

/** The addresses of structs that were made here; any other value unchanged. */
function namedStructs(source: unknown): unknown {
  if (isExport(source)) return { schema: source.schema, array: source.array };
  return isStreamExport(source) ? { stream: source.stream } : source;
}

function readStructAddress(subject: string, value: unknown): bigint {
  return BigInt(readInteger(subject, value, { min: 1 }));
}

/**
 * Makes an Arrow array of a view: its first dimension are the elements, further dimensions nested fixed-size lists, records a struct. An
 * object of views by name is a record batch: a struct of these columns. The memory is pinned by "arrow" until the array is released.
 *
 * @param source - native, C-contiguous memory in this machine's byte order, however that is spelled; for anything else say `copy: true`.
 *   In a batch also strings, imported columns, and the results of other calls, which are moved in
 * @param options - `name` of the column, `validity`, `dictionary`, `ordered`, `metadata`, `copy`
 * @returns the two structs, for one consumer
 * @throws TypeError `ERR_UNSUPPORTED` for elements that Arrow does not have, and for memory of the engine; `ERR_NOT_CONTIGUOUS`;
 *   `ERR_INVALID_ARG` for a bitmap that is too short; RangeError `ERR_SHAPE` for columns of different lengths; BufferError `ERR_RELEASED`
 * @example const { schema, array } = toArrow({ price: zeros(1000, 'd'), size: zeros(1000, 'i') });
 */
export function toArrow(
  source: Exporter | ArrowColumn | Readonly<Record<string, ArrowSource>>,
  options?: ToArrowOptions,
): ArrowExport {
  return exportOf(source, options);
}

/**
 * Makes an Arrow stream of batches, for engines that pull. An array of batches is made at once, and each batch handed out on any thread.
 * Those of another iterable are made when they are pulled: on the thread of JavaScript within the call, where an async iterable fails,
 * since nothing could make its batch; on another thread the consumer waits for JavaScript, and fails after `timeout`. A call that blocks
 * the thread of JavaScript while threads of its own pull needs an array.
 *
 * @param batches - of one schema each; the consumer's release ends the iteration
 * @param options - `timeout`: milliseconds that another thread waits
 * @returns the struct, for one consumer
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an iterable, and for an array whose batches differ in schema; what `toArrow` throws
 * @example const { stream } = toArrowStream([{ price }, { price: later }]);
 */
export function toArrowStream(
  batches: Iterable<ArrowBatch> | AsyncIterable<ArrowBatch>,
  options?: ToArrowStreamOptions,
): ArrowStreamExport {
  return streamOf(batches, options);
}
