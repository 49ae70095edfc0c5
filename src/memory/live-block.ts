/** One live block as a snapshot lists it. */
import type { MemoryKind } from '../binding.js';

/** One live block. */
export interface LiveBlock {
  /** A number of its own in this process, in the order of allocation; arenas take numbers for 32 allocations at a time. */
  readonly id: number;
  /** Where the memory comes from. */
  readonly kind: MemoryKind;
  /** Its size (bytes). */
  readonly nbytes: number;
  /** The name that was given at allocation. */
  readonly label: string | undefined;
  /** Milliseconds since the allocation. An arena reads the clock once in a turn of the event loop and for every 32 allocations. */
  readonly age: number;
  /** The number of pins. */
  readonly pins: number;
  /** The holders of pins, with the number of pins of each. */
  readonly holders: Readonly<Record<string, number>>;
  /** The JS stack of the allocation, where it was traced. */
  readonly stack?: string;
}
