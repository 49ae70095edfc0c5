/** The types of what a view can look at. How each offers its memory is in span/offer. */
import type { NativeMemory } from '../memory/native-memory.js';
import type { MemoryView } from './memory-view.js';
import type { PyBuffer } from './py-buffer.js';

/** Anything whose memory a view can look at. */
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
 * An object with a method `Symbol.for('memoryview.buffer')` that returns an exporter. A registered symbol can't be told from others by
 * its type, so this is any object; one without the method is a TypeError.
 */
export type ExportingObject = object;
