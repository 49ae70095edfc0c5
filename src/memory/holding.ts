/** The facts from which makers of memory construct a `NativeMemory`, and a handle in flight. */
import type { Allocation } from './watch.js';

/** The facts about new memory. @internal */
export interface Holding {
  readonly allocation: Allocation;
  /** The address of byte 0. */
  readonly address: number;
  readonly buffer: ArrayBuffer;
  readonly readonly: boolean;
  /** Whether the bytes are the engine's, so that no other thread and no native code may have them. */
  readonly engine: boolean;
  /** Set for memory that ends with an arena; null for memory that ends by its own release only. */
  readonly scope: { readonly released: boolean } | null;
}

/** An arena from one reset to the next. @internal */
export interface ArenaRound {
  /** Shared by all of the round's memory, which ends when `released` is set. */
  readonly scope: { readonly released: boolean };
  /** Those of its allocations that have a block. */
  readonly allocations: Allocation[];
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

/** Lets the makers of memory construct objects, which users' code can't. @internal */
export const KEY: unique symbol = Symbol('constructor key');
