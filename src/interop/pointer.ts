/**
 * `memoryview/pointer`: bytes at addresses. Unsafe: as in C, a wrong address ends the process, or reads and changes bytes of
 * other objects. Only null, the first page and the end of memory are refused.
 *
 * @module memoryview/pointer
 */
import { constants } from 'node:buffer';
import { readInteger, readOptions } from '../arguments.js';
import { fillFromAddress, writeToAddress } from '../bulk/address-copy.js';
import { rangeError, shown, typeError } from '../errors.js';
import { codecOf } from '../format/codec.js';
import type { ElementOf, FormatText, ValueOf } from '../format/element.js';
import { fieldNamed } from '../format/info.js';
import { parseFormat } from '../format/parse.js';
import { productOf, readShape } from '../layout/layout.js';
import { wrapPointer } from '../memory/foreign.js';
import { endWith } from '../memory/native-memory.js';
import { itemAtAddress, itemFor, poke, readAddress, readMost, textAtAddress } from '../memory/pointer.js';
import { spanOf } from '../span/offer.js';
import { checkLive, itemCount, nbytesOf, type Span } from '../span/span.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import { isMemoryView, type MemoryView, spanOfView } from '../view/memory-view.js';

/** How `readString` reads. */
export interface ReadStringOptions {
  /** One of Node's; `'utf8'` by default. With `'utf16le'` two zero bytes end the text, else one. */
  readonly encoding?: BufferEncoding;
  /** Where to stop without a zero (bytes); by default the longest string. */
  readonly maxBytes?: number;
}

/**
 * Reads one item at an address, as `view.get` reads one of a view: a record becomes an object.
 *
 * @param address - of the item's first byte; its bytes must be readable
 * @param format - of the item
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_FORMAT`, `ERR_UNSUPPORTED` for a format that can't be decoded; RangeError
 *   `ERR_OUT_OF_RANGE` for an address below 4096, or one from which the item reaches beyond the end of memory
 * @example read(address, 'T{i:x:i:y:}'); // { x: 3, y: 4 }
 */
export function read<F extends string>(address: bigint | number, format: F): ElementOf<FormatText<F>>;
export function read(address: unknown, format: unknown): unknown {
  return itemAtAddress('read', address, format);
}

/**
 * Writes one item at an address, as `view.set` writes one of a view. Padding of a record keeps its bytes.
 *
 * @param address - of the item's first byte; its bytes must be writable
 * @param format - of the item
 * @param value - checked as a whole before the first byte is written
 * @throws as {@link read}; TypeError, RangeError for a value that does not fit, as `view.set` does
 * @example write(address, 'd', 1.5);
 */
export function write<F extends string>(
  address: bigint | number,
  format: F,
  value: ValueOf<FormatText<F>>,
): void;
export function write(address: unknown, format: unknown, value: unknown): void {
  const parsed = parseFormat(format);
  const codec = codecOf(parsed);
  const { itemsize } = parsed;
  const at = readAddress('write', address, itemsize);
  const encoded = codec.encode(value);
  const item = itemFor('write', at, itemsize, parsed.code === null);
  codec.store(item, 0, encoded);
  poke(item, at, itemsize);
}

/**
 * Reads a C string: the text up to the first zero.
 *
 * @param address - of its first byte; the bytes up to the zero, or `maxBytes`, must be readable
 * @param options - `encoding`, `maxBytes`
 * @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE` for an address below 4096 and an encoding that Node lacks,
 *   `ERR_OUT_OF_MEMORY` for a text longer than a string
 * @example readString(read(address, person).name, { maxBytes: 256 });
 */
export function readString(address: bigint | number, options?: ReadStringOptions): string {
  const given = readOptions('readString', options, ['encoding', 'maxBytes']);
  const encoding = given.encoding === undefined ? 'utf8' : given.encoding;
  if (typeof encoding !== 'string') {
    throw typeError('ERR_INVALID_ARG', `readString: encoding: ${shown(encoding)} given, expected a string`);
  }
  if (!Buffer.isEncoding(encoding)) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `readString: encoding ${shown(encoding)} given, expected one of Node's ("utf8", "latin1", "utf16le" …)`,
    );
  }
  const most = readMost('readString: maxBytes', given.maxBytes, constants.MAX_LENGTH);
  const at = readAddress('readString', address);
  const unit = /^(?:utf-?16le|ucs-?2)$/i.test(encoding) ? 2 : 1;
  return textAtAddress('readString', at, encoding, unit, most);
}

/**
 * Fills a view with the bytes at an address, item by item in C order; where both overlap, as if all had been read before.
 *
 * @param view - any exporter; of any shape and strides
 * @param address - where its items lie side by side; as many bytes as the view has items must be readable
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_READONLY`; RangeError `ERR_OUT_OF_RANGE` for an address below 4096; BufferError
 *   `ERR_RELEASED`
 * @example copyFrom(frame, callbackAddress);
 */
export function copyFrom(view: Exporter, address: bigint | number): void {
  const span = spanOf('copyFrom', view);
  const at = readAddress('copyFrom', address, nbytesOf(span));
  if (span.readonly || span.region.readonly) {
    throw typeError('ERR_READONLY', 'copyFrom: the view is read-only, expected a writable one');
  }
  checkLive('copyFrom', span);
  fillFromAddress(span, at);
}

/**
 * Writes the items of a view to an address, side by side in C order.
 *
 * @param view - any exporter; of any shape and strides
 * @param address - where to; as many bytes as the view has items must be writable
 * @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE` for an address below 4096; BufferError `ERR_RELEASED`
 * @example copyTo(samples, outputAddress);
 */
export function copyTo(view: Exporter, address: bigint | number): void {
  const span = spanOf('copyTo', view);
  const at = readAddress('copyTo', address, nbytesOf(span));
  checkLive('copyTo', span);
  writeToAddress(span, at);
}

/** How to reach a pointer in a view: the names of fields and indices, from the outside to the inside. */
export type PointerPath = string | readonly (string | number)[];

/**
 * Makes a view behind a pointer that a record holds: C's `*record.next`. It ends with the record's memory, which it keeps, and a pin on
 * it pins that: the target of the pointer is assumed to belong to the record.
 *
 * @param view - of records, or of pointers
 * @param path - to one pointer (`P` or `&`): a field's name (`'head.next'` for one in a nested record), or names and indices in a list
 * @param format - of the elements behind it
 * @param shape - in elements; 0-dimensional where left out, for one element
 * @returns a view, read-only where `view` is
 * @throws TypeError `ERR_INVALID_ARG` where the path leads to no pointer, or to several, `ERR_FORMAT`, `ERR_UNSUPPORTED` in a runtime
 *   without external ArrayBuffers; RangeError `ERR_OUT_OF_RANGE` for a null pointer, `ERR_SHAPE`; BufferError `ERR_RELEASED`
 * @example deref(people, [3, 'name'], 'c', [16]);
 */
export function deref<F extends string>(
  view: MemoryView,
  path: PointerPath,
  format: F,
  shape?: number | readonly number[],
): MemoryView<FormatText<F>> {
  const span = pointerAt(view, path);
  const { format: parsed, dims } = wanted(format, shape);
  checkLive('deref', span);
  const address = span.region.data.getBigUint64(span.layout.offset, span.format.littleEndian);
  const at = readAddress('deref', address, parsed.itemsize * productOf(dims));
  const { memory, obj } = span.region;
  const found = wrapPointer(at, parsed.itemsize * productOf(dims), {
    owner: memory ?? obj,
    readonly: span.readonly,
    label: 'deref',
  });
  if (memory !== null) endWith(memory, found);
  return memoryview(found, { format, shape: dims });
}

function wanted(format: unknown, shape: unknown) {
  const parsed = parseFormat(format);
  const dims = shape === undefined ? [] : readShape('deref', shape);
  return { format: parsed, dims };
}

/** The span of the one pointer that a path leads to. */
function pointerAt(view: unknown, path: unknown): Span {
  if (typeof view !== 'object' || view === null || !isMemoryView(view)) {
    throw typeError('ERR_INVALID_ARG', `deref: ${shown(view)} given, expected a MemoryView`);
  }
  let at: MemoryView = view;
  const steps = typeof path === 'string' ? namesIn(at, path) : path;
  if (!Array.isArray(steps)) {
    throw typeError(
      'ERR_INVALID_ARG',
      `deref: path: ${shown(path)} given, expected a name, or names and indices`,
    );
  }
  for (const step of steps as readonly unknown[]) {
    at = typeof step === 'string' ? at.field(step) : at.slice(readInteger('deref: path', step));
  }
  const span = spanOfView('deref', at);
  if (span.format.code !== 'P' && span.format.code !== '&') {
    throw typeError(
      'ERR_INVALID_ARG',
      `deref: ${shown(path)} leads to the format ${shown(span.format.text)}, expected a pointer ("P" or "&")`,
    );
  }
  if (itemCount(span) !== 1 || span.indirect !== null) {
    throw typeError(
      'ERR_INVALID_ARG',
      `deref: ${shown(path)} leads to ${itemCount(span)} pointers, expected one; put an index before the name`,
    );
  }
  return span;
}

/** A name as it is, or where no field has it, split at its dots. */
function namesIn(view: MemoryView, path: string): string[] {
  if (path === '') return [];
  return fieldNamed(parseFormat(view.format), path) !== null ? [path] : path.split('.');
}
