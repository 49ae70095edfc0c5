/// <reference lib="esnext.disposable" preserve="true" />
/** The public surface: re-exports and nothing else. */
export {
  BufferError,
  type BufferErrorCode,
  type ErrorCode,
  type RangeErrorCode,
  type TypeErrorCode,
} from './errors.js';
export type { Complex } from './format/codec.js';
export type { ElementOf, ValueOf } from './format/element.js';
export { type FieldInfo, type FormatInfo, formatInfo } from './format/info.js';
export { ellipsis, type IndexPart, newAxis, type Range, range } from './layout/index-parts.js';
export { type AllocateOptions, allocate } from './memory/allocate.js';
export { NativeMemory } from './memory/native-memory.js';
export type { CopyOptions } from './view/copy.js';
export type { Exporter } from './view/exporter.js';
export {
  array,
  empty,
  type FormatOf,
  type LayoutOptions,
  memoryview,
  type NewOptions,
  zeros,
} from './view/factory.js';
export { type AsOptions, type Index, MemoryView } from './view/memory-view.js';
export { buffer, PyBuffer } from './view/py-buffer.js';
export { struct } from './view/struct.js';
