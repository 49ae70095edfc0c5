/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Native memory, and typed and strided views of it: Python's buffer protocol for Node.
 *
 * @module memoryview
 */

export type { AsyncCopyOptions, AsyncOptions } from './bulk/async-copy.js';
export type { CopyOptions } from './bulk/copy.js';
export type { FileTransferOptions } from './bulk/file-transfer.js';
export {
  BufferError,
  type BufferErrorCode,
  type ErrorCode,
  type RangeErrorCode,
  type TypeErrorCode,
} from './errors.js';
export { type ExplainOptions, explain } from './explain/explain.js';
export { cStruct } from './format/c/c-struct.js';
export { cdef } from './format/c/cdef.js';
export type { CAlignments, CDeclarations } from './format/c/declared.js';
export type { Complex } from './format/codec.js';
export type { ElementOf, FormatText, ValueOf } from './format/element.js';
export { type FieldInfo, type FormatInfo, formatInfo } from './format/info.js';
export { type Bound, ellipsis, type IndexPart, newAxis, type Range, range } from './layout/index-parts.js';
export type { CopyOrder, Order } from './layout/order.js';
export {
  type Accounting,
  type BlockCount,
  type LiveBlock,
  type MemoryKind,
  type MemoryStats,
  memory,
  type SiteChange,
  type Snapshot,
  type SnapshotChanges,
} from './memory/accounting.js';
export { type AllocateOptions, allocate } from './memory/allocate.js';
export type { ArenaOptions } from './memory/arena.js';
export type { FileMode } from './memory/file-range.js';
export type { FileReference } from './memory/file-reference.js';
export { type NativeRelease, type WrapPointerOptions, wrapPointer } from './memory/foreign.js';
export type { MemoryHandle } from './memory/holding.js';
export { include } from './memory/include.js';
export { mapFile } from './memory/map-file.js';
export { type FileAdvice, type MapFileOptions, MappedFile } from './memory/mapped-file.js';
export {
  type CreateSharedMemoryOptions,
  type OpenSharedMemoryOptions,
  SharedMemory,
} from './memory/shared-memory.js';
export { attach, unshare } from './view/attach.js';
export { buffer } from './view/buffer.js';
export type { TypedArrayOf } from './view/engine-arrays.js';
export { type Exporter, type ExportingObject, registerExporter, type WasmMemory } from './view/exporter.js';
export {
  type FormatOf,
  type LayoutOptions,
  type LayoutOptions as Layout,
  memoryview,
} from './view/factory.js';
export { type Columns, type FromRecordsOptions, fromRecords } from './view/from-records.js';
export type { AsOptions, ElementReader, Index } from './view/memory-view.js';
export { array, empty, type NewOptions, zeros } from './view/new-memory.js';
export { Arena, MemoryView, NativeMemory } from './view/owner-methods.js';
export { PyBuffer } from './view/py-buffer.js';
export type { SharedLayout, ViewHandle } from './view/share.js';
export { type PythonStruct, struct } from './view/struct-module.js';
