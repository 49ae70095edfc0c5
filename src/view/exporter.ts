/** Exporters, the objects that a view can be made of: their types, and the classes of other libraries. span/offer reads their memory. */
import { readFunction, readProperty } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { NativeMemory } from '../memory/native-memory.js';
import { registerAdapter } from '../span/exporters.js';
import { sharedPrototype } from '../span/region.js';
import { MemoryView } from './memory-view.js';
import { PyBuffer } from './py-buffer.js';

/** Any object whose memory a view can use. */
export type Exporter =
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | WasmMemory
  | NativeMemory
  | MemoryView
  | PyBuffer
  | ExportingObject;

/** A `WebAssembly.Memory`; its type is not in every `lib`. */
export interface WasmMemory {
  /** The memory as it is now; another one after a growth. */
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /**
   * Makes it larger.
   *
   * @param delta - pages of 64 KiB
   * @returns pages before
   */
  grow(delta: number): number;
}

/**
 * An object with a method `Symbol.for('memoryview.buffer')` that returns an exporter, or of a class that {@link registerExporter} was told
 * of. Neither can be told from others by its type, so this is any object; another one is a TypeError.
 */
export type ExportingObject = object;

/** The classes whose objects the library knows by itself. */
const KNOWN: readonly object[] = [
  ArrayBuffer.prototype,
  sharedPrototype,
  DataView.prototype,
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  MemoryView.prototype,
  NativeMemory.prototype,
  PyBuffer.prototype,
];

function isKnown(prototype: object): boolean {
  // All objects inherit from the first, all functions from the second.
  if (prototype === Object.prototype || prototype === Function.prototype) return true;
  return KNOWN.some((known) => known === prototype || Object.prototype.isPrototypeOf.call(known, prototype));
}

/**
 * Tells how objects of another library's class offer their memory. From then on they are exporters in this thread: `memoryview`, `copyFrom`,
 * `equals`, `saveNpy` and all others take them.
 *
 * @param type - the class; those that inherit from it are included, unless they are registered themselves. A second call for one class
 *   replaces the first.
 * @param adapter - gets an object of the class, and returns an exporter of its memory, with strides where it has some. It is called each time
 *   that such an object is passed, and whatever it throws goes to the caller.
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a class, and for a class that the library knows by itself
 * @example
 * registerExporter(Image, (image) => memoryview(image.data, { shape: [image.height, image.width, 4] }));
 * memoryview(new Image(640, 480)).shape; // [480, 640, 4]
 */
export function registerExporter<T extends object>(
  type: abstract new (...args: never[]) => T,
  adapter: (object: T) => unknown,
): void;
export function registerExporter(type: unknown, adapter: unknown): void {
  const made = readFunction('registerExporter: constructor', type);
  const call = readFunction('registerExporter: adapter', adapter) as (object: object) => unknown;
  const prototype = readProperty(made, 'prototype');
  if (typeof prototype !== 'object' || prototype === null) {
    throw typeError(
      'ERR_INVALID_ARG',
      `registerExporter: ${shown(type)} without a prototype given, expected a class`,
    );
  }
  if (isKnown(prototype)) {
    throw typeError(
      'ERR_INVALID_ARG',
      'registerExporter: objects of this class are exporters already, or are all objects; expected a class of another library',
    );
  }
  registerAdapter(prototype, call);
}
