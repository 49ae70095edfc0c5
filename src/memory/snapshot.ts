/** The live blocks at one moment, how they are printed, and what changed between two moments. Loaded by the first snapshot. */
import { inspect } from 'node:util';
import { define } from '../arguments.js';
import { binding, KINDS } from '../binding.js';
import { shown, typeError } from '../errors.js';
import type { LiveBlock } from './live-block.js';
import { blocksAsSvg } from './snapshot-picture.js';

/** The change at one allocation site between two snapshots. */
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
class SnapshotChanges extends Array<SiteChange> {
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

/** The objects that `snapshot` made, to tell them from proxies and subclass objects. */
const snapshots = new WeakSet<Snapshot>();

/** The live blocks at one moment, the oldest first. */
class Snapshot extends Array<LiveBlock> {
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
    if (!snapshots.has(earlier)) {
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
    if (!snapshots.has(this)) {
      throw typeError('ERR_INVALID_ARG', `toSvg: ${shown(this)} given, expected a snapshot`);
    }
    return blocksAsSvg(this);
  }

  static {
    define(Snapshot.prototype, inspect.custom, {
      value(this: Snapshot): string {
        return reportOf(this);
      },
    });
  }
}

const MAX_SHOWN = 20;

/** The blocks, the largest first, as `inspect` prints them. */
export function reportOf(blocks: readonly LiveBlock[]): string {
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

/** The live blocks of the process now. */
export function takeSnapshot(): Snapshot {
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
  snapshots.add(blocks);
  return Object.freeze(blocks) as Snapshot;
}

export type { Snapshot, SnapshotChanges };
