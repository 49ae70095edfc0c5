/**
 * Equality of items with more values than the engine's heap could hold as a list. It compares scalar by scalar and run by run, and
 * builds no item. The results equal those of equality.ts.
 */
import { equalityOfScalars } from './equality.js';
import type { Codec, Format, Item, Scalar } from './format.js';
import { scalarCodecOf } from './scalar-codec.js';

/** Scalars of one kind that follow one another. */
interface Run {
  readonly scalar: Scalar;
  readonly count: number;
  /** Bytes from the start of the item. */
  readonly at: number;
}

function* runsOf(item: Item, at: number): Generator<Run, void> {
  if (item.kind === 'scalar') {
    yield { scalar: item, count: 1, at };
    return;
  }
  for (const { item: element, count, shape, offset } of item.fields) {
    const all = shape.reduce((product, length) => product * length, count);
    if (all > 0 && element.kind === 'scalar') yield { scalar: element, count: all, at: at + offset };
    else for (let i = 0; i < all; i++) yield* runsOf(element, at + offset + i * element.size);
  }
}

/** Compares an item of one format with an item of another. The formats' equality must not be NEVER, so that their scalars pair up. */
export function itemsEqual(
  a: Format,
  dataA: DataView,
  atA: number,
  b: Format,
  dataB: DataView,
  atB: number,
): boolean {
  const others = runsOf(b.item, atB);
  let theirs: Run | null = null;
  let taken = 0;
  for (const ours of runsOf(a.item, atA)) {
    for (let done = 0; done < ours.count; ) {
      if (theirs === null || taken === theirs.count) {
        theirs = others.next().value ?? null;
        taken = 0;
      }
      if (theirs === null) return false;
      const count = Math.min(ours.count - done, theirs.count - taken);
      if (!runsEqual(ours, done, dataA, theirs, taken, dataB, count)) return false;
      done += count;
      taken += count;
    }
  }
  return true;
}

function runsEqual(
  a: Run,
  firstA: number,
  dataA: DataView,
  b: Run,
  firstB: number,
  dataB: DataView,
  count: number,
): boolean {
  const equal = equalityOfScalars(a.scalar, b.scalar);
  const readA: Codec['read'] = scalarCodecOf(a.scalar).read;
  const readB: Codec['read'] = scalarCodecOf(b.scalar).read;
  const { size: stepA } = a.scalar;
  const { size: stepB } = b.scalar;
  let atA = a.at + firstA * stepA;
  let atB = b.at + firstB * stepB;
  for (let i = 0; i < count; i++, atA += stepA, atB += stepB) {
    if (!equal(readA(dataA, atA), readB(dataB, atB))) return false;
  }
  return true;
}
