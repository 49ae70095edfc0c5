/**
 * Finds the memory behind a caller's object: the engine's buffers, native memory, views, and objects that follow the
 * protocol `Symbol.for('memoryview.buffer')`. Classes of higher floors register how they offer theirs (registerOffer).
 */
import { types } from 'node:util';
import { readGuarded, readProperty } from '../arguments.js';
import { bufferError, shown, typeError } from '../errors.js';
import { type Format, parseFormat } from '../format/parse.js';
import { formatOfTypedArray } from '../format/typed-array.js';
import { type Adopted, adopt, EXPORTER } from '../memory/adopted.js';
import { isNativeMemory, memoryOfBuffer, type NativeMemory } from '../memory/native-memory.js';
import {
  adapters,
  dataViewSlots,
  keysOf,
  offers,
  type Slots,
  shapes,
  typedArraySlots,
  wasmBufferGetter,
} from './exporters.js';
import { byteLengthOf, isDetached, memoryRegion, Region } from './region.js';
import { denseSpan, type Span } from './span.js';

/** Under this symbol an object has the method that returns its exporter. */
export const BUFFER_METHOD: unique symbol = Symbol.for('memoryview.buffer');
const MAX_LEVELS = 16;

/** The adapter that was registered for an object's class, or for the nearest class that it inherits from. Runs no code of the object's. */
function adapterOf(object: object): ((object: object) => unknown) | undefined {
  let prototype = Reflect.getPrototypeOf(object);
  while (prototype !== null && !types.isProxy(prototype)) {
    const adapter = adapters.get(prototype);
    if (adapter !== undefined) return adapter;
    prototype = Reflect.getPrototypeOf(prototype);
  }
  return undefined;
}

/**
 * The memory that an exporter offers, with its own format, whole.
 *
 * @param subject - the call, for messages
 * @throws TypeError `ERR_INVALID_ARG` for a value that offers none; BufferError `ERR_RELEASED` for memory that has gone
 */
export function spanOf(subject: string, exporter: unknown): Span {
  let value = exporter;
  for (let depth = 0; depth < MAX_LEVELS; depth++) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) break;
    const span = directOffer(subject, value);
    if (span !== null) return span;
    const object: object = value;
    const adapter = types.isProxy(object) ? undefined : adapterOf(object);
    if (adapter !== undefined) {
      value = readGuarded(subject, adapter, () => adapter(object));
      continue;
    }
    const external: unknown = readGuarded(subject, object, () => readProperty(object, EXPORTER));
    if (external !== undefined) return spanOfAdopted(adopt(subject, external));
    const method: unknown = readGuarded(subject, object, () => readProperty(object, BUFFER_METHOD));
    if (typeof method !== 'function') {
      const found = shapes.reduce<unknown>((exporter, adapt) => exporter ?? adapt(object), null);
      if (found === null) break;
      value = found;
      continue;
    }
    value = readGuarded(subject, method, (): unknown => Reflect.apply(method, object, []));
  }
  throw typeError(
    'ERR_INVALID_ARG',
    `${subject}: ${shown(exporter)} offers no memory, expected a Buffer, TypedArray, DataView, ArrayBuffer, NativeMemory, ` +
      'MemoryView, another addon\'s exporter, an object with a method Symbol.for("memoryview.buffer"), or one of a class that ' +
      'registerExporter() was told of',
  );
}

function directOffer(subject: string, value: object): Span | null {
  if (types.isProxy(value)) return null;
  for (const offer of offers) {
    const span = offer(value);
    if (span !== null) return span;
  }
  if (ArrayBuffer.isView(value)) return spanOfArray(subject, value);
  if (types.isAnyArrayBuffer(value))
    return byteSpan(bufferRegion(subject, value, value, 0, byteLengthOf(value)));
  if (isNativeMemory(value)) return spanOfMemory(subject, value);
  const buffer = wasmBuffer(value);
  return buffer === null ? null : byteSpan(bufferRegion(subject, value, buffer, 0, byteLengthOf(buffer)));
}

/** The memory of a view of adopted memory. */
export function spanOfAdopted({ memory, format, offset, shape, strides, readonly }: Adopted): Span {
  const region = memoryRegion(memory, readonly);
  return { region, format, layout: { offset, shape, strides }, readonly, indirect: null };
}

function byteSpan(region: Region, format: Format = parseFormat('B')): Span {
  const shape = [Math.floor(region.nbytes / format.itemsize)];
  return { ...denseSpan(region, format, shape, region.start), readonly: region.readonly };
}

function spanOfMemory(subject: string, memory: NativeMemory): Span {
  if (memory.released) {
    throw bufferError('ERR_RELEASED', `${subject}: the memory was released, expected live memory`);
  }
  return byteSpan(memoryRegion(memory, memory.readonly));
}

/** Where an engine array's bytes are now. @throws BufferError `ERR_RELEASED` where a DataView was detached or is out of bounds */
function readSlots(subject: string, array: ArrayBufferView): Slots {
  if (!types.isDataView(array)) return typedArraySlots(array);
  try {
    return dataViewSlots(array);
  } catch {
    // A DataView's getters throw where a typed array's return 0.
    throw outOfBounds(subject, array);
  }
}

function outOfBounds(subject: string, array: ArrayBufferView): Error {
  return bufferError(
    'ERR_RELEASED',
    `${subject}: ${shown(array)} was detached or is out of bounds of its buffer, expected live memory`,
  );
}

function checkInBounds(subject: string, array: ArrayBufferView): void {
  try {
    Reflect.apply(keysOf, array, []);
  } catch {
    throw outOfBounds(subject, array);
  }
}

function spanOfArray(subject: string, array: ArrayBufferView): Span {
  const { buffer, byteOffset, byteLength } = readSlots(subject, array);
  const region = bufferRegion(subject, array, buffer, byteOffset, byteLength);
  if (byteLength === 0 && types.isTypedArray(array)) checkInBounds(subject, array);
  return byteSpan(region, parseFormat(types.isTypedArray(array) ? formatOfTypedArray(array) : 'B'));
}

function bufferRegion(
  subject: string,
  obj: object,
  buffer: ArrayBuffer | SharedArrayBuffer,
  start: number,
  nbytes: number,
): Region {
  if (isDetached(buffer)) {
    throw bufferError('ERR_RELEASED', `${subject}: ${shown(obj)} was detached, expected live memory`);
  }
  // An array over native memory leads back to its one owner, which is then pinned, shared and exported.
  const memory = types.isSharedArrayBuffer(buffer) ? undefined : memoryOfBuffer(buffer);
  return memory === undefined
    ? new Region(obj, buffer, start, nbytes)
    : new Region(obj, buffer, start, nbytes, memory.readonly, memory);
}

function wasmBuffer(value: object): ArrayBuffer | SharedArrayBuffer | null {
  if (wasmBufferGetter === undefined) return null;
  try {
    return Reflect.apply(wasmBufferGetter, value, []) as ArrayBuffer | SharedArrayBuffer;
  } catch {
    // Only the getter's brand check recognizes a WebAssembly.Memory for certain.
    return null;
  }
}

/**
 * How many bytes a region's exporter offers now: a resizable buffer's, or a length-tracking array's, may have changed.
 *
 * @throws BufferError `ERR_RELEASED` for memory that has gone
 */
export function nbytesNow(subject: string, region: Region): number {
  const { obj, buffer } = region;
  if (region.isGone(0)) {
    throw bufferError(
      'ERR_RELEASED',
      `${subject}: the memory was released or detached, expected live memory`,
    );
  }
  if (!region.resizable) return region.nbytes;
  if (ArrayBuffer.isView(obj)) return readSlots(subject, obj).byteLength;
  return Math.max(0, byteLengthOf(buffer) - region.start);
}
