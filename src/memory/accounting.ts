/** The account of all native memory of the process, as the addon's ledger keeps it. */
import { inspect } from 'node:util';
import { define, readBoolean } from '../arguments.js';
import { binding, COUNTS, type Engine, KINDS, type MemoryKind } from '../binding.js';
import { bufferError, shown, typeError } from '../errors.js';
import type { LiveBlock } from './live-block.js';
import { blocksAsSvg } from './snapshot-picture.js';
import { setTracing } from './watch.js';

export type { MemoryKind } from '../binding.js';
export type { LiveBlock } from './live-block.js';

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
  /** Address space whose memory went back, but to which an object may still refer, so that it is unmapped later. */
  readonly retiredBytes: number;
  /**
   * Blocks that have ended without giving their addresses back, ever: their ArrayBuffers were handed out in a worker that ended before
   * it released them, so that another thread may have them; and all of the guard mode.
   */
  readonly keptBlocks: number;
  /** The bytes of {@link MemoryStats.keptBlocks}. Own memory is empty and costs address space only; that of other libraries is kept whole. */
  readonly keptBytes: number;
  /** Allocations since the start. */
  readonly allocated: number;
  /** Blocks that have ended since the start. */
  readonly released: number;
  /** Live blocks and bytes by where the memory comes from. */
  readonly byKind: Readonly<Record<MemoryKind, BlockCount>>;
}

/** What changed at one allocation site between two snapshots. */
export interface SiteChange {
  /** The first frame of the allocation stack; untraced, the label, or else the kind. */
  readonly site: string;
  /** Live blocks now. */
  readonly blocks: number;
  /** Their bytes. */
  readonly nbytes: number;
  /** How many blocks more than earlier. */
  readonly blocksDiff: number;
  /** How many bytes more than earlier. */
  readonly nbytesDiff: number;
}

function siteOf(block: LiveBlock): string {
  const frame = block.stack?.split('\n').find((line) => line.trim() !== '');
  return (
    frame?.trim().replace(/^at /, '') ??
    (block.label === undefined ? `(${block.kind}, untraced)` : block.label)
  );
}

const signed = (number: number): string => (number < 0 ? String(number) : `+${number}`);

/** Changes by allocation site, the largest first. As Python's `tracemalloc.Snapshot.compare_to` gives them. */
export class SnapshotChanges extends Array<SiteChange> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static {
    define(SnapshotChanges.prototype, inspect.custom, {
      value(this: SnapshotChanges): string {
        const lines = Array.from(
          this,
          (c) =>
            `  ${signed(c.nbytesDiff)} bytes (${c.nbytes}), ${signed(c.blocksDiff)} blocks (${c.blocks}): ${c.site}`,
        );
        return lines.length === 0
          ? 'no change in native memory'
          : `changes in native memory\n${lines.join('\n')}`;
      },
    });
  }
}

/** What `snapshot` made: frozen, and no proxy of it. */
const made = new WeakSet<Snapshot>();

/** The live blocks at one moment, the oldest first. */
export class Snapshot extends Array<LiveBlock> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /**
   * Groups allocations and releases since an earlier snapshot by their allocation site, as Python's tracemalloc does.
   *
   * @param earlier - a snapshot of this process
   * @returns the changes, the largest first
   * @throws TypeError `ERR_INVALID_ARG` where `earlier` is no snapshot
   */
  compareTo(earlier: Snapshot): SnapshotChanges {
    if (!made.has(earlier)) {
      throw typeError('ERR_INVALID_ARG', `compareTo: ${shown(earlier)} given, expected an earlier snapshot`);
    }
    const sites = new Map<
      string,
      { blocks: number; nbytes: number; blocksDiff: number; nbytesDiff: number }
    >();
    const add = (block: LiveBlock, now: number, diff: number): void => {
      const site = siteOf(block);
      const sum = sites.get(site) ?? { blocks: 0, nbytes: 0, blocksDiff: 0, nbytesDiff: 0 };
      sum.blocks += now;
      sum.nbytes += now * block.nbytes;
      sum.blocksDiff += diff;
      sum.nbytesDiff += diff * block.nbytes;
      sites.set(site, sum);
    };
    const ids = new Set(Array.from(earlier, ({ id }) => id));
    const nowIds = new Set(Array.from(this, ({ id }) => id));
    for (const block of this) add(block, 1, ids.has(block.id) ? 0 : 1);
    for (const block of earlier) if (!nowIds.has(block.id)) add(block, 0, -1);
    const changes = new SnapshotChanges();
    for (const [site, sum] of sites) {
      if (sum.blocksDiff !== 0 || sum.nbytesDiff !== 0) changes.push({ site, ...sum });
    }
    return changes.sort((a, b) => Math.abs(b.nbytesDiff) - Math.abs(a.nbytesDiff)) as SnapshotChanges;
  }

  /**
   * Draws the live blocks as an SVG picture: bars sized by bytes and coloured by kind, with label, age and pins; the smaller ones are
   * summed up as `n more`.
   *
   * @throws TypeError `ERR_INVALID_ARG` where it is called on a value that is not a snapshot
   * @example writeFileSync('memory.svg', memory.snapshot().toSvg());
   */
  toSvg(): string {
    if (!made.has(this)) {
      throw typeError('ERR_INVALID_ARG', `toSvg: ${shown(this)} given, expected a snapshot`);
    }
    return blocksAsSvg(this);
  }

  static {
    define(Snapshot.prototype, inspect.custom, {
      value(this: Snapshot): string {
        return report(this);
      },
    });
  }
}

const MAX_SHOWN = 20;

function report(blocks: readonly LiveBlock[]): string {
  if (blocks.length === 0) return 'no live native memory';
  const total = blocks.reduce((sum, { nbytes }) => sum + nbytes, 0);
  const lines = [`${blocks.length} live ${blocks.length === 1 ? 'block' : 'blocks'}, ${total} bytes`];
  const largest = Array.from(blocks).sort((a, b) => b.nbytes - a.nbytes);
  for (const block of largest.slice(0, MAX_SHOWN)) {
    const label = block.label === undefined ? '' : ` ${shown(block.label)}`;
    const held = Object.entries(block.holders).map(([holder, count]) => `${count} ${holder}`);
    const pins = held.length === 0 ? '' : `, held by ${held.join(', ')}`;
    lines.push(
      `  #${block.id} ${block.kind}${label}: ${block.nbytes} bytes, ${(block.age / 1000).toFixed(1)} s old${pins}`,
    );
    for (const frame of block.stack?.split('\n').slice(0, 4) ?? []) lines.push(`      ${frame.trim()}`);
  }
  if (largest.length > MAX_SHOWN) lines.push(`  … and ${largest.length - MAX_SHOWN} smaller`);
  return lines.join('\n');
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

function snapshot(): Snapshot {
  const blocks = new Snapshot();
  for (const [id, kind, nbytes, label, age, stack, pairs] of binding.snapshot()) {
    const holders: Record<string, number> = Object.create(null);
    let pins = 0;
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      holders[String(pairs[i])] = Number(pairs[i + 1]);
      pins += Number(pairs[i + 1]);
    }
    const block: LiveBlock = {
      id,
      kind: KINDS[kind]!,
      nbytes,
      label: label === '' ? undefined : label,
      age,
      pins,
      holders,
      ...(stack === '' ? {} : { stack }),
    };
    blocks.push(Object.freeze(block));
  }
  blocks.sort((a, b) => a.id - b.id);
  made.add(blocks);
  return Object.freeze(blocks) as Snapshot;
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
   * For tests: checks that nothing is live.
   *
   * @throws BufferError `ERR_EXPORTED` with a report of the live blocks
   */
  assertNone(): void;
}

/** The account of all native memory of the process. */
export const memory: Accounting = Object.freeze({
  engine: binding.engine,
  stats,
  snapshot,
  trace(on?: boolean): void {
    setTracing(on === undefined ? true : readBoolean('trace', on));
  },
  reclaim(): number {
    return binding.reclaim();
  },
  assertNone(): void {
    binding.reclaim();
    const live = snapshot();
    if (live.length === 0) return;
    throw bufferError('ERR_EXPORTED', `assertNone: ${report(live)}`);
  },
  [inspect.custom](): string {
    return report(snapshot());
  },
});
