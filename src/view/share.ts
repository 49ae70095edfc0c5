/** Shares views with other threads: a handle names the memory, which is not copied, and holds the view's format and layout. */
import { types } from 'node:util';
import { typeError } from '../errors.js';
import { shareMemory } from '../memory/handle.js';
import type { MemoryHandle } from '../memory/holding.js';
import { itemCount, type Span } from '../span/span.js';

/** The format and layout of a shared view; survives `postMessage`. */
export interface SharedLayout<F extends string = string> {
  /** Of an element. */
  readonly format: F;
  /** In elements. */
  readonly shape: readonly number[];
  /** Bytes. */
  readonly strides: readonly number[];
  /** Bytes from the memory's first. */
  readonly byteOffset: number;
  /** Whether the view refuses to write. */
  readonly readonly: boolean;
}

/** A handle of a view: of native memory, which it holds, or of a SharedArrayBuffer, which holds itself. */
export type ViewHandle<F extends string = string> =
  | (MemoryHandle & {
      /** How the view looks at the memory. */
      readonly layout: SharedLayout<F>;
    })
  | {
      /** Marks a handle of a SharedArrayBuffer. */
      readonly memoryview: 'shared';
      /** The memory itself. */
      readonly buffer: SharedArrayBuffer;
      /** How the view looks at the memory. */
      readonly layout: SharedLayout<F>;
    };

/** Makes a handle of a live span. @throws TypeError `ERR_UNSUPPORTED` for memory that belongs to one thread, `ERR_NOT_CONTIGUOUS` for an indirect view */
export function shareSpan(span: Span): ViewHandle {
  const { region, format, layout, readonly } = span;
  if (span.indirect !== null) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      'share: the view is indirect (suboffsets), expected one block of memory; copy() it',
    );
  }
  const { buffer, memory, origin } = region;
  const shared: SharedLayout = {
    format: format.source,
    shape: layout.shape.slice(),
    strides: layout.strides.slice(),
    // An empty view may start anywhere; nothing of it is ever read.
    byteOffset: itemCount(span) === 0 ? 0 : layout.offset - origin,
    readonly,
  };
  if (memory !== null) return { ...shareMemory(memory, undefined, readonly), layout: shared };
  if (types.isSharedArrayBuffer(buffer)) return { memoryview: 'shared', buffer, layout: shared };
  throw typeError(
    'ERR_UNSUPPORTED',
    'share: the memory is an ArrayBuffer of this thread, expected native memory or a SharedArrayBuffer; copy() it',
  );
}
