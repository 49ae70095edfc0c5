/** The account of all native memory of the process, as the addon's ledger keeps it. */
import { inspect } from 'node:util';
import { readBoolean } from '../arguments.js';
import { binding, COUNTS, type Engine, KINDS, type MemoryKind } from '../binding.js';
import { bufferError } from '../errors.js';
import { reportOf, type Snapshot, takeSnapshot } from './snapshot.js';
import { setTracing } from './watch.js';

export type { MemoryKind } from '../binding.js';
export type { LiveBlock } from './live-block.js';
export type { SiteChange, Snapshot, SnapshotChanges } from './snapshot.js';

/** Blocks and their bytes. */
export interface BlockCount {
  /** How many blocks are live. */
  readonly blocks: number;
  /** How many bytes they have. */
  readonly bytes: number;
}

/** Counts of the whole process, all threads together. */
export interface MemoryStats extends BlockCount {
  /** The largest number of live bytes so far. */
  readonly peakBytes: number;
  /** Blocks with at least one pin. */
  readonly pinned: number;
  /** Handles that are not attached yet. */
  readonly inFlight: number;
  /** Address space without memory, kept because an object may still refer to it; it is unmapped later. */
  readonly retiredBytes: number;
  /**
   * Blocks that have ended, but whose addresses stay reserved for good: another thread may have their ArrayBuffers, because a worker handed
   * them out and ended before it released them. In the guard mode, all that have ended.
   */
  readonly keptBlocks: number;
  /**
   * The bytes of {@link MemoryStats.keptBlocks}. The library's own memory is given back and costs address space only; memory of other
   * libraries is kept whole.
   */
  readonly keptBytes: number;
  /** Allocations since the start. */
  readonly allocated: number;
  /** Blocks that have ended since the start. */
  readonly released: number;
  /** Live blocks and bytes by where the memory comes from. */
  readonly byKind: Readonly<Record<MemoryKind, BlockCount>>;
}

function stats(): MemoryStats {
  binding.stats();
  const { results } = binding;
  const count = (kind: MemoryKind): BlockCount => {
    const at = COUNTS.length + 2 * KINDS.indexOf(kind);
    return { blocks: results[at]!, bytes: results[at + 1]! };
  };
  const named = (name: (typeof COUNTS)[number]): number => results[COUNTS.indexOf(name)]!;
  return {
    blocks: named('blocks'),
    bytes: named('bytes'),
    peakBytes: named('peakBytes'),
    pinned: named('pinned'),
    inFlight: named('inFlight'),
    retiredBytes: named('retiredBytes'),
    keptBlocks: named('keptBlocks'),
    keptBytes: named('keptBytes'),
    allocated: named('allocated'),
    released: named('released'),
    byKind: {
      heap: count('heap'),
      file: count('file'),
      shared: count('shared'),
      foreign: count('foreign'),
      arena: count('arena'),
    },
  };
}

/** Accounting: the native memory of the process, and the code that allocated it. */
export interface Accounting {
  /** `'native'` with the addon; `'javascript'` where none could be loaded, and memory is the engine's own. */
  readonly engine: Engine;
  /** Counts of the whole process. */
  stats(): MemoryStats;
  /** The live blocks. */
  snapshot(): Snapshot;
  /**
   * Records the JS stack of each allocation of this thread from now on, or no longer. `MEMORYVIEW_TRACE=1` does so from the
   * start, in all threads.
   *
   * @param on - false ends it; true where left out
   * @throws TypeError `ERR_INVALID_ARG` for a value that is not a boolean
   */
  trace(on?: boolean): void;
  /**
   * Gives back dead memory of this thread now, without waiting for the event loop, and memory that the process keeps for later: pages of
   * released blocks, and those that the C library holds of freed memory.
   *
   * @returns the bytes of blocks, without those that the C library gave back
   */
  reclaim(): number;
  /**
   * For tests: checks that no block is live.
   *
   * @throws BufferError `ERR_EXPORTED` with a report of the live blocks
   */
  assertNone(): void;
}

/** The account of all native memory of the process. */
export const memory: Accounting = Object.freeze({
  engine: binding.engine,
  stats,
  snapshot: () => takeSnapshot(),
  trace(on?: boolean): void {
    setTracing(on === undefined ? true : readBoolean('trace', on));
  },
  reclaim(): number {
    return binding.reclaim();
  },
  assertNone(): void {
    binding.reclaim();
    const live = takeSnapshot();
    if (live.length === 0) return;
    throw bufferError('ERR_EXPORTED', `assertNone: ${reportOf(live)}`);
  },
  [inspect.custom](): string {
    return reportOf(takeSnapshot());
  },
});
