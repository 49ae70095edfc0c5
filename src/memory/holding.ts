/** What makers of memory know and hand on: the facts from which a `NativeMemory` is constructed, and a handle in flight. */
import type { Birth } from './watch.js';

/** What a maker of memory knows about it. @internal */
export interface Holding {
  readonly birth: Birth;
  /** The address of byte 0. */
  readonly address: number;
  readonly buffer: ArrayBuffer;
  readonly readonly: boolean;
  /** Whether the bytes are the engine's, so that no other thread and no native code may have them. */
  readonly engine: boolean;
  /** What the memory ends with, besides its own release; null for nothing else. */
  readonly scope: { readonly released: boolean } | null;
}

/** Names memory that is in flight to another thread; survives `postMessage`. */
export interface MemoryHandle {
  /** Marks a handle of native memory. */
  readonly memoryview: 'native';
  /** The block's number in this process. */
  readonly id: number;
  /** Good for one attach. */
  readonly nonce: string;
  /** The layout of the view that was shared. */
  readonly layout?: unknown;
}

/** Lets makers construct what users can't. @internal */
export const making: unique symbol = Symbol('making');
