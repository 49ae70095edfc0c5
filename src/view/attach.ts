/** Opens memory that another thread shared. It checks the contents of a handle again, because other code may have changed or forged it. */
import { types } from 'node:util';
import { readGuarded, readProperty } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { attachMemory, unshareMemory } from '../memory/handle.js';
import type { MemoryHandle } from '../memory/holding.js';
import type { NativeMemory } from '../memory/native-memory.js';
import { spanOf } from '../span/offer.js';
import { createView, type MemoryView } from './memory-view.js';
import { laidOver } from './retype.js';
import type { ViewHandle } from './share.js';

/**
 * Opens in this thread memory that another thread shared with `share()`.
 *
 * @param handle - from `MemoryView.share` or `NativeMemory.share`; good for one attach
 * @returns a view of the same memory, with the layout that was shared, or the memory where that was
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a handle, `ERR_READONLY` for that of a read-only view which says that it may write;
 *   BufferError `ERR_RELEASED` for one that was used up
 */
export function attach<F extends string>(handle: ViewHandle<F>): MemoryView<F>;
export function attach(handle: MemoryHandle): NativeMemory;
export function attach(handle: unknown): MemoryView | NativeMemory;
export function attach(handle: unknown): MemoryView | NativeMemory {
  const shared = sharedBuffer(handle);
  if (shared !== null) return createView(laidOver('attach', spanOf('attach', shared.buffer), shared.layout));
  const { memory, layout, lookOnly } = attachMemory(handle);
  if (layout === undefined) return memory;
  const span = spanOf('attach', memory);
  return createView(laidOver('attach', lookOnly ? { ...span, readonly: true } : span, layout));
}

/**
 * Takes back a handle that was not attached, so that it no longer keeps the memory.
 *
 * @param handle - from `share()`; one of a SharedArrayBuffer keeps nothing
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a handle; BufferError `ERR_RELEASED` for one that was used up
 */
export function unshare(handle: MemoryHandle | ViewHandle): void {
  // A SharedArrayBuffer lives as long as its handle, so there is nothing to take back.
  if (sharedBuffer(handle) === null) unshareMemory(handle);
}

function sharedBuffer(handle: unknown): { buffer: SharedArrayBuffer; layout: unknown } | null {
  if (typeof handle !== 'object' || handle === null) return null;
  // Only a handle's own parts: a typed array behind a proxy has a `buffer` whose getter throws an error of the engine's.
  const parts = readGuarded('attach', handle, () =>
    readProperty(handle, 'memoryview') === 'shared'
      ? [readProperty(handle, 'buffer'), readProperty(handle, 'layout')]
      : null,
  );
  if (parts === null) return null;
  const [buffer, layout] = parts;
  if (!types.isSharedArrayBuffer(buffer)) {
    throw typeError(
      'ERR_INVALID_ARG',
      `attach: the handle holds ${shown(buffer)}, expected a SharedArrayBuffer`,
    );
  }
  return { buffer, layout };
}
